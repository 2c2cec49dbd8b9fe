//! A column of whole numbers: brought to small remainders by the best of three predictions, and these in Rice codes
//! (R. F. Rice, JPL Publication 79-22, 1979) whose parameter is chosen for every block of 128.
//!
//! Layout: prediction, first value, unit (greatest common divisor of all distances from it), parameter of the
//! prediction, then bits. Arithmetic wraps, so that any 64-bit numbers come back.

use super::bits::{Reader, Writer};
use crate::varint::{self, Bytes, unzigzag, zigzag};

const BLOCK: usize = 128;
/// Stands in place of the Rice parameter before a count of blocks that hold nothing but zeros.
const ZEROS: u8 = 0xff;
/// A quotient of this many ones says that the whole number follows as it is.
const ESCAPE: u32 = 16;

/// How the next number is guessed.
#[derive(Clone, Copy, PartialEq)]
#[repr(u8)]
enum Prediction {
    /// It lies about the parameter: noise around a level.
    Level = 0,
    /// It is the one before plus the parameter: a walk, or a clock with jitter.
    Step = 1,
    /// It goes on as the last two went: a smooth curve. The parameter is the first difference.
    Line = 2,
}

const PREDICTIONS: [Prediction; 3] = [Prediction::Level, Prediction::Step, Prediction::Line];

pub(super) fn put(values: &[i64], out: &mut Vec<u8>) {
    let Some(first) = values.first().copied() else { return };
    let unit = unit(values, first);
    let scaled: Vec<i64> = values.iter().map(|v| v.wrapping_sub(first) / unit).collect();
    let coded = PREDICTIONS.map(|prediction| {
        let parameter = prediction.parameter(&scaled);
        let rest = prediction.remainders(&scaled, parameter);
        let cost: u64 = rest.chunks(BLOCK).map(|block| best(block).1).sum();
        (cost, prediction, parameter, rest)
    });
    let Some((_, prediction, parameter, rest)) = coded.into_iter().min_by_key(|(cost, ..)| *cost) else { return };
    out.push(prediction as u8);
    varint::put_signed(first, out);
    varint::put(unit as u64, out);
    varint::put_signed(parameter, out);
    out.extend_from_slice(&rice(&rest));
}

