//! Counting in Redis: all buckets and quotas of a request in one script, which Redis runs as a whole and by its own
//! clock, so that neither races nor clocks of nodes make a difference. One round trip.

use super::bucket::{Bucket, Levels, day, until_midnight_us};
use super::rule::Quota;
use super::{Meter, bucket};
use parking_lot::Mutex;
use redis::Script;
use redis::aio::{ConnectionManager, ConnectionManagerConfig};
use smallvec::SmallVec;
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};
use theriac_core::hash::hex;
use theriac_core::{Code, Error, Result, Tenant};

/// Rather count alone than let a request wait longer.
const PATIENCE: Duration = Duration::from_millis(200);
/// How long nobody asks again.
const REST: Duration = Duration::from_secs(1);

/// Keys: the buckets, then the requests and the bytes of the day. Arguments: how many buckets, of each its interval and
/// its most, then the quotas (-1 for none), the bytes that were not told yet, and the life of the day's keys.
/// Answer: which one refuses (0 for none), the time, the buckets' moments, requests and bytes.
const SCRIPT: &str = r"
local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local n = tonumber(ARGV[1])
local refused, tats, nexts = 0, {}, {}
for i = 1, n do
  local interval, most = tonumber(ARGV[2 * i]), tonumber(ARGV[2 * i + 1])
  local tat = math.max(tonumber(redis.call('GET', KEYS[i]) or 0), now)
  tats[i], nexts[i] = tat, tat + interval
  if refused == 0 and nexts[i] - now > interval * most then refused = i end
end
local at = 2 * n + 2
local most, bytes_most, untold, life = tonumber(ARGV[at]), tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), ARGV[at + 3]
local requests, bytes = 0, 0
if most >= 0 or bytes_most >= 0 then
  requests, bytes = tonumber(redis.call('GET', KEYS[n + 1]) or 0), tonumber(redis.call('GET', KEYS[n + 2]) or 0)
  if untold > 0 then
    bytes = redis.call('INCRBY', KEYS[n + 2], ARGV[at + 2])
    redis.call('EXPIRE', KEYS[n + 2], life)
  end
  if refused == 0 and most >= 0 and requests + 1 > most then refused = n + 1 end
  if refused == 0 and bytes_most >= 0 and bytes >= bytes_most then refused = n + 2 end
  if refused == 0 then
    requests = redis.call('INCR', KEYS[n + 1])
    redis.call('EXPIRE', KEYS[n + 1], life)
  end
end
if refused == 0 then
  for i = 1, n do
    tats[i] = nexts[i]
    redis.call('SET', KEYS[i], string.format('%.0f', nexts[i]), 'PX', math.ceil((nexts[i] - now) / 1000) + 1)
  end
end
local answer = { refused, now }
for i = 1, n do answer[i + 2] = tats[i] end
answer[n + 3], answer[n + 4] = requests, bytes
return answer
";

pub struct Shared {
    redis: ConnectionManager,
    script: Script,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    asked_again: Option<Instant>,
    away: bool,
    told: bool,
}

impl Shared {
    pub async fn open(url: &str) -> Result<Self> {
        let unavailable = |cause| {
            Error::new(Code::Unavailable, "Redis (THERIAC_REDIS_URL) does not answer").caused_by(cause).retry_after(1)
        };
        let config = ConnectionManagerConfig::new().set_max_delay(REST).set_number_of_retries(1);
        let client = redis::Client::open(url).map_err(unavailable)?;
        let redis = client.get_connection_manager_with_config(config).await.map_err(unavailable)?;
        Ok(Self { redis, script: Script::new(SCRIPT), state: Mutex::default() })
    }

    /// None: Redis does not answer, and each node is on its own.
    pub async fn take(
        &self,
        tenant: &Tenant,
        buckets: &[Bucket],
        quota: Quota,
        meter: &Meter,
        now_us: i64,
    ) -> Option<Levels> {
        if self.state.lock().asked_again.is_some_and(|then| then > Instant::now()) {
            return None;
        }
        let untold = if quota.is_none() { 0 } else { meter.untold.swap(0, Ordering::Relaxed) };
        let asked = self.ask(tenant, buckets, quota, untold, now_us);
        let levels = match tokio::time::timeout(PATIENCE, asked).await {
            Ok(Ok(answer)) => read(&answer, buckets.len()),
            Ok(Err(error)) => {
                tracing::warn!(%error, "Redis does not count; this node counts for itself");
                None
            }
            Err(_) => {
                tracing::warn!("Redis does not count in time; this node counts for itself");
                None
            }
        };
        let mut state = self.state.lock();
        state.away = levels.is_none();
        state.asked_again = levels.is_none().then(|| Instant::now() + REST);
        drop(state);
        match &levels {
            None => drop(meter.untold.fetch_add(untold, Ordering::Relaxed)),
            Some(_) if quota.is_none() => {}
            Some(levels) => meter.learn(now_us, levels.requests, levels.bytes),
        }
        levels
    }

    /// Whether Redis is away, if that is news.
    pub fn changed(&self) -> Option<bool> {
        let mut state = self.state.lock();
        let news = state.away != state.told;
        state.told = state.away;
        news.then_some(state.away)
    }

    async fn ask(
        &self,
        tenant: &Tenant,
        buckets: &[Bucket],
        quota: Quota,
        untold: u64,
        now_us: i64,
    ) -> redis::RedisResult<Vec<i64>> {
        // The braces keep a tenant's keys together where Redis is a cluster.
        let place = hex(&bucket::key(&[tenant.name.as_ref()])[..8]);
        let mut call = self.script.prepare_invoke();
        for bucket in buckets {
            call.key(format!("theriac:rate:{{{place}}}:{}", hex(&bucket.key)));
        }
        for what in ["requests", "bytes"] {
            call.key(format!("theriac:quota:{{{place}}}:{}:{what}", day(now_us)));
        }
        call.arg(buckets.len());
        for bucket in buckets {
            call.arg(bucket.interval_us).arg(bucket.most);
        }
        let most = |quota: Option<u64>| quota.and_then(|most| i64::try_from(most).ok()).unwrap_or(-1);
        call.arg(most(quota.requests)).arg(most(quota.bytes)).arg(untold);
        call.arg(bucket::seconds(until_midnight_us(now_us)) + 3_600);
        call.invoke_async(&mut self.redis.clone()).await
    }
}

fn read(answer: &[i64], buckets: usize) -> Option<Levels> {
    let [refused, now_us, rest @ ..] = answer else { return None };
    let (tats, [requests, bytes]) = rest.split_at_checked(buckets)? else { return None };
    let count = |number: &i64| u64::try_from(*number).unwrap_or(0);
    Some(Levels {
        now_us: *now_us,
        tats: SmallVec::from_slice(tats),
        requests: count(requests),
        bytes: count(bytes),
        refused: usize::try_from(*refused).ok()?.checked_sub(1),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_another_shape_is_none() {
        let levels = read(&[2, 50, 60, 70, 3, 4], 2).unwrap();
        assert_eq!((levels.refused, levels.now_us, levels.tats.as_slice()), (Some(1), 50, &[60, 70][..]));
        assert_eq!((levels.requests, levels.bytes), (3, 4));
        assert!(read(&[0, 50, 60], 2).is_none() && read(&[], 0).is_none() && read(&[0, 50, 60, 3, 4], 2).is_none());
    }
}
