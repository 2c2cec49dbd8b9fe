//! A roll-up: what the readings of a property came to, bucket by bucket, in the columns of a chunk.
//!
//! Layout, version 1: version, count, then columns of starts, of the times of the last readings, of counts; of least and
//! greatest values, sums and last values; under zstd where that is smaller; then the checksum.

use super::{ZSTD_LEVEL, column, value};
use crate::aggregate::{Bucketed, Totals};
use crate::checksum;
use crate::varint::{self, Bytes};
use theriac_core::{Error, Result};

const VERSION: u8 = 1;
/// Most buckets in one roll-up.
const MOST: usize = 1 << 22;
const BUCKET_MAX: usize = 256;

pub(crate) fn encode(buckets: &[Bucketed]) -> Result<Vec<u8>> {
    let mut body = Vec::new();
    let whole = |of: fn(&Bucketed) -> i64| buckets.iter().map(of).collect::<Vec<i64>>();
    for numbers in [whole(|b| b.start), whole(|b| b.at), whole(|b| b.totals.count as i64)] {
        column::put(&numbers, &mut body);
    }
    let real = |of: fn(&Totals) -> f64| buckets.iter().map(|b| of(&b.totals)).collect::<Vec<f64>>();
    for numbers in [real(|t| t.min), real(|t| t.max), real(|t| t.sum), real(|t| t.last)] {
        value::put(&numbers, &mut body);
    }
    let packed = zstd::bulk::compress(&body, ZSTD_LEVEL).map_err(Error::internal)?;
    let mut out = vec![VERSION];
    varint::put(buckets.len() as u64, &mut out);
    varint::put(body.len() as u64, &mut out);
    out.extend_from_slice(&packed);
    checksum::put(&mut out);
    Ok(out)
}

/// # Errors
/// `Internal` when the bytes are damaged.
pub(crate) fn decode(bytes: &[u8]) -> Result<Vec<Bucketed>> {
    checksum::checked(bytes)
        .and_then(|bytes| buckets(Bytes(bytes)))
        .ok_or_else(|| Error::internal("a stored roll-up of readings is damaged"))
}

fn buckets(mut bytes: Bytes<'_>) -> Option<Vec<Bucketed>> {
    if bytes.byte()? != VERSION {
        return None;
    }
    let count = bytes.count(MOST)?;
    let length = bytes.count(64 + count * BUCKET_MAX)?;
    let body = zstd::bulk::decompress(bytes.0, length).ok()?;
    let mut body = Bytes(&body);
    let (starts, ats, counts) =
        (column::get(&mut body, count)?, column::get(&mut body, count)?, column::get(&mut body, count)?);
    let mut real = || value::get(&mut body, count);
    let (mins, maxs, sums, lasts) = (real()?, real()?, real()?, real()?);
    let bucket = |i: usize| Bucketed {
        start: starts[i],
        at: ats[i],
        totals: Totals { count: counts[i].unsigned_abs(), min: mins[i], max: maxs[i], sum: sums[i], last: lasts[i] },
        histogram: None,
    };
    Some((0..count).map(bucket).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_roll_up_comes_back_as_it_was() {
        let bucket = |i: i64| Bucketed {
            start: i * 60_000_000,
            at: i * 60_000_000 + 59_000_000,
            totals: Totals { count: 60, min: i as f64 / 10.0, max: i as f64 / 3.0, sum: i as f64 * 0.7, last: 5.0 },
            histogram: None,
        };
        let buckets: Vec<Bucketed> = (0..1440).map(bucket).collect();
        let mut body = encode(&buckets).unwrap();
        assert_eq!(decode(&body).unwrap(), buckets);
        assert_eq!(decode(&encode(&[]).unwrap()).unwrap(), []);
        body[100] ^= 1;
        assert!(decode(&body).is_err());
    }
}
