//! The online rule engine: constant state, constant work and no allocation per point.
//!
//! What texts leave open is pinned here: comparisons are strict, so a point on a limit is not out (1)
//! and a point on the centre line breaks a one-side run (2); the last point of a pattern is flagged
//! (3) and must itself lie beyond (4); points beyond 3 sigma count for the narrower zones (5); a trend
//! of 6 is six points (6); a tie breaks trends and alternations (7); 1 sigma exactly is neither within
//! nor outside (8); "outside" may be one side alone (9); every further point of a run is flagged, and
//! an episode begins once (10); a missing value leaves no trace (11); state carries from one phase to
//! the next until [`State::default`] replaces it (12). Which charts take which rules (13) is
//! `ChartSpec`'s matter.

use super::{Rule, RuleSet};

/// Everything the rules remember between points.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct State {
    previous: f64,
    seen: bool,
    /// Run on one side of the centre: length, negative below.
    side: i8,
    /// Steps in one direction: count, negative when falling.
    trend: i8,
    /// Direction of the last step.
    direction: i8,
    /// Steps that each turned against the one before, the first included.
    alternation: i8,
    /// Last three points beyond 2 sigma, newest in bit 0: above, below.
    beyond2: [u8; 2],
    /// Last five points beyond 1 sigma, newest in bit 0: above, below.
    beyond1: [u8; 2],
    within: i8,
    outside: i8,
    /// Rules flagged at the last point: above (or sideless), below.
    active: [u16; 2],
}

/// What one point did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub rules: RuleSet,
    /// Those of `rules` that were not flagged, on this side, at the point before: one alert each.
    pub begins: RuleSet,
    window2: u8,
    window1: u8,
}

impl Flags {
    /// Points that made `rule` fire, the flagged one excluded: bit `k` stands for the point `k` steps back.
    pub fn lags(&self, rule: Rule) -> u16 {
        let mask = match rule {
            Rule::We2 | Rule::Nelson5 => u16::from(self.window2),
            Rule::We3 | Rule::Nelson6 => u16::from(self.window1),
            _ => ((1_u32 << rule.row().span) - 1) as u16,
        };
        mask & !1
    }
}

/// Counters stop here: far above every run length asked for.
const CAP: i8 = 100;

const BEYOND3: u16 = Rule::We1.bit() | Rule::Nelson1.bit();
const TWO_OF_3: u16 = Rule::We2.bit() | Rule::Nelson5.bit();
const FOUR_OF_5: u16 = Rule::We3.bit() | Rule::Nelson6.bit();

#[inline(always)]
fn when(condition: bool, bits: u16) -> u16 {
    if condition { bits } else { 0 }
}

#[inline(always)]
fn count(condition: bool, run: i8) -> i8 {
    if condition { (run + 1).min(CAP) } else { 0 }
}

/// Lengthens a signed run in direction `d`, or starts it anew; 0 ends it.
#[inline(always)]
fn extend(run: i8, d: i8) -> i8 {
    let kept = if run.signum() == d { run } else { 0 };
    (kept + d).clamp(-CAP, CAP)
}

#[inline(always)]
fn two_of_3(window: u8) -> bool {
    window & 1 != 0 && window & 0b110 != 0
}

#[inline(always)]
fn four_of_5(window: u8) -> bool {
    window & 1 != 0 && window.count_ones() >= 4
}

impl State {
    pub const BYTES: usize = 24;

    /// Judges one standardised point, `z = (x - centre) / sigma of the point`.
    #[inline]
    pub fn step(&mut self, z: f64, rules: RuleSet) -> Flags {
        self.step_at(z, z, rules)
    }

    /// As [`State::step`], with trends read from `x`: where subgroup sizes vary, `z` may fall while `x` rises.
    #[inline]
    pub fn step_at(&mut self, z: f64, x: f64, rules: RuleSet) -> Flags {
        if z.is_nan() || x.is_nan() {
            return Flags::default();
        }
        self.note_steps(x);
        self.note_zones(z);
        let at = usize::from(z < 0.0);
        let high = (self.one_sided(0, z, self.side, self.trend) | self.sideless()) & rules.0;
        let low = self.one_sided(1, -z, -self.side, -self.trend) & rules.0;
        let begins = (high & !self.active[0]) | (low & !self.active[1]);
        self.active = [high, low];
        Flags {
            rules: RuleSet(high | low),
            begins: RuleSet(begins),
            window2: self.beyond2[at],
            window1: self.beyond1[at],
        }
    }

