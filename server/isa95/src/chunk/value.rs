//! A column of floats, in the smallest of four forms. All give back the same bits.

use super::column;
use crate::decimal;
use crate::varint::{self, Bytes};

/// One value throughout: 8 bytes.
const CONSTANT: u8 = 0;
/// Decimals as whole numbers, with exceptions for the few that are none.
const DECIMAL: u8 = 1;
/// The bits, less the zeros that all have at their end, as whole numbers in the order of the values: neighbours of
/// a smooth signal, or of one measured in 32 bits, differ little.
const ORDERED: u8 = 2;
/// Byte planes: for full-precision noise, and for few levels that repeat, which zstd then finds.
const PLANES: u8 = 3;

/// Above this many bytes a value the planes are worth a try.
const PLANES_FROM: usize = 3;
/// Values looked at to find the places that most of them have.
const SAMPLE: usize = 256;
/// A column with more exceptions than one in this many is no column of decimals.
const EXCEPTION_SHARE: usize = 8;

pub(super) fn put(values: &[f64], out: &mut Vec<u8>) {
    let Some(first) = values.first() else { return };
    if values.iter().all(|v| v.to_bits() == first.to_bits()) {
        out.push(CONSTANT);
        varint::put_f64(*first, out);
        return;
    }
    let mut forms: Vec<Vec<u8>> = places_to_try(values).into_iter().filter_map(|p| decimals(values, p)).collect();
    let small = |forms: &[Vec<u8>], bytes: usize| forms.iter().any(|form| form.len() < values.len() * bytes);
    if !small(&forms, 2) {
        forms.push(ordered(values));
    }
    if !small(&forms, PLANES_FROM) {
        forms.push(planes(values));
    }
    // Planes count as what zstd will leave of them.
    let weight = |form: &Vec<u8>| match form.first() {
        Some(&PLANES) => super::pack(form).map_or(form.len(), |packed| packed.len()),
        _ => form.len(),
    };
    out.extend(forms.into_iter().min_by_key(weight).unwrap_or_default());
}

pub(super) fn get(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<f64>> {
    if count == 0 {
        return Some(Vec::new());
    }
    match bytes.byte()? {
        CONSTANT => Some(vec![bytes.f64()?; count]),
        DECIMAL => from_decimals(bytes, count),
        ORDERED => from_ordered(bytes, count),
        PLANES => from_planes(bytes, count),
        _ => None,
    }
}

/// The places that 19 of 20 sampled values need, and the most that any needs.
fn places_to_try(values: &[f64]) -> Vec<u8> {
    let every = values.len().div_ceil(SAMPLE);
    let sample = values.iter().step_by(every);
    let mut found: Vec<u8> = sample.map(|v| decimal::places(*v, 0).unwrap_or(u8::MAX)).collect();
    found.sort_unstable();
    let most = found.iter().rev().find(|p| **p != u8::MAX).copied();
    let usual = found.get(found.len() * 19 / 20).copied();
    let mut tries: Vec<u8> = [usual, most].into_iter().flatten().filter(|p| *p != u8::MAX).collect();
    tries.dedup();
    tries
}

fn decimals(values: &[f64], places: u8) -> Option<Vec<u8>> {
    let mut whole = Vec::with_capacity(values.len());
    let mut exceptions = Vec::new();
    for (at, value) in values.iter().enumerate() {
        match decimal::mantissa(*value, places) {
            Some(mantissa) => whole.push(mantissa),
            None => {
                exceptions.push((at, *value));
                whole.push(whole.last().copied().unwrap_or(0));
            }
        }
    }
    if exceptions.len() > values.len() / EXCEPTION_SHARE {
        return None;
    }
    let mut out = vec![DECIMAL, places];
    varint::put(exceptions.len() as u64, &mut out);
    let mut before = 0;
    for (at, value) in exceptions {
        varint::put((at - before) as u64, &mut out);
        varint::put_f64(value, &mut out);
        before = at;
    }
    column::put(&whole, &mut out);
    Some(out)
}

fn from_decimals(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<f64>> {
    let places = bytes.byte().filter(|places| *places <= decimal::PLACES_MAX)?;
    let mut exceptions = Vec::new();
    let mut at = 0;
    for _ in 0..bytes.count(count)? {
        at += bytes.count(count - 1 - at)?;
        exceptions.push((at, bytes.f64()?));
    }
    let whole = column::get(bytes, count)?;
    let mut values: Vec<f64> = whole.into_iter().map(|m| decimal::value_of(m, places)).collect();
    for (at, value) in exceptions {
        *values.get_mut(at)? = value;
    }
    Some(values)
}

fn ordered(values: &[f64]) -> Vec<u8> {
    let shift = values.iter().map(|v| v.to_bits().trailing_zeros()).min().unwrap_or(0).min(63);
    let whole: Vec<i64> = values.iter().map(|v| to_order(v.to_bits(), shift)).collect();
    let mut out = vec![ORDERED, shift as u8];
    column::put(&whole, &mut out);
    out
}

fn from_ordered(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<f64>> {
    let shift = bytes.byte().filter(|shift| *shift < 64)?;
    let whole = column::get(bytes, count)?;
    Some(whole.into_iter().map(|v| f64::from_bits(from_order(v, u32::from(shift)))).collect())
}

const SIGN: u64 = 1 << 63;

/// Sign and magnitude to a number that is greater for a greater float.
fn to_order(bits: u64, shift: u32) -> i64 {
    let magnitude = ((bits & !SIGN) >> shift) as i64;
    if bits & SIGN == 0 { magnitude } else { !magnitude }
}

fn from_order(value: i64, shift: u32) -> u64 {
    if value < 0 { ((!value as u64) << shift) | SIGN } else { (value as u64) << shift }
}

fn planes(values: &[f64]) -> Vec<u8> {
    let mut out = vec![PLANES];
    for plane in 0..8 {
        out.extend(values.iter().map(|v| v.to_le_bytes()[plane]));
    }
    out
}

fn from_planes(bytes: &mut Bytes<'_>, count: usize) -> Option<Vec<f64>> {
    let planes = bytes.take(count * 8)?;
    let value = |at: usize| f64::from_le_bytes(std::array::from_fn(|plane| planes[plane * count + at]));
    Some((0..count).map(value).collect())
}
