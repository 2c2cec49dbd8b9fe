//! Single-use tickets: a browser cannot set a header on a WebSocket, so it trades its token for a ticket
//! that is good once, for a minute, in the address. The token itself never stands in an address.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use parking_lot::Mutex;
use std::collections::HashMap;
use theriac_core::hash::{hex, sha256};
use theriac_core::{Clock, Code, Error, Result};

pub const LIFE_S: u64 = 60;

/// Where tickets wait: in this process, or in Redis for all nodes. Kept by hash, so that who reads the
/// store cannot use one.
pub struct Tickets {
    clock: Clock,
    store: Store,
}

enum Store {
    Memory(Mutex<HashMap<String, (String, i64)>>),
    Redis(redis::aio::ConnectionManager),
}

impl Tickets {
    /// # Errors
    /// `Unavailable` if Redis does not answer.
    pub async fn open(redis_url: Option<&str>, clock: Clock) -> Result<Self> {
        let store = match redis_url {
            None => Store::Memory(Mutex::default()),
            Some(url) => {
                let client = redis::Client::open(url).map_err(unavailable)?;
                Store::Redis(client.get_connection_manager().await.map_err(unavailable)?)
            }
        };
        Ok(Self { clock, store })
    }

    /// A new ticket for this token.
    ///
    /// # Errors
    /// `Unavailable` if Redis does not answer.
    pub async fn issue(&self, tenant: &str, token: &str) -> Result<String> {
        let mut random = [0u8; 32];
        aws_lc_rs::rand::fill(&mut random).map_err(|e| Error::internal(e.to_string()))?;
        let ticket = URL_SAFE_NO_PAD.encode(random);
        let (key, now) = (key(tenant, &ticket), self.clock.now().0 / 1_000_000);
        match &self.store {
            Store::Memory(tickets) => {
                let mut tickets = tickets.lock();
                tickets.retain(|_, (_, expires)| *expires > now);
                tickets.insert(key, (token.to_owned(), now + LIFE_S as i64));
            }
            Store::Redis(redis) => {
                let mut set = redis::cmd("SET");
                set.arg(&key).arg(token).arg("EX").arg(LIFE_S).arg("NX");
                set.query_async::<()>(&mut redis.clone()).await.map_err(unavailable)?;
            }
        }
        Ok(ticket)
    }

    /// The token behind the ticket, which is used up by this.
    ///
    /// # Errors
    /// `Unauthenticated` for a ticket that was never given out, was used, or ran out.
    pub async fn redeem(&self, tenant: &str, ticket: &str) -> Result<String> {
        let key = key(tenant, ticket);
        let now = self.clock.now().0 / 1_000_000;
        let token = match &self.store {
            Store::Memory(tickets) => {
                tickets.lock().remove(&key).filter(|(_, expires)| *expires > now).map(|(token, _)| token)
            }
            Store::Redis(redis) => {
                redis::cmd("GETDEL").arg(&key).query_async(&mut redis.clone()).await.map_err(unavailable)?
            }
        };
        token.ok_or_else(|| {
            Error::new(Code::Unauthenticated, "the ticket is not good: a ticket works once, within a minute")
        })
    }
}

fn key(tenant: &str, ticket: &str) -> String {
    format!("theriac:ticket:{}", hex(&sha256(format!("{tenant}|{ticket}").as_bytes())))
}

fn unavailable(cause: redis::RedisError) -> Error {
    Error::new(Code::Unavailable, "Redis (THERIAC_REDIS_URL) does not answer").caused_by(cause).retry_after(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_ticket_works_once_and_only_for_its_tenant() {
        let tickets = Tickets::open(None, Clock::System).await.unwrap();
        let ticket = tickets.issue("mercy", "token").await.unwrap();
        assert_eq!(tickets.redeem("acme", &ticket).await.unwrap_err().status(), 401);
        assert_eq!(tickets.redeem("mercy", &ticket).await.unwrap(), "token");
        assert_eq!(tickets.redeem("mercy", &ticket).await.unwrap_err().status(), 401);
    }
}
