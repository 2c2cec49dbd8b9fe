//! Language tags, BCP 47 (RFC 5646, 2.1): well-formed ones.

/// Tags older than the grammar (RFC 5646, 2.2.8) that it does not cover.
const IRREGULAR: &[&str] = &[
    "en-gb-oed",
    "i-ami",
    "i-bnn",
    "i-default",
    "i-enochian",
    "i-hak",
    "i-klingon",
    "i-lux",
    "i-mingo",
    "i-navajo",
    "i-pwn",
    "i-tao",
    "i-tay",
    "i-tsu",
    "sgn-be-fr",
    "sgn-be-nl",
    "sgn-ch-de",
];

pub fn holds(code: &str) -> bool {
    let code = code.to_ascii_lowercase();
    if IRREGULAR.contains(&code.as_str()) {
        return true;
    }
    let parts: Vec<&str> = code.split('-').collect();
    if parts.iter().any(|p| p.is_empty() || p.len() > 8 || !p.bytes().all(|b| b.is_ascii_alphanumeric())) {
        return false;
    }
    match parts.as_slice() {
        ["x", rest @ ..] => !rest.is_empty(),
        [language, rest @ ..] => is_alpha(language, 2..=8) && after_language(language, rest),
        [] => false,
    }
}

fn is_alpha(part: &str, length: std::ops::RangeInclusive<usize>) -> bool {
    length.contains(&part.len()) && part.bytes().all(|b| b.is_ascii_alphabetic())
}

fn is_region(part: &str) -> bool {
    is_alpha(part, 2..=2) || (part.len() == 3 && part.bytes().all(|b| b.is_ascii_digit()))
}

fn is_variant(part: &str) -> bool {
    (5..=8).contains(&part.len()) || (part.len() == 4 && part.starts_with(|c: char| c.is_ascii_digit()))
}

/// extlang, script, region, variants, extensions, private use: each in its place.
fn after_language(language: &str, parts: &[&str]) -> bool {
    let mut rest = parts;
    let mut take = |fits: &dyn Fn(&str) -> bool, most: usize| {
        let count = rest.iter().take(most).take_while(|p| fits(p)).count();
        rest = &rest[count..];
    };
    if language.len() <= 3 {
        take(&|p| is_alpha(p, 3..=3), 3);
    }
    take(&|p| is_alpha(p, 4..=4), 1);
    take(&is_region, 1);
    take(&is_variant, usize::MAX);
    extensions(rest)
}

fn extensions(mut rest: &[&str]) -> bool {
    while let [singleton, after @ ..] = rest {
        if *singleton == "x" {
            return !after.is_empty();
        }
        let count = after.iter().take_while(|p| p.len() >= 2).count();
        if singleton.len() != 1 || count == 0 {
            return false;
        }
        rest = &after[count..];
    }
    true
}

#[cfg(test)]
mod tests {
    use super::holds;

    /// Those of RFC 5646, appendix A, among them the ones it calls invalid.
    #[test]
    fn the_examples_of_the_standard_are_judged_as_it_says() {
        for tag in [
            "de",
            "zh-Hant",
            "zh-cmn-Hans-CN",
            "sr-Latn-RS",
            "sl-rozaj-biske",
            "de-CH-1901",
            "hy-Latn-IT-arevela",
            "es-419",
            "az-Arab-x-AZE-derbend",
            "x-whatever",
            "de-DE-u-co-phonebk",
            "i-enochian",
            "en-US",
            "en-a-myext-b-another",
        ] {
            assert!(holds(tag), "{tag}");
        }
        for tag in ["", "a-DE", "de-419-DE", "e", "en_US", "en-", "de-u", "x", "english-language-tag-toolongxx"] {
            assert!(!holds(tag), "{tag}");
        }
    }
}
