//! Quality codes as runs: a plant's readings are good for hours, so a column of them is a few bytes, or none.

use crate::varint::{self, Bytes};

/// Number of runs, then code and length of each; no runs at all if every code is 0 (good).
pub(crate) fn put(codes: impl Iterator<Item = u8>, out: &mut Vec<u8>) {
    let mut runs: Vec<(u8, u64)> = Vec::new();
    for code in codes {
        match runs.last_mut() {
            Some((last, length)) if *last == code => *length += 1,
            _ => runs.push((code, 1)),
        }
    }
    if matches!(runs.as_slice(), [(0, _)]) {
        runs.clear();
    }
    varint::put(runs.len() as u64, out);
    for (code, length) in runs {
        out.push(code);
        varint::put(length, out);
    }
}

/// The `count` codes that [`put`] wrote.
pub(crate) fn get(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<u8>> {
    let runs = bytes.count(count)?;
    if runs == 0 {
        return Some(vec![0; count]);
    }
    let mut codes = Vec::new();
    for _ in 0..runs {
        let code = bytes.byte()?;
        let length = bytes.count(count - codes.len())?;
        codes.resize(codes.len() + length, code);
    }
    (codes.len() == count).then_some(codes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn all_good_takes_one_byte() {
        let mut out = Vec::new();
        put(std::iter::repeat_n(0, 10_000), &mut out);
        assert_eq!(out, [0]);
    }

    proptest! {
        #[test]
        fn codes_come_back(codes in proptest::collection::vec(0u8..4, 0..200)) {
            let mut out = Vec::new();
            put(codes.iter().copied(), &mut out);
            prop_assert_eq!(get(&mut Bytes(&out), codes.len()), Some(codes));
        }
    }
}
