//! Readings whose time has not come yet: a source's clock is wrong, and they would stand before all that follows until
//! the day that they name.

use super::{Batch, REFUSED_KEPT, Refused};
use theriac_core::{Instant, Result};
use theriac_platform::Context;
use theriac_platform::setting::Settings;

const SETTING: &str = "isa95.clock.ahead";

/// The last time that is taken now, by the tenant's choice.
pub(crate) async fn latest(context: &Context) -> Result<Option<Instant>> {
    let settings = Settings::read(&context.db, context.now()).await?;
    let seconds = settings.value(SETTING).parse::<i64>().ok();
    Ok(seconds.map(|seconds| Instant(context.now().0 + seconds * 1_000_000)))
}

impl Batch {
    /// Refuses what is later, by its line.
    pub(crate) fn refuse_after(&mut self, latest: Instant) {
        if self.times.iter().all(|time| *time <= latest.0) {
            return;
        }
        let rows = std::mem::take(&mut self.times).into_iter().zip(std::mem::take(&mut self.property_index));
        let values = std::mem::take(&mut self.values).into_iter().zip(std::mem::take(&mut self.qualities));
        let lines = std::mem::take(&mut self.lines);
        for (((time, property), (value, quality)), line) in rows.zip(values).zip(lines) {
            if time > latest.0 {
                self.refuse(line, latest);
                continue;
            }
            self.times.push(time);
            self.property_index.push(property);
            self.values.push(value);
            self.qualities.push(quality);
            self.lines.push(line);
        }
    }

    fn refuse(&mut self, line: u64, latest: Instant) {
        self.refused_count += 1;
        if self.refused.len() < 2 * REFUSED_KEPT {
            let why = format!("time is ahead: nothing later than {} is taken now ({SETTING})", latest.rfc3339());
            self.refused.push(Refused { line, why });
        }
    }
}

#[cfg(test)]
mod tests {
    use crate::reading::{Format, parse};
    use theriac_core::Instant;

    #[test]
    fn what_is_ahead_is_refused_by_its_line_and_the_rest_stays() {
        let body = b"property,time,value\na.x,2026-11-20T08:00:00Z,1\na.x,2026-11-20T08:05:01Z,2\nb.x,2026-11-20T08:05:00Z,3\n";
        let mut batch = parse(Format::Csv, body).unwrap();
        batch.refuse_after(Instant::parse("2026-11-20T08:05:00Z").unwrap());
        assert_eq!((batch.values.as_slice(), batch.lines.as_slice()), (&[1.0, 3.0][..], &[2, 4][..]));
        assert_eq!((batch.property_index.as_slice(), batch.times.len(), batch.qualities.len()), (&[0, 1][..], 2, 2));
        assert_eq!((batch.refused.len(), batch.refused[0].line, batch.refused_count), (1, 3, 1));
        assert!(batch.refused[0].why.contains("2026-11-20T08:05:00"), "{}", batch.refused[0].why);
    }
}
