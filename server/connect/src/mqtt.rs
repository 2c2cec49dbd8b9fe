//! An MQTT 5 broker as a source. The session outlives the connection (clean start off, quality of service 1), and a
//! message is acknowledged when its readings lie on disk: what the broker was not told of, it sends again.

mod arrivals;

use crate::config::{Format, Mqtt, Sparkplug, Tls};
use crate::mapping::Mapping;
use crate::reading::{Quality, Reading, time_of};
use crate::run::Intake;
use crate::sparkplug::{Group, Known, Said, Topic, rebirth};
use arrivals::Arrivals;
use rumqttc::v5::mqttbytes::QoS;
use rumqttc::v5::mqttbytes::v5::{Packet, Publish};
use rumqttc::v5::{AsyncClient, Event, MqttOptions};
use rumqttc::{TlsConfiguration, Transport};
use std::path::Path;
use std::time::{Duration, SystemTime, UNIX_EPOCH};
use theriac_core::{Error, Result};
use tokio::sync::watch;

/// The broker keeps the session for a week.
const SESSION: u32 = 7 * 24 * 3_600;
const PAUSE: Duration = Duration::from_secs(1);

pub async fn run(config: Mqtt, folder: &Path, intake: Intake, mut stop: watch::Receiver<bool>) -> Result<()> {
    let (client, mut events) = AsyncClient::new(options(&config)?, 1_024);
    let mut reader = Reader::new(&config, folder)?;
    while !*stop.borrow() {
        let event = tokio::select! {
            event = events.poll() => event,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match event {
            Ok(Event::Incoming(Packet::ConnAck(_))) => {
                tracing::info!(broker = config.broker, "connected");
                for filter in reader.filters() {
                    client.subscribe(filter, QoS::AtLeastOnce).await.map_err(Error::internal)?;
                }
            }
            Ok(Event::Incoming(Packet::Publish(publish))) => {
                let (readings, command) = reader.read(&publish, now())?;
                intake.put(&readings).await?;
                reader.keep()?;
                // Only now may the broker forget it.
                client.ack(&publish).await.map_err(Error::internal)?;
                if let Some((topic, payload)) = command {
                    client.publish(topic, QoS::AtMostOnce, false, payload).await.map_err(Error::internal)?;
                }
            }
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(%error, broker = config.broker, "the broker is away; trying again");
                let _woken = tokio::time::timeout(PAUSE, stop.wait_for(|stop| *stop)).await;
            }
        }
    }
    Ok(())
}

fn options(config: &Mqtt) -> Result<MqttOptions> {
    let wrong = || Error::invalid(format!("broker {:?} is not host:port", config.broker));
    let (host, port) = config.broker.rsplit_once(':').ok_or_else(wrong)?;
    let mut options = MqttOptions::new(&config.client_id, host, port.parse().map_err(|_| wrong())?);
    options.set_keep_alive(Duration::from_secs(10));
    options.set_clean_start(false);
    options.set_session_expiry_interval(Some(SESSION));
    options.set_receive_maximum(Some(256));
    options.set_manual_acks(true);
    if let Some(user) = &config.username {
        let password = match &config.password_file {
            Some(path) => String::from_utf8_lossy(&file(path)?).into_owned(),
            None => String::new(),
        };
        options.set_credentials(user, password.trim());
    }
    if let Some(tls) = &config.tls {
        options.set_transport(Transport::tls_with_config(secured(tls)?));
    }
    Ok(options)
}

fn file(path: &Path) -> Result<Vec<u8>> {
    std::fs::read(path).map_err(|e| Error::invalid(format!("{}: {e}", path.display())))
}

/// Only brokers whose certificate comes from the authorities of the file are spoken to, by the name in `broker`.
fn secured(tls: &Tls) -> Result<TlsConfiguration> {
    let client_auth = match (&tls.certificate_file, &tls.key_file) {
        (Some(certificate), Some(key)) => Some((file(certificate)?, file(key)?)),
        _ => None,
    };
    Ok(TlsConfiguration::Simple { ca: file(&tls.ca_file)?, alpn: None, client_auth })
}

fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    i64::try_from(since.as_micros()).unwrap_or(i64::MAX)
}

/// What is listened to, and how it is read.
struct Reader {
    topics: Vec<(String, Mapping, Format, String, String)>,
    groups: Vec<(String, Group)>,
    known: Known,
    /// When payloads that are bare numbers came.
    arrivals: Arrivals,
    /// The last message was of a group.
    changed: bool,
}

type Command = Option<(String, Vec<u8>)>;

impl Reader {
    fn new(config: &Mqtt, folder: &Path) -> Result<Self> {
        let topic = |t: &crate::config::Topic| {
            let mapping = Mapping::new(&t.filter, &t.property)?;
            Ok((t.filter.clone(), mapping, t.format, t.value.clone(), t.time.clone()))
        };
        let group = |s: &Sparkplug| (s.group.clone(), Group::new(&s.property));
        let known = Known::new(folder, &config.client_id);
        let mut groups: Vec<(String, Group)> = config.sparkplug.iter().map(group).collect();
        known.recall(&mut groups)?;
        let topics = config.topics.iter().map(topic).collect::<Result<_>>()?;
        let arrivals = Arrivals::open(folder, &config.client_id)?;
        Ok(Self { topics, groups, known, arrivals, changed: false })
    }

