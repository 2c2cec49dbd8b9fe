//! Laws of the codec, and what it takes on signals as plants have them.

use super::*;
use proptest::prelude::*;

const START: i64 = 1_795_000_000_000_000;
const SECOND: i64 = 1_000_000;

fn bits(points: &[Point]) -> Vec<(i64, u64, u8)> {
    points.iter().map(|p| (p.time, p.value.to_bits(), p.quality)).collect()
}

fn every_second(values: impl Iterator<Item = f64>) -> Vec<Point> {
    (0..).zip(values).map(|(i, value)| Point { time: START + i * SECOND, value, quality: 0 }).collect()
}

/// Noise in -1..1 that is the same on every machine.
fn noise(seed: u64) -> impl Iterator<Item = f64> {
    let mut state = seed;
    std::iter::repeat_with(move || {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (state >> 33) as f64 / f64::from(1 << 30) - 1.0
    })
}

/// Rounded as a text of that many places is read.
fn rounded(value: f64, places: i32) -> f64 {
    (value * 10f64.powi(places)).round() / 10f64.powi(places)
}

fn wave(i: usize) -> f64 {
    37.0 + 2.0 * (i as f64 / 600.0).sin()
}

const COUNT: usize = 3600;

fn signal(name: &str) -> Vec<Point> {
    let index = 0..COUNT;
    let mut walk = 100.0;
    match name {
        "constant" => every_second(index.map(|_| 21.5)),
        "smooth, 2 places" => every_second(index.map(|i| rounded(wave(i), 2))),
        "smooth with noise, 2 places" => every_second(index.zip(noise(1)).map(|(i, n)| rounded(wave(i) + 0.05 * n, 2))),
        "level with noise, 3 places" => every_second(index.zip(noise(2)).map(|(_, n)| rounded(7.2 + 0.02 * n, 3))),
        "walk, 1 place" => every_second(noise(3).take(COUNT).map(|n| {
            walk += n;
            rounded(walk, 1)
        })),
        "steps" => every_second(index.map(|i| (i / 400) as f64)),
        "smooth, 32-bit float" => every_second(index.map(|i| f64::from(wave(i) as f32))),
        "smooth, 64-bit float" => every_second(index.map(wave)),
        "white noise, 31 bits" => every_second(noise(4).take(COUNT)),
        "smooth, 2 places, clock with jitter of 5 ms" => {
            let mut points = signal("smooth, 2 places");
            points.iter_mut().zip(noise(5)).for_each(|(p, n)| p.time += (n * 5.0) as i64 * 1000);
            points
        }
        _ => Vec::new(),
    }
}

/// Signal and most bytes that a reading may take, in hundredths.
const SIZES: &[(&str, usize)] = &[
    ("constant", 3),
    ("smooth, 2 places", 14),
    ("smooth with noise, 2 places", 60),
    ("level with noise, 3 places", 80),
    ("walk, 1 place", 67),
    ("steps", 5),
    ("smooth, 32-bit float", 35),
    ("smooth, 64-bit float", 410),
    ("white noise, 31 bits", 460),
    ("smooth, 2 places, clock with jitter of 5 ms", 72),
];

#[test]
fn signals_stay_within_their_size() {
    for (name, hundredths) in SIZES {
        let points = signal(name);
        assert_eq!(points.len(), COUNT, "{name}");
        let chunk = encode(&points).unwrap();
        assert_eq!(bits(&decode(&chunk).unwrap()), bits(&points), "{name}");
        println!("{name}: {:.3} bytes a reading", chunk.len() as f64 / COUNT as f64);
        assert!(chunk.len() * 100 <= COUNT * hundredths, "{name}: {} bytes", chunk.len());
    }
}

#[test]
fn a_few_values_that_are_no_decimals_do_not_spoil_the_rest() {
    let mut points = signal("smooth, 2 places");
    let before = encode(&points).unwrap().len();
    for (at, value) in [(0, -0.0), (1700, 0.1 + 0.2), (3599, 1e300)] {
        points[at].value = value;
    }
    let chunk = encode(&points).unwrap();
    assert_eq!(bits(&decode(&chunk).unwrap()), bits(&points));
    assert!(chunk.len() < before + 60, "{} after {before}", chunk.len());
}

#[test]
fn an_empty_chunk_is_one_too() {
    let chunk = encode(&[]).unwrap();
    assert_eq!(decode(&chunk).unwrap(), []);
    assert_eq!(summary(&chunk).unwrap().totals, Totals::default());
}

#[test]
fn a_later_arrival_takes_the_place_of_an_earlier_one() {
    let point = |time, value| Point { time, value, quality: 0 };
    let older = encode(&[point(3, 3.0), point(1, 1.0), point(3, 3.5)]).unwrap();
    let newer = encode(&[point(2, 2.0), point(3, 9.0)]).unwrap();
    let merged = merge(&older, &newer).unwrap();
    assert_eq!(decode(&merged.chunk).unwrap(), [point(1, 1.0), point(2, 2.0), point(3, 9.0)]);
    assert_eq!(merged.absorbed, 1);
}

