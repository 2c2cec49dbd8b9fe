//! When messages came that say no time themselves, on disk before their readings: sent again with its packet identifier and the
//! mark of a duplicate (MQTT 5.0, 3.3.1.1 and 4.4), a message has the time of its first arrival, and its reading counts once.
//!
//! One slot for each packet identifier: when it came, and a checksum of that and of the message.

use std::fs::{File, OpenOptions};
use std::io::{Error as IoError, ErrorKind};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use theriac_core::{Error, Result};

const SLOT: usize = 12;
/// A clock that was set back by less is waited for: two messages are never of one moment.
const SLOW_MICROS: i64 = 1_000_000;

pub(super) struct Arrivals {
    path: PathBuf,
    file: File,
    /// The last time that was given.
    last: i64,
}

/// Packet identifier, topic, payload.
type Message<'m> = (u16, &'m [u8], &'m [u8]);

impl Arrivals {
    /// # Errors
    /// `Internal` if the disk refuses.
    pub fn open(folder: &Path, client_id: &str) -> Result<Self> {
        let path = folder.join(format!("mqtt-{client_id}.arrivals"));
        let file = OpenOptions::new().create(true).truncate(false).read(true).write(true).open(&path);
        let file = file.map_err(|e| failed(&path, &e))?;
        Ok(Self { path, file, last: i64::MIN })
    }

    /// The time of the message's first arrival. Without acknowledgement (identifier 0) nothing is ever sent again.
    ///
    /// # Errors
    /// `Internal` if the disk refuses.
    pub fn time(&mut self, message: Message<'_>, again: bool, now: i64) -> Result<i64> {
        let place = u64::from(message.0) * SLOT as u64;
        if again && let Some(first) = self.first(message, place).map_err(|e| failed(&self.path, &e))? {
            return Ok(first);
        }
        let now = self.next(now);
        if message.0 == 0 {
            return Ok(now);
        }
        let mut slot = [0; SLOT];
        slot[..8].copy_from_slice(&now.to_le_bytes());
        slot[8..].copy_from_slice(&sum(now, message).to_le_bytes());
        let written = self.file.write_all_at(&slot, place).and_then(|()| self.file.sync_data());
        written.map_err(|e| failed(&self.path, &e))?;
        Ok(now)
    }

    /// A reading is known by its time: of two at once, the second would take the place of the first.
    fn next(&mut self, now: i64) -> i64 {
        let close = now <= self.last && self.last - now < SLOW_MICROS;
        self.last = if close { self.last + 1 } else { now };
        self.last
    }

    fn first(&self, message: Message<'_>, place: u64) -> std::result::Result<Option<i64>, IoError> {
        let mut slot = [0; SLOT];
        match self.file.read_exact_at(&mut slot, place) {
            Err(e) if e.kind() == ErrorKind::UnexpectedEof => return Ok(None),
            other => other?,
        }
        let [a, b, c, d, e, f, g, h, i, j, k, l] = slot;
        let time = i64::from_le_bytes([a, b, c, d, e, f, g, h]);
        Ok((u32::from_le_bytes([i, j, k, l]) == sum(time, message)).then_some(time))
    }
}

fn sum(time: i64, (_, topic, payload): Message<'_>) -> u32 {
    let mut hasher = crc32fast::Hasher::new();
    for part in [&time.to_le_bytes()[..], topic, b"\0", payload] {
        hasher.update(part);
    }
    hasher.finalize()
}

fn failed(path: &Path, error: &IoError) -> Error {
    Error::internal(format!("{}: {error}", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_sent_again_has_the_time_of_its_first_arrival() {
        let folder = std::env::temp_dir().join(format!("connect-arrivals-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let mut arrivals = Arrivals::open(&folder, "line1").unwrap();
        let message = (7, &b"plant/a/x"[..], &b"20.5"[..]);
        assert_eq!(arrivals.time(message, false, 100).unwrap(), 100);
        assert_eq!(arrivals.time(message, true, 200).unwrap(), 100);
        // After a crash.
        let mut arrivals = Arrivals::open(&folder, "line1").unwrap();
        assert_eq!(arrivals.time(message, true, 300).unwrap(), 100);
        assert_eq!(
            arrivals.time((7, message.1, b"20.6"), true, 400).unwrap(),
            400,
            "another message under the same identifier"
        );
        assert_eq!(arrivals.time(message, true, 500).unwrap(), 500, "whose slot it is no more");
        assert_eq!(arrivals.time(message, false, 600).unwrap(), 600, "the same value anew is a new reading");
        assert_eq!(arrivals.time((65_535, b"t", b"1"), true, 700).unwrap(), 700, "what was never seen came now");
        assert_eq!(arrivals.time((0, b"t", b"1"), true, 800).unwrap(), 800);
        let (one, other) = ((8, &b"t"[..], &b"1"[..]), (9, &b"t"[..], &b"2"[..]));
        assert_eq!(arrivals.time(one, false, 900).unwrap(), 900);
        assert_eq!(arrivals.time(other, false, 900).unwrap(), 901, "two at once are two");
        assert_eq!(arrivals.time(other, true, 950).unwrap(), 901);
        assert_eq!(
            arrivals.time(one, false, 901 - 2 * SLOW_MICROS).unwrap(),
            901 - 2 * SLOW_MICROS,
            "a clock set right"
        );
        std::fs::remove_dir_all(folder).unwrap();
    }
}
