//! Alerts: raised once, seen on the feed, acknowledged by people.
