//! Bits into bytes, lowest first.

use crate::varint::Bytes;

#[derive(Debug, Default)]
pub(super) struct Writer {
    out: Vec<u8>,
    pending: u64,
    used: u32,
}

impl Writer {
    /// The lowest `count` bits of `value`, at most 64.
    pub fn put(&mut self, value: u64, count: u32) {
        if count > 32 {
            self.short(value & 0xffff_ffff, 32);
            self.short(value >> 32, count - 32);
        } else {
            self.short(value, count);
        }
    }

    fn short(&mut self, value: u64, count: u32) {
        self.pending |= (value & ((1 << count) - 1)) << self.used;
        self.used += count;
        while self.used >= 8 {
            self.out.push(self.pending as u8);
            self.pending >>= 8;
            self.used -= 8;
        }
    }

    /// The bytes, the last one filled up with zeros.
    pub fn finish(mut self) -> Vec<u8> {
        if self.used > 0 {
            self.out.push(self.pending as u8);
        }
        self.out
    }
}

/// Takes bytes from a reader as bits are asked for, and never more of them than that.
#[derive(Debug)]
pub(super) struct Reader<'r, 'a> {
    bytes: &'r mut Bytes<'a>,
    pending: u64,
    used: u32,
}

impl<'r, 'a> Reader<'r, 'a> {
    pub fn new(bytes: &'r mut Bytes<'a>) -> Self {
        Self { bytes, pending: 0, used: 0 }
    }

    /// `count` bits, at most 64.
    pub fn get(&mut self, count: u32) -> Option<u64> {
        if count <= 32 {
            return self.short(count);
        }
        let low = self.short(32)?;
        Some(low | self.short(count - 32)? << 32)
    }

    fn short(&mut self, count: u32) -> Option<u64> {
        while self.used < count {
            self.pending |= u64::from(self.bytes.byte()?) << self.used;
            self.used += 8;
        }
        let value = self.pending & ((1 << count) - 1);
        self.pending >>= count;
        self.used -= count;
        Some(value)
    }

    /// How many ones stand before the next zero, up to `max` (after which no zero is read).
    pub fn ones(&mut self, max: u32) -> Option<u32> {
        for count in 0..max {
            if self.short(1)? == 0 {
                return Some(count);
            }
        }
        Some(max)
    }
}