#[test]
fn another_version_is_not_guessed_at() {
    let mut chunk = encode(&signal("steps")).unwrap();
    chunk[0] = 3;
    let end = chunk.len() - 4;
    chunk.truncate(end);
    checksum::put(&mut chunk);
    assert_eq!(decode(&chunk).unwrap_err().code, theriac_core::Code::Internal);
    assert!(summary(&chunk).is_err());
}

fn finite() -> impl Strategy<Value = f64> {
    let any_bits = any::<u64>().prop_map(f64::from_bits).prop_filter("finite", |v| v.is_finite());
    let decimal = (any::<i32>(), 0i32..6).prop_map(|(m, places)| f64::from(m) / 10f64.powi(places));
    let single = any::<f32>().prop_filter("finite", |v| v.is_finite()).prop_map(f64::from);
    prop_oneof![4 => decimal, 1 => any_bits, 1 => single, 1 => Just(-0.0)]
}

fn points() -> impl Strategy<Value = Vec<Point>> {
    let time = prop_oneof![any::<i64>(), -50i64..50, (0i64..500).prop_map(|i| START + i * SECOND)];
    let point = (time, finite(), 0u8..4).prop_map(|(time, value, quality)| Point { time, value, quality });
    proptest::collection::vec(point, 0..300)
}

proptest! {
    #[test]
    fn any_readings_in_any_order_come_back_bit_for_bit(points in points()) {
        let chunk = encode(&points).unwrap();
        prop_assert_eq!(bits(&decode(&chunk).unwrap()), bits(&in_order(&points)));
    }

    #[test]
    fn one_kind_of_value_comes_back_too(values in prop_oneof![
        proptest::collection::vec(any::<i16>().prop_map(|m| f64::from(m) / 100.0), 1..400),
        proptest::collection::vec(any::<f32>().prop_filter("finite", |v| v.is_finite()).prop_map(f64::from), 1..400),
        proptest::collection::vec(prop_oneof![Just(0.1 + 0.2), Just(1.0 / 3.0), Just(-0.0)], 1..400),
    ]) {
        let points = every_second(values.into_iter());
        prop_assert_eq!(bits(&decode(&encode(&points).unwrap()).unwrap()), bits(&points));
    }

    #[test]
    fn a_summary_says_what_decoding_would(points in points()) {
        let summary = summary(&encode(&points).unwrap()).unwrap();
        let points = in_order(&points);
        prop_assert_eq!(summary.count, points.len());
        prop_assert_eq!(summary.totals, Totals::of(&points));
        if let (Some(first), Some(last)) = (points.first(), points.last()) {
            prop_assert_eq!((summary.first, summary.last), (first.time, last.time));
        }
    }

    #[test]
    fn merging_is_encoding_both_in_turn(older in points(), newer in points()) {
        let merged = merge(&encode(&older).unwrap(), &encode(&newer).unwrap()).unwrap();
        let both = [older, newer].concat();
        prop_assert_eq!(bits(&decode(&merged.chunk).unwrap()), bits(&in_order(&both)));
    }

    #[test]
    fn damaged_chunks_never_panic(points in points(), at in any::<usize>(), byte in any::<u8>(), cut in any::<usize>()) {
        let mut chunk = encode(&points).unwrap();
        let length = chunk.len();
        chunk[at % length] = byte;
        let _ = (decode(&chunk), summary(&chunk));
        let _ = (decode(&chunk[..cut % length]), summary(&chunk[..cut % length]));
    }

    #[test]
    fn a_changed_byte_is_noticed(points in points(), at in any::<usize>(), change in 1u8..) {
        let mut chunk = encode(&points).unwrap();
        // The first byte says whether there is a checksum.
        let at = 1 + at % (chunk.len() - 1);
        chunk[at] ^= change;
        prop_assert!(decode(&chunk).is_err() && summary(&chunk).is_err());
    }

    #[test]
    fn chunks_from_before_the_checksum_are_read(points in points()) {
        let mut chunk = encode(&points).unwrap();
        chunk[0] = UNCHECKED;
        chunk.truncate(chunk.len() - 4);
        prop_assert_eq!(bits(&decode(&chunk).unwrap()), bits(&in_order(&points)));
    }

    #[test]
    fn foreign_bytes_never_panic(mut bytes in proptest::collection::vec(any::<u8>(), 2..200), flags in 0u8..4) {
        (bytes[0], bytes[1]) = (UNCHECKED, flags);
        let _ = (decode(&bytes), summary(&bytes));
    }
}