    /// What births and counts the last message brought.
    fn keep(&mut self) -> Result<()> {
        if std::mem::take(&mut self.changed) { self.known.keep(&mut self.groups) } else { Ok(()) }
    }

    fn filters(&self) -> Vec<String> {
        let groups = self.groups.iter().map(|(group, _)| format!("spBv1.0/{group}/#"));
        self.topics.iter().map(|(filter, ..)| filter.clone()).chain(groups).collect()
    }

    /// What cannot be read is told of and passed over: it would be the same when sent again.
    fn read(&mut self, publish: &Publish, now: i64) -> Result<(Vec<Reading>, Command)> {
        let topic = String::from_utf8_lossy(&publish.topic).into_owned();
        if let Some(sparkplug) = Topic::of(&topic)
            && let Some((name, group)) = self.groups.iter_mut().find(|(group, _)| group == sparkplug.group)
        {
            self.changed = true;
            return Ok(match group.take(&sparkplug, &publish.payload, now, publish.dup) {
                Ok(Said::Readings(readings)) => (readings, None),
                Ok(Said::Rebirth) => (Vec::new(), Some(rebirth(name, sparkplug.node, now))),
                Ok(Said::Waiting) => (Vec::new(), None),
                Err(error) => {
                    tracing::warn!(%error, topic, "a Sparkplug payload cannot be read");
                    (Vec::new(), None)
                }
            });
        }
        let of_topic = self
            .topics
            .iter()
            .find_map(|(_, mapping, format, value, time)| Some((mapping.property(&topic)?, *format, value, time)));
        let Some((property, format, value, time)) = of_topic else { return Ok((Vec::new(), None)) };
        let reading = match format {
            // Kept by the broker since who knows when, and sent at every subscription.
            Format::Number if publish.retain => return Ok((Vec::new(), None)),
            Format::Number => {
                let message = (publish.pkid, &publish.topic[..], &publish.payload[..]);
                number(&publish.payload, property, self.arrivals.time(message, publish.dup, now)?)
            }
            Format::Json => json(&publish.payload, property, value, time),
        };
        if reading.is_none() {
            tracing::warn!(topic, "a payload holds no value where it should, and is passed over");
        }
        Ok((reading.into_iter().collect(), None))
    }
}

fn number(payload: &[u8], property: String, now: i64) -> Option<Reading> {
    let value = std::str::from_utf8(payload).ok()?.trim().parse().ok()?;
    Some(Reading { property, time: now, value, quality: Quality::Good })
}

fn json(payload: &[u8], property: String, value: &str, time: &str) -> Option<Reading> {
    let payload: serde_json::Value = serde_json::from_slice(payload).ok()?;
    let (value, time) = (payload.pointer(value)?.as_f64()?, time_of(payload.pointer(time)?)?);
    let quality = payload.get("quality").cloned().map(serde_json::from_value).transpose().ok()?;
    Some(Reading { property, time, value, quality: quality.unwrap_or_default() })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn payloads_are_values_with_their_times() {
        let read = |payload: &str| json(payload.as_bytes(), "a.b".into(), "/v/x", "/t");
        let reading = read(r#"{"v":{"x":1.5},"t":1795161600000,"quality":"uncertain"}"#).unwrap();
        assert_eq!((reading.value, reading.time, reading.quality), (1.5, 1_795_161_600_000_000, Quality::Uncertain));
        for payload in [r#"{"v":{"x":"1.5"},"t":1795161600000}"#, r#"{"v":{"x":1.5}}"#, "1.5", "{", r#"{"v":1,"t":1}"#]
        {
            assert_eq!(read(payload), None, "{payload}");
        }
        assert_eq!(number(b" 2.5 \n", "a.b".into(), 7).map(|r| (r.value, r.time)), Some((2.5, 7)));
        assert_eq!(number(b"on", "a.b".into(), 7), None);
    }

    #[test]
    fn a_bare_number_is_a_reading_of_its_first_arrival_and_none_when_the_broker_had_kept_it() {
        let folder = std::env::temp_dir().join(format!("connect-bare-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let config = "client_id = \"a\"\nbroker = \"b:1\"\n[[topics]]\nfilter = \"bare/+/+\"\nproperty = \"{1}.{2}\"\nformat = \"number\"";
        let mut reader = Reader::new(&toml::from_str(config).unwrap(), &folder).unwrap();
        let mut read = |pkid, dup, retain, now| {
            let message = Publish { pkid, dup, retain, ..Publish::new("bare/p/x", QoS::AtLeastOnce, "1.5", None) };
            reader.read(&message, now).unwrap().0.first().map(|reading| (reading.time, reading.value))
        };
        assert_eq!(read(1, false, true, 50), None);
        assert_eq!(read(1, false, false, 100), Some((100, 1.5)));
        assert_eq!(read(1, true, false, 200), Some((100, 1.5)));
        assert_eq!(read(2, false, false, 200), Some((200, 1.5)));
        std::fs::remove_dir_all(folder).unwrap();
    }
}
