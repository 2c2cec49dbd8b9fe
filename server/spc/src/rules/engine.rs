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

/// What the latest points were, newest in bit 0: long enough for every rule.
type Window = u16;

/// Everything the rules remember between points: the last value, and one bit window for each question asked.
#[derive(Debug, Clone, Copy)]
pub struct State {
    /// Not a number before the first point, so that it compares as neither higher nor lower.
    previous: f64,
    /// Beyond 0, 1 and 2 sigma on this side.
    above: [Window; 3],
    below: [Window; 3],
    rising: Window,
    falling: Window,
    /// Steps against the direction of the step before.
    turned: Window,
    within: Window,
    outside: Window,
    /// Rules flagged at the last point: above (or sideless), below.
    active: [u16; 2],
}

impl Default for State {
    fn default() -> Self {
        Self::from_bytes(&Self::START)
    }
}

impl PartialEq for State {
    fn eq(&self, other: &Self) -> bool {
        self.to_bytes() == other.to_bytes()
    }
}

/// What one point did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Flags {
    pub rules: RuleSet,
    /// Those of `rules` that were not flagged, on this side, at the point before: one alert each.
    pub begins: RuleSet,
    window2: Window,
    window1: Window,
}

impl Flags {
    /// Points that made `rule` fire, the flagged one excluded: bit `k` stands for the point `k` steps back.
    pub fn lags(&self, rule: Rule) -> u16 {
        let mask = match rule {
            Rule::We2 | Rule::Nelson5 => self.window2 & 0b111,
            Rule::We3 | Rule::Nelson6 => self.window1 & 0b1_1111,
            _ => ((1_u32 << rule.row().span) - 1) as u16,
        };
        mask & !1
    }
}

const BEYOND3: u16 = Rule::We1.bit() | Rule::Nelson1.bit();
const TWO_OF_3: u16 = Rule::We2.bit() | Rule::Nelson5.bit();
const FOUR_OF_5: u16 = Rule::We3.bit() | Rule::Nelson6.bit();

#[inline(always)]
fn when(condition: bool, bits: u16) -> u16 {
    if condition { bits } else { 0 }
}

#[inline(always)]
fn shift(window: &mut Window, newest: bool) {
    *window = *window << 1 | Window::from(newest);
}

/// Did the last `N` points all answer yes?
#[inline(always)]
fn held<const N: u32>(window: Window) -> bool {
    let all = ((1_u32 << N) - 1) as Window;
    window & all == all
}

#[inline(always)]
fn two_of_3(window: Window) -> bool {
    window & 1 != 0 && window & 0b110 != 0
}

/// The newest, and three or all of the four before it; bit `w` of the constant says so for those four as a number.
#[inline(always)]
fn four_of_5(window: Window) -> bool {
    const THREE_OF_4: u32 = 1 << 0b0111 | 1 << 0b1011 | 1 << 0b1101 | 1 << 0b1110 | 1 << 0b1111;
    window & 1 != 0 && THREE_OF_4 >> (window >> 1 & 0b1111) & 1 != 0
}

impl State {
    pub const BYTES: usize = 8 + 2 * 13;

    /// The bytes of the state before the first point: no value, no history.
    const START: [u8; Self::BYTES] = {
        let mut bytes = [0; Self::BYTES];
        let nan = f64::NAN.to_bits().to_le_bytes();
        let mut at = 0;
        while at < nan.len() {
            bytes[at] = nan[at];
            at += 1;
        }
        bytes
    };

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
        let high = (one_sided(&self.above, z, self.rising) | self.sideless()) & rules.0;
        let low = one_sided(&self.below, -z, self.falling) & rules.0;
        let begins = (high & !self.active[0]) | (low & !self.active[1]);
        self.active = [high, low];
        let side = if z < 0.0 { &self.below } else { &self.above };
        Flags { rules: RuleSet(high | low), begins: RuleSet(begins), window2: side[2], window1: side[1] }
    }

    #[inline(always)]
    fn note_steps(&mut self, x: f64) {
        let (up, down) = (x > self.previous, x < self.previous);
        shift(&mut self.turned, (up & (self.falling & 1 != 0)) | (down & (self.rising & 1 != 0)));
        shift(&mut self.rising, up);
        shift(&mut self.falling, down);
        self.previous = x;
    }

    #[inline(always)]
    fn note_zones(&mut self, z: f64) {
        for (sigmas, limit) in [0.0, 1.0, 2.0].into_iter().enumerate() {
            shift(&mut self.above[sigmas], z > limit);
            shift(&mut self.below[sigmas], z < -limit);
        }
        shift(&mut self.within, z.abs() < 1.0);
        shift(&mut self.outside, z.abs() > 1.0);
    }

    #[inline(always)]
    fn sideless(&self) -> u16 {
        when(held::<12>(self.turned), Rule::Nelson4.bit())
            | when(held::<15>(self.within), Rule::Nelson7.bit())
            | when(held::<8>(self.outside), Rule::Nelson8.bit())
    }

    fn windows(&self) -> [u16; 13] {
        let ([a0, a1, a2], [b0, b1, b2]) = (self.above, self.below);
        let [high, low] = self.active;
        [a0, a1, a2, b0, b1, b2, self.rising, self.falling, self.turned, self.within, self.outside, high, low]
    }

    /// The whole state, little-endian; equal bytes are equal states, to the last bit of the float.
    pub fn to_bytes(&self) -> [u8; Self::BYTES] {
        let mut bytes = [0; Self::BYTES];
        bytes[..8].copy_from_slice(&self.previous.to_bits().to_le_bytes());
        for (pair, window) in bytes[8..].chunks_exact_mut(2).zip(self.windows()) {
            pair.copy_from_slice(&window.to_le_bytes());
        }
        bytes
    }

    pub fn from_bytes(bytes: &[u8; Self::BYTES]) -> Self {
        let mut previous = [0; 8];
        previous.copy_from_slice(&bytes[..8]);
        let window = |at: usize| u16::from_le_bytes([bytes[8 + 2 * at], bytes[9 + 2 * at]]);
        Self {
            previous: f64::from_bits(u64::from_le_bytes(previous)),
            above: [0, 1, 2].map(window),
            below: [3, 4, 5].map(window),
            rising: window(6),
            falling: window(7),
            turned: window(8),
            within: window(9),
            outside: window(10),
            active: [11, 12].map(window),
        }
    }
}

#[inline(always)]
fn one_sided(beyond: &[Window; 3], z: f64, trend: Window) -> u16 {
    when(z > 3.0, BEYOND3)
        | when(two_of_3(beyond[2]), TWO_OF_3)
        | when(four_of_5(beyond[1]), FOUR_OF_5)
        | when(held::<8>(beyond[0]), Rule::We4.bit())
        | when(held::<9>(beyond[0]), Rule::Nelson2.bit())
        | when(held::<5>(trend), Rule::Nelson3.bit())
}

/// How many points of `zs` are flagged by any of `rules`: the pure engine alone, for measuring it.
pub fn count_flagged(zs: &[f64], rules: RuleSet) -> u64 {
    let mut state = State::default();
    zs.iter().map(|&z| u64::from(!state.step(z, rules).rules.is_empty())).sum()
}

#[cfg(test)]
mod tests;