    #[inline(always)]
    fn note_steps(&mut self, x: f64) {
        let d = if self.seen { i8::from(x > self.previous) - i8::from(x < self.previous) } else { 0 };
        self.trend = extend(self.trend, d);
        let turned = d == -self.direction;
        self.alternation = count(d != 0, if turned { self.alternation } else { 0 });
        self.direction = d;
        self.previous = x;
        self.seen = true;
    }

    #[inline(always)]
    fn note_zones(&mut self, z: f64) {
        self.side = extend(self.side, i8::from(z > 0.0) - i8::from(z < 0.0));
        for (side, z) in [z, -z].into_iter().enumerate() {
            self.beyond2[side] = (self.beyond2[side] << 1 | u8::from(z > 2.0)) & 0b111;
            self.beyond1[side] = (self.beyond1[side] << 1 | u8::from(z > 1.0)) & 0b1_1111;
        }
        self.within = count(z.abs() < 1.0, self.within);
        self.outside = count(z.abs() > 1.0, self.outside);
    }

    #[inline(always)]
    fn one_sided(&self, side: usize, z: f64, run: i8, trend: i8) -> u16 {
        when(z > 3.0, BEYOND3)
            | when(two_of_3(self.beyond2[side]), TWO_OF_3)
            | when(four_of_5(self.beyond1[side]), FOUR_OF_5)
            | when(run >= 8, Rule::We4.bit())
            | when(run >= 9, Rule::Nelson2.bit())
            | when(trend >= 5, Rule::Nelson3.bit())
    }

    #[inline(always)]
    fn sideless(&self) -> u16 {
        when(self.alternation >= 13, Rule::Nelson4.bit())
            | when(self.within >= 15, Rule::Nelson7.bit())
            | when(self.outside >= 8, Rule::Nelson8.bit())
    }

    /// The whole state, little-endian; equal bytes are equal states, to the last bit of the float.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.previous.to_bits().to_le_bytes());
        bytes[8] = u8::from(self.seen);
        let counters = [self.side, self.trend, self.direction, self.alternation, self.within, self.outside];
        for (byte, counter) in bytes[9..15].iter_mut().zip(counters) {
            *byte = counter as u8;
        }
        bytes[15..17].copy_from_slice(&self.beyond2);
        bytes[17..19].copy_from_slice(&self.beyond1);
        bytes[19..21].copy_from_slice(&self.active[0].to_le_bytes());
        bytes[21..23].copy_from_slice(&self.active[1].to_le_bytes());
        bytes
    }

    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut previous = [0; 8];
        previous.copy_from_slice(&bytes[..8]);
        let counter = |at: usize| (bytes[at] as i8).clamp(-CAP, CAP);
        Self {
            previous: f64::from_bits(u64::from_le_bytes(previous)),
            seen: bytes[8] != 0,
            side: counter(9),
            trend: counter(10),
            direction: counter(11).signum(),
            alternation: counter(12),
            within: counter(13),
            outside: counter(14),
            beyond2: [bytes[15] & 0b111, bytes[16] & 0b111],
            beyond1: [bytes[17] & 0b1_1111, bytes[18] & 0b1_1111],
            active: [u16::from_le_bytes([bytes[19], bytes[20]]), u16::from_le_bytes([bytes[21], bytes[22]])],
        }
    }
}

/// How many points of `zs` are flagged by any of `rules`: the pure engine alone, for measuring it.
pub fn count_flagged(zs: &[f64], rules: RuleSet) -> u64 {
    let mut state = State::default();
    zs.iter().map(|&z| u64::from(!state.step(z, rules).rules.is_empty())).sum()
}

#[cfg(test)]
mod tests;
