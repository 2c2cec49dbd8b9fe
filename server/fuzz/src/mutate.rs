//! Changes to an input: of bits, bytes and runs, and with pieces of other inputs and words of the formats.

use rand::Rng;
use rand::rngs::StdRng;

/// Inputs grow no longer than this.
const LONGEST: usize = 8 * 1024;

/// Words that mean something to one reader or another, and numbers at the edges.
const WORDS: &[&[u8]] = &[
    b"{",
    b"}",
    b"[",
    b"]",
    b"\"",
    b"\\u0000",
    b"\\ud800",
    b",",
    b":",
    b"null",
    b"true",
    b"-0",
    b"1e999",
    b"0.1e-5",
    b"9223372036854775808",
    b"-9223372036854775808",
    b"NaN",
    b"\xff",
    b"\xc3\xa9",
    b"\xf0\x9f\x92\x8a",
    b"\n",
    b"\r\n",
    b"\0",
    b"%",
    b"%00",
    b"%ff",
    b"&",
    b"=",
    b"|",
    b"$",
    b"..",
    b"+00:00",
    b"Z",
    b"2026-02-30",
    b"9999-12-31T23:59:59Z",
    b"0000-01-01",
    b"urn:epc:id:sgtin:0614141.107346.1",
    b"urn:epc:idpat:",
    b"https://id.gs1.org/01/",
    b"resourceType",
    b"Patient",
    b"extension",
    b"contained",
    b"_birthDate",
    b"@context",
    b"eventList",
    b"eventTime",
    b"epcList",
    b"sensorElementList",
    b"property,time,value",
    b"{\"property\":",
    b"ge",
    b"ap",
    b":missing",
    b":exact",
    b"_include",
    b"_has:",
    b".",
    b"-",
    b"\xe2\x80\x94 ",
];

/// A changed copy.
pub fn mutate(random: &mut StdRng, input: &[u8], other: &[u8]) -> Vec<u8> {
    let mut bytes = input.to_vec();
    for _ in 0..1 << random.random_range(0..4) {
        step(random, &mut bytes, other);
    }
    bytes.truncate(LONGEST);
    bytes
}

fn step(random: &mut StdRng, bytes: &mut Vec<u8>, other: &[u8]) {
    let at = random.random_range(0..=bytes.len());
    let end = (at + 1 + random.random_range(0..32)).min(bytes.len()).max(at);
    match random.random_range(0..10) {
        0 => change(bytes, at, |byte| byte ^ (1 << random.random_range(0..8))),
        1 => change(bytes, at, |_| random.random()),
        2 => drop(bytes.drain(at..end)),
        3 => bytes.truncate(at),
        4 => {
            let run = bytes[at..end].to_vec();
            let times = 1 << random.random_range(0..9);
            insert(bytes, at, &run.repeat(times));
        }
        5 => {
            let run = bytes[at..end].to_vec();
            let to = random.random_range(0..=bytes.len());
            insert(bytes, to, &run);
        }
        6 | 7 => insert(bytes, at, WORDS[random.random_range(0..WORDS.len())]),
        8 => {
            let from = random.random_range(0..=other.len());
            let to = (from + random.random_range(0..256)).min(other.len());
            bytes.splice(at..end, other[from..to].iter().copied());
        }
        _ => {
            let word = WORDS[random.random_range(0..WORDS.len())];
            bytes.splice(at..end, word.iter().copied());
        }
    }
}

fn change(bytes: &mut [u8], at: usize, to: impl FnOnce(u8) -> u8) {
    if let Some(byte) = bytes.get_mut(at) {
        *byte = to(*byte);
    }
}

fn insert(bytes: &mut Vec<u8>, at: usize, run: &[u8]) {
    let room = LONGEST.saturating_sub(bytes.len());
    bytes.splice(at..at, run.iter().take(room).copied());
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::SeedableRng;

    #[test]
    fn the_same_seed_makes_the_same_changes() {
        let run = |seed| {
            let mut random = StdRng::seed_from_u64(seed);
            (0..50).map(|_| mutate(&mut random, b"{\"a\":[1,2]}", b"other")).collect::<Vec<_>>()
        };
        assert_eq!(run(1), run(1));
        assert_ne!(run(1), run(2));
    }

    #[test]
    fn nothing_outgrows_the_limit_and_an_empty_input_can_be_changed() {
        let mut random = StdRng::seed_from_u64(7);
        let mut input = Vec::new();
        for _ in 0..2_000 {
            input = mutate(&mut random, &input, b"[[[[");
            assert!(input.len() <= LONGEST);
        }
    }
}
