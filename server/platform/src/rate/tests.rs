//! The limiter as a whole, alone and with others, on Redis where `THERIAC_TEST_REDIS` names one.

use super::*;
use crate::db::Db;
use std::sync::atomic::AtomicI64;
use theriac_access::Role;
use tokio::io::copy_bidirectional;
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;

const NOON: i64 = 20_000 * 86_400_000_000 + 43_200_000_000;

struct Rig {
    db: TenantDb,
    tenant: Tenant,
    hand: Arc<AtomicI64>,
    metrics: Arc<Metrics>,
    limiter: Arc<Limiter>,
    folder: std::path::PathBuf,
}

impl Drop for Rig {
    fn drop(&mut self) {
        // The folder may never have been there.
        let _ = std::fs::remove_dir_all(&self.folder);
    }
}

impl Rig {
    async fn new(redis_url: Option<&str>, settings: &[(&str, &str)]) -> Self {
        let hand = Arc::new(AtomicI64::new(NOON));
        let clock = Clock::Held(hand.clone());
        // Redis is shared, and a name tells tenants apart there.
        let name = format!("t{}", &uuid::Uuid::new_v4().simple().to_string()[..12]);
        let folder = std::env::temp_dir().join(format!("theriac-rate-{name}"));
        let file = format!("sqlite://{}/t.db?mode=rwc", folder.display());
        let db = Db::open(&std::env::var("THERIAC_TEST_DATABASE_URL").unwrap_or(file), clock.clone()).await.unwrap();
        let connection = db.migration_connection().await.unwrap();
        theriac_migrations::up(&connection).await.unwrap();
        let tenant = db.create_tenant(&name).await.unwrap();
        let metrics = Arc::new(Metrics::new().unwrap());
        let limiter = Arc::new(Limiter::open(redis_url, clock, metrics.clone()).await.unwrap());
        let rig = Self { db: db.tenant(&tenant), tenant, hand, metrics, limiter, folder };
        for (name, value) in settings {
            rig.set(name, value).await;
        }
        rig
    }

    async fn set(&self, name: &str, value: &str) {
        let now = self.db.server().clock().now();
        let settings = Settings::read(&self.db, now).await.unwrap();
        let mut unit = crate::db::Unit::new();
        settings.change(&mut unit, &self.db, now, name, value).unwrap();
        self.db.commit(unit).await.unwrap();
    }

    async fn take(&self, who: &str, class: Class) -> Result<Allowed, (Error, Told)> {
        let grant = Grant::new(Role::Steward, who, self.tenant.name.as_ref());
        self.limiter.take(&self.tenant, &self.db, Caller::Known(&grant), class).await
    }

    /// How many of so many are taken.
    async fn taken(&self, who: &str, of: usize) -> usize {
        let mut taken = 0;
        for _ in 0..of {
            taken += usize::from(self.take(who, Class::Read).await.is_ok());
        }
        taken
    }

    fn gauge(&self) -> bool {
        let text = String::from_utf8(self.metrics.text().unwrap()).unwrap();
        text.contains("theriac_gauge{name=\"rate_limits_local\"} 1")
    }
}

fn fields(told: Told) -> Vec<String> {
    told.fields().map(|(name, value)| format!("{name}: {value}")).collect()
}

#[tokio::test]
async fn without_a_setting_nothing_is_counted_and_nothing_is_told() {
    let rig = Rig::new(None, &[]).await;
    let allowed = rig.take("ada", Class::Write).await.unwrap();
    assert!(allowed.meter.is_none() && fields(allowed.told).is_empty());
    assert_eq!(rig.taken("ada", 1_000).await, 1_000);
}

