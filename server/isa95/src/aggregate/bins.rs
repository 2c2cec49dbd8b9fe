//! The bins of a histogram: `bins=LOW:HIGH:COUNT`, equal in width; LOW within, HIGH without.

use theriac_core::{Error, Result};

const MOST: usize = 1_000;

#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Bins {
    low: f64,
    high: f64,
    count: usize,
}

impl Bins {
    /// # Errors
    /// `Invalid` at `bins`.
    pub fn parse(text: &str) -> Result<Self> {
        let wrong = || {
            let message = format!(
                "'{text}' is not LOW:HIGH:COUNT with LOW below HIGH and COUNT from 1 to {MOST}, as in 20:80:12"
            );
            Error::invalid(message).at("bins")
        };
        let parts: Vec<&str> = text.split(':').collect();
        let [low, high, count] = parts[..] else { return Err(wrong()) };
        let real = |text: &str| text.parse::<f64>().ok().filter(|number| number.is_finite());
        let bins = (real(low), real(high), count.parse::<usize>().ok());
        let (Some(low), Some(high), Some(count)) = bins else { return Err(wrong()) };
        let fits = low < high && (high - low).is_finite() && (1..=MOST).contains(&count);
        fits.then_some(Self { low, high, count }).ok_or_else(wrong)
    }

    /// 0 below, then the bins, then above.
    pub fn place(&self, value: f64) -> usize {
        if value < self.low {
            return 0;
        }
        if value >= self.high {
            return self.count + 1;
        }
        let share = (value - self.low) / (self.high - self.low);
        1 + ((share * self.count as f64) as usize).min(self.count - 1)
    }

    pub fn empty(&self) -> Vec<u64> {
        vec![0; self.count + 2]
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_on_an_edge_belongs_to_the_bin_that_begins_there() {
        let bins = Bins::parse("0:10:5").unwrap();
        let places = [-0.1, 0.0, 1.9, 2.0, 9.9, 10.0, 1e300].map(|value| bins.place(value));
        assert_eq!(places, [0, 1, 1, 2, 5, 6, 6]);
        assert_eq!(bins.empty().len(), 7);
    }

    #[test]
    fn what_are_no_bins_is_refused() {
        for text in ["", "1:2", "2:1:5", "0:1:0", "0:1:1001", "0:inf:3", "-1e308:1e308:3", "0:1:2:3", "a:1:2"] {
            assert!(Bins::parse(text).unwrap_err().message.contains("20:80:12"), "{text}");
        }
    }
}
