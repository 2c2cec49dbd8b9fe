//! The feed over server-sent events, as its handler gives it.

#![allow(clippy::unwrap_used, reason = "the whole file is tests")]

use futures_util::StreamExt;
use std::sync::Arc;
use std::time::Duration;
use theriac_core::Clock;
use theriac_ledger::feed::{self, Feed};
use theriac_ledger::{Ledger, load_signing_key};
use theriac_platform::db::Db;
use theriac_platform::http::{Body, Method, Request};
use theriac_platform::{Context, Cursors, Tickets};

#[tokio::test]
async fn a_stream_ends_without_an_error_when_the_server_stops() {
    let folder = std::env::temp_dir().join(format!("theriac-feed-{}", std::process::id()));
    let db = Db::open(&format!("sqlite://{}/t.db?mode=rwc", folder.display()), Clock::System).await.unwrap();
    theriac_migrations::up(&db.migration_connection().await.unwrap()).await.unwrap();
    let tenant = db.create_tenant("mercy").await.unwrap();
    let ledger = Ledger::new(db.clone(), load_signing_key(&folder).unwrap());
    let tickets = Arc::new(Tickets::open(None, Clock::System).await.unwrap());
    let feed = Feed::new(ledger.clone(), Cursors::new(b"secret"), tickets);
    let request = Request::new(Method::Get, "/mercy/feed", "topics=alerts");
    let response = feed::handle(feed, Context::internal(&db, &tenant, "test"), request).await.unwrap();
    let Body::Stream(mut stream) = response.body else { panic!("no stream") };
    let quiet = tokio::time::timeout(Duration::from_millis(50), stream.next()).await;
    assert!(quiet.is_err(), "it is open while the server runs");
    ledger.close_feeds();
    let end = tokio::time::timeout(Duration::from_secs(10), stream.next()).await.unwrap();
    assert!(end.is_none(), "{end:?}");
    let _gone = std::fs::remove_dir_all(folder);
}
