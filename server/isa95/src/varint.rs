//! Numbers as bytes: LEB128 for whole numbers, zigzag for signed ones, little endian for floats; and the careful
//! way back, which finds `None` where bytes are missing or make no sense.

pub(crate) fn zigzag(value: i64) -> u64 {
    ((value << 1) ^ (value >> 63)) as u64
}

pub(crate) fn unzigzag(value: u64) -> i64 {
    (value >> 1) as i64 ^ -((value & 1) as i64)
}

pub(crate) fn put(mut value: u64, out: &mut Vec<u8>) {
    while value >= 0x80 {
        out.push(value as u8 | 0x80);
        value >>= 7;
    }
    out.push(value as u8);
}

pub(crate) fn put_signed(value: i64, out: &mut Vec<u8>) {
    put(zigzag(value), out);
}

pub(crate) fn put_f64(value: f64, out: &mut Vec<u8>) {
    out.extend_from_slice(&value.to_le_bytes());
}

/// Reads what the functions above wrote.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Bytes<'a>(pub &'a [u8]);

impl<'a> Bytes<'a> {
    pub fn byte(&mut self) -> Option<u8> {
        let (first, rest) = self.0.split_first()?;
        self.0 = rest;
        Some(*first)
    }

    pub fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub fn varint(&mut self) -> Option<u64> {
        let mut value = 0;
        for (at, byte) in self.0.iter().enumerate().take(10) {
            value |= u64::from(byte & 0x7f) << (7 * at as u32);
            if byte & 0x80 == 0 {
                self.0 = &self.0[at + 1..];
                return Some(value);
            }
        }
        None
    }

    pub fn signed(&mut self) -> Option<i64> {
        self.varint().map(unzigzag)
    }

    /// A count or length that must not be above `max`.
    pub fn count(&mut self, max: usize) -> Option<usize> {
        usize::try_from(self.varint()?).ok().filter(|count| *count <= max)
    }

    pub fn f64(&mut self) -> Option<f64> {
        self.take(8)?.try_into().ok().map(f64::from_le_bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn numbers_come_back(whole in any::<u64>(), signed in any::<i64>(), bits in any::<u64>()) {
            let mut out = Vec::new();
            put(whole, &mut out);
            put_signed(signed, &mut out);
            put_f64(f64::from_bits(bits), &mut out);
            let mut bytes = Bytes(&out);
            prop_assert_eq!(bytes.varint(), Some(whole));
            prop_assert_eq!(bytes.signed(), Some(signed));
            prop_assert_eq!(bytes.f64().map(f64::to_bits), Some(bits));
            prop_assert!(bytes.0.is_empty());
        }
    }

    #[test]
    fn missing_bytes_are_noticed() {
        assert_eq!(Bytes(&[0x80]).varint(), None);
        assert_eq!(Bytes(&[0xff; 12]).varint(), None);
        assert_eq!(Bytes(&[1, 2]).take(3), None);
        assert_eq!(Bytes(&[9]).count(8), None);
    }
}