pub(super) fn get(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<i64>> {
    if count == 0 {
        return Some(Vec::new());
    }
    let prediction = *PREDICTIONS.get(usize::from(bytes.byte()?))?;
    let (first, unit, parameter) = (bytes.signed()?, bytes.varint()? as i64, bytes.signed()?);
    let mut values = unrice(bytes, count)?;
    prediction.restore(&mut values, parameter);
    for value in &mut values {
        *value = first.wrapping_add(value.wrapping_mul(unit));
    }
    Some(values)
}

/// The greatest common divisor of all distances from the first value; 1 when a distance does not fit.
fn unit(values: &[i64], first: i64) -> i64 {
    let mut unit = 0;
    for value in values {
        match value.checked_sub(first).and_then(i64::checked_abs) {
            Some(distance) => unit = gcd(distance, unit),
            None => return 1,
        }
        if unit == 1 {
            return 1;
        }
    }
    unit.max(1)
}

fn gcd(mut a: i64, mut b: i64) -> i64 {
    while b != 0 {
        (a, b) = (b, a % b);
    }
    a
}

impl Prediction {
    fn parameter(self, values: &[i64]) -> i64 {
        match self {
            Self::Level => median(values.to_vec()),
            Self::Step => median(values.windows(2).map(|w| w[1].wrapping_sub(w[0])).collect()),
            Self::Line => values.get(1).copied().unwrap_or(0),
        }
    }

    /// What the prediction leaves. The first value is 0 by construction and so is its remainder, but for a level.
    fn remainders(self, values: &[i64], parameter: i64) -> Vec<u64> {
        let (mut before, mut step) = (parameter.wrapping_neg(), parameter);
        let remainder = |value: &i64| {
            let guess = match self {
                Self::Level => parameter,
                Self::Step => before.wrapping_add(parameter),
                Self::Line => before.wrapping_add(step),
            };
            step = value.wrapping_sub(before);
            before = *value;
            zigzag(value.wrapping_sub(guess))
        };
        values.iter().map(remainder).collect()
    }

    /// Turns remainders into the values they are from.
    fn restore(self, values: &mut [i64], parameter: i64) {
        let (mut before, mut step) = (parameter.wrapping_neg(), parameter);
        for value in values {
            let guess = match self {
                Self::Level => parameter,
                Self::Step => before.wrapping_add(parameter),
                Self::Line => before.wrapping_add(step),
            };
            *value = guess.wrapping_add(*value);
            step = value.wrapping_sub(before);
            before = *value;
        }
    }
}

fn median(mut values: Vec<i64>) -> i64 {
    let middle = values.len() / 2;
    if values.is_empty() { 0 } else { *values.select_nth_unstable(middle).1 }
}

fn rice(rest: &[u64]) -> Vec<u8> {
    let mut bits = Writer::default();
    let mut blocks = rest.chunks(BLOCK).peekable();
    while let Some(block) = blocks.next() {
        if zeros(block) {
            let mut run = 1;
            while blocks.next_if(|next| zeros(next) && run < 0xffff).is_some() {
                run += 1;
            }
            bits.put(u64::from(ZEROS), 8);
            bits.put(run, 16);
            continue;
        }
        let (parameter, _) = best(block);
        bits.put(u64::from(parameter), 8);
        for value in block {
            let quotient = value >> parameter;
            if quotient < u64::from(ESCAPE) {
                bits.put((1 << quotient) - 1, quotient as u32 + 1);
                bits.put(*value, u32::from(parameter));
            } else {
                bits.put((1 << ESCAPE) - 1, ESCAPE);
                bits.put(*value, 64);
            }
        }
    }
    bits.finish()
}

fn unrice(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<i64>> {
    let mut bits = Reader::new(bytes);
    let mut values = Vec::new();
    while values.len() < count {
        let left = count - values.len();
        let parameter = bits.get(8)? as u8;
        if parameter == ZEROS {
            let run = bits.get(16)? as usize * BLOCK;
            values.resize(values.len() + run.min(left), 0);
            continue;
        }
        if parameter > 63 {
            return None;
        }
        for _ in 0..left.min(BLOCK) {
            let value = match bits.ones(ESCAPE)? {
                ESCAPE => bits.get(64)?,
                quotient => u64::from(quotient) << parameter | bits.get(u32::from(parameter))?,
            };
            values.push(unzigzag(value));
        }
    }
    Some(values)
}

fn zeros(block: &[u64]) -> bool {
    block.iter().all(|v| *v == 0)
}

/// The Rice parameter that takes the fewest bits for a block, and these. The best one is near the length of the
/// middle value; the mean would follow a single outlier.
fn best(block: &[u64]) -> (u8, u64) {
    let mut lengths = [0usize; 65];
    for value in block {
        lengths[64 - value.leading_zeros() as usize] += 1;
    }
    if lengths[0] == block.len() {
        return (0, 1);
    }
    let mut seen = 0;
    let middle = lengths.iter().position(|count| {
        seen += count;
        seen * 2 > block.len()
    });
    let middle = middle.unwrap_or(0) as u8;
    let candidates = middle.saturating_sub(2)..=(middle + 3).min(63);
    let costs = candidates.map(|parameter| (parameter, cost(block, parameter)));
    costs.min_by_key(|(_, cost)| *cost).unwrap_or((0, u64::MAX))
}

/// Bits that a block takes with a Rice parameter.
fn cost(block: &[u64], parameter: u8) -> u64 {
    let bits = |value: &u64| match value >> parameter {
        quotient if quotient < u64::from(ESCAPE) => quotient + 1 + u64::from(parameter),
        _ => u64::from(ESCAPE) + 64,
    };
    8 + block.iter().map(bits).sum::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn size(values: &[i64]) -> usize {
        let mut out = Vec::new();
        put(values, &mut out);
        assert_eq!(get(&mut Bytes(&out), values.len()).as_deref(), Some(values));
        out.len()
    }

    #[test]
    fn a_clock_takes_a_handful_of_bytes() {
        let clock: Vec<i64> = (0..100_000).map(|i| 1_800_000_000_000_000 + i * 1_000_000).collect();
        assert!(size(&clock) < 40);
    }

    #[test]
    fn a_gap_costs_about_what_it_must() {
        let clock: Vec<i64> = (0..10_000).map(|i| (i + i / 5000 * 777_777) * 1_000_000).collect();
        assert!(size(&clock) < 80, "{}", size(&clock));
    }

    #[test]
    fn a_parabola_is_a_line_with_small_remainders() {
        let curve: Vec<i64> = (0..4096).map(|i| i * i).collect();
        assert!(size(&curve) < 4096 * 9 / 16, "{}", size(&curve));
    }

    #[test]
    fn the_ends_of_the_number_line_come_back() {
        size(&[i64::MIN, i64::MAX, 0, -1, i64::MIN, i64::MIN + 1]);
        size(&[i64::MAX]);
        size(&[0, i64::MIN]);
    }

    proptest! {
        #[test]
        fn any_numbers_come_back(values in proptest::collection::vec(any::<i64>(), 0..300), shift in 0u32..63) {
            let values: Vec<i64> = values.iter().map(|v| v >> shift).collect();
            size(&values);
        }

        #[test]
        fn damaged_bytes_never_panic(bytes in proptest::collection::vec(any::<u8>(), 0..100), count in 0usize..10_000) {
            let _ = get(&mut Bytes(&bytes), count);
        }
    }
}