#[tokio::test]
async fn a_setting_holds_at_once_and_says_what_is_left() {
    let rig = Rig::new(None, &[("limits.rate", "client=2/10s,tenant=4/1m")]).await;
    let told = rig.take("ada", Class::Read).await.unwrap().told;
    let expected = [
        "ratelimit-policy: \"client\";q=2;w=10, \"tenant\";q=4;w=60",
        "ratelimit: \"client\";r=1;t=5, \"tenant\";r=3;t=15",
    ];
    assert_eq!(fields(told), expected);
    rig.take("ada", Class::Read).await.unwrap();
    let (error, told) = rig.take("ada", Class::Read).await.unwrap_err();
    assert_eq!((error.status(), error.retry_after_s), (429, Some(5)));
    assert!(error.message.contains("client is 2 requests in 10 s"), "{}", error.message);
    assert!(fields(told)[1].contains("\"client\";r=0;t=10, \"tenant\";r=2"));
    assert_eq!((rig.taken("bob", 5).await, rig.taken("eve", 5).await), (2, 0), "the tenant's four are used up");
    rig.hand.fetch_add(5_000_000, Ordering::Relaxed);
    assert_eq!(rig.taken("ada", 5).await, 0, "a request of the tenant comes back every 15 s");
    rig.hand.fetch_add(10_000_000, Ordering::Relaxed);
    assert_eq!(rig.taken("ada", 5).await, 1);
    rig.set("limits.rate", "").await;
    assert_eq!(rig.taken("ada", 50).await, 50);
}

#[tokio::test]
async fn the_day_of_a_tenant_has_an_end_and_a_next_one() {
    let rig = Rig::new(None, &[("limits.quota", "requests=3,bytes=100")]).await;
    let allowed = rig.take("ada", Class::Read).await.unwrap();
    let expected = [
        "ratelimit-policy: \"day\";q=3;w=86400, \"day-bytes\";q=100;w=86400;qu=\"content-bytes\"",
        "ratelimit: \"day\";r=2;t=43200, \"day-bytes\";r=100;t=43200",
    ];
    assert_eq!(fields(allowed.told), expected);
    allowed.meter.unwrap().add(99);
    let allowed = rig.take("bob", Class::Read).await.unwrap();
    assert!(fields(allowed.told)[1].contains("\"day-bytes\";r=1;"));
    allowed.meter.unwrap().add(1);
    let (error, _) = rig.take("bob", Class::Read).await.unwrap_err();
    assert_eq!((error.status(), error.retry_after_s), (429, Some(43_200)));
    assert!(error.message.contains("100 bytes"), "{}", error.message);
    rig.hand.fetch_add(43_200_000_000, Ordering::Relaxed);
    assert_eq!(rig.taken("ada", 5).await, 3);
    let metrics = String::from_utf8(rig.metrics.text().unwrap()).unwrap();
    assert!(metrics.contains("theriac_limited_total{limit=\"bytes\"} 1"), "{metrics}");
    assert!(metrics.contains("theriac_limited_total{limit=\"requests\"} 2"), "{metrics}");
}

#[tokio::test]
async fn messages_wait_and_do_not_count_as_requests() {
    let rig = Rig::new(None, &[("limits.rate", "client:message=2/1m,client=1/1m")]).await;
    let grant = Grant::new(Role::Operator, "press", rig.tenant.name.as_ref());
    for expected in [None, None, Some(Duration::from_secs(30))] {
        assert_eq!(rig.limiter.hold(&rig.tenant, &rig.db, &grant).await, expected);
    }
    assert_eq!(rig.taken("press", 5).await, 1);
}

#[tokio::test]
async fn a_socket_gives_its_place_back() {
    let rig = Rig::new(None, &[("limits.sockets", "client=1,tenant=2")]).await;
    let seat = async |who: &str| {
        let grant = Grant::new(Role::Operator, who, rig.tenant.name.as_ref());
        rig.limiter.seat(&rig.tenant, &rig.db, &grant).await
    };
    let ada = seat("ada").await.unwrap();
    assert_eq!(seat("ada").await.err().unwrap().status(), 429);
    let bob = seat("bob").await.unwrap();
    assert!(seat("eve").await.err().unwrap().message.contains("tenant"));
    drop(ada);
    let eve = seat("eve").await.unwrap();
    drop((bob, eve));
    assert!(rig.limiter.sockets.lock().is_empty());
}

/// Redis behind a door that can be shut.
struct Door {
    url: String,
    open: watch::Sender<bool>,
}

