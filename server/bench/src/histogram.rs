//! Latencies in logarithmic buckets: 64 to each doubling, so that a percentile is right within 1.6 percent.

use std::time::Duration;

const SUB: u64 = 64;

#[derive(Debug, Clone, Default)]
pub struct Histogram {
    buckets: Vec<u64>,
    count: u64,
}

impl Histogram {
    pub fn add(&mut self, latency: Duration) {
        let at = bucket(u64::try_from(latency.as_nanos()).unwrap_or(u64::MAX));
        if self.buckets.len() <= at {
            self.buckets.resize(at + 1, 0);
        }
        self.buckets[at] += 1;
        self.count += 1;
    }

    pub fn merge(&mut self, other: &Self) {
        if self.buckets.len() < other.buckets.len() {
            self.buckets.resize(other.buckets.len(), 0);
        }
        self.buckets.iter_mut().zip(&other.buckets).for_each(|(mine, more)| *mine += more);
        self.count += other.count;
    }

    pub fn count(&self) -> u64 {
        self.count
    }

    /// The latency that this share of all stays within, in milliseconds; 0 without any.
    pub fn percentile_ms(&self, share: f64) -> f64 {
        let wanted = (self.count as f64 * share).ceil().max(1.0) as u64;
        let mut seen = 0;
        for (at, count) in self.buckets.iter().enumerate() {
            seen += count;
            if seen >= wanted {
                return upper(at) as f64 / 1e6;
            }
        }
        0.0
    }
}

fn bucket(nanos: u64) -> usize {
    let doubling = nanos.max(SUB).ilog2() - SUB.ilog2();
    (u64::from(doubling) * SUB + (nanos >> doubling)) as usize
}

fn upper(bucket: usize) -> u64 {
    let bucket = bucket as u64;
    let doubling = (bucket / SUB).saturating_sub(1);
    ((bucket - doubling * SUB + 1) << doubling) - 1
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bucket_holds_what_falls_into_it() {
        for nanos in [0, 1, 63, 64, 127, 128, 1_000, 999_999, 123_456_789, 60_000_000_000] {
            let top = upper(bucket(nanos));
            assert!(top >= nanos && top - nanos <= nanos / SUB, "{nanos}: {top}");
        }
    }

    #[test]
    fn percentiles_of_a_known_series() {
        let mut histogram = Histogram::default();
        (1..=1_000).for_each(|ms| histogram.add(Duration::from_millis(ms)));
        for (share, expected) in [(0.5, 500.0), (0.99, 990.0), (1.0, 1_000.0)] {
            let found = histogram.percentile_ms(share);
            assert!((found - expected).abs() / expected < 0.02, "{share}: {found}");
        }
        assert_eq!(Histogram::default().percentile_ms(0.5), 0.0);
    }
}