impl Door {
    async fn to(redis_url: &str) -> Self {
        let behind = redis_url.trim_start_matches("redis://").trim_end_matches('/').to_owned();
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("redis://{}/", listener.local_addr().unwrap());
        let (open, is_open) = watch::channel(true);
        tokio::spawn(async move {
            while let Ok((mut from, _)) = listener.accept().await {
                let (behind, mut is_open) = (behind.clone(), is_open.clone());
                tokio::spawn(async move {
                    if !*is_open.borrow() {
                        return;
                    }
                    let mut to = TcpStream::connect(behind).await.unwrap();
                    tokio::select! {
                        _ = copy_bidirectional(&mut from, &mut to) => {}
                        _ = is_open.wait_for(|open| !open) => {}
                    }
                });
            }
        });
        Self { url, open }
    }
}

/// A second node of the same installation.
async fn beside(rig: &Rig, url: &str) -> Limiter {
    Limiter::open(Some(url), Clock::Held(rig.hand.clone()), Arc::new(Metrics::new().unwrap())).await.unwrap()
}

#[tokio::test]
async fn two_nodes_together_take_exactly_what_there_is() {
    let Ok(url) = std::env::var("THERIAC_TEST_REDIS") else { return };
    let rig = Rig::new(
        Some(&url),
        &[("limits.rate", "client=40/1d,tenant=1000/1d"), ("limits.quota", "requests=500,bytes=50")],
    )
    .await;
    let other = beside(&rig, &url).await;
    let grant = Grant::new(Role::Steward, "ada", rig.tenant.name.as_ref());
    let mut taken = 0;
    for round in futures_util::future::join_all((0..80).map(|at| {
        let limiter = if at % 2 == 0 { &other } else { rig.limiter.as_ref() };
        limiter.take(&rig.tenant, &rig.db, Caller::Known(&grant), Class::Read)
    }))
    .await
    {
        taken += usize::from(round.is_ok());
    }
    assert_eq!(taken, 40);
    let told = rig.take("bob", Class::Read).await.unwrap().told;
    let told = fields(told);
    assert!(told[1].starts_with("ratelimit: \"client\";r=39;t=2160, \"tenant\";r=959;"), "{told:?}");
    assert!(told[1].contains("\"day\";r=459;"), "{told:?}");
    // What one node counts of bytes, the other knows with the first one's next request.
    rig.take("bob", Class::Read).await.unwrap().meter.unwrap().add(60);
    assert!(rig.take("bob", Class::Read).await.is_err());
    let refused = other.take(&rig.tenant, &rig.db, Caller::Known(&grant), Class::Message).await;
    assert!(refused.is_ok(), "messages have no rule here");
    let bob = Grant::new(Role::Steward, "bob", rig.tenant.name.as_ref());
    let refused = other.take(&rig.tenant, &rig.db, Caller::Known(&bob), Class::Read).await.err().unwrap();
    assert!(refused.0.message.contains("50 bytes"), "{}", refused.0.message);
}

#[tokio::test]
async fn while_redis_is_away_each_node_counts_for_itself_and_says_so() {
    let Ok(url) = std::env::var("THERIAC_TEST_REDIS") else { return };
    let door = Door::to(&url).await;
    let settings = [("limits.rate", "client=5/1d"), ("limits.quota", "requests=100")];
    let rig = Rig::new(Some(&door.url), &settings).await;
    assert_eq!((rig.taken("ada", 3).await, rig.gauge()), (3, false));
    door.open.send(false).unwrap();
    assert_eq!((rig.taken("ada", 9).await, rig.gauge()), (5, true), "counted anew, and still limited");
    let day = fields(rig.take("bob", Class::Read).await.unwrap().told);
    assert!(day[1].contains("\"day\";r=91;"), "the day goes on from what was known: {day:?}");
    door.open.send(true).unwrap();
    let back = async {
        while rig.gauge() {
            tokio::time::sleep(Duration::from_millis(100)).await;
            let _ = rig.take("eve", Class::Read).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(20), back).await.unwrap();
    assert_eq!(rig.taken("ada", 9).await, 2, "two of five were left");
}
