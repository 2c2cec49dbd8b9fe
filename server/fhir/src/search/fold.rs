//! Folding of text for the default string match: case, accents, whitespace and punctuation do not count.
//! <http://hl7.org/fhir/R4/search.html#string>

use std::borrow::Cow;

/// Longest folded text that is kept; longer search values are cut alike.
pub const FOLDED_CHARS: usize = 256;

/// Runs of letters that fold to one: base letters, then the accented ones.
const ACCENTS: &[(&str, &str)] = &[
    ("a", "àáâãäåāăąǎǟǡǻȁȃȧḁẚạảấầẩẫậắằẳẵặ"),
    ("ae", "æǣǽ"),
    ("b", "ḃḅḇ"),
    ("c", "çćĉċčḉ"),
    ("d", "ďđðḋḍḏḑḓ"),
    ("e", "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ"),
    ("f", "ḟ"),
    ("g", "ĝğġģǥǧǵḡ"),
    ("h", "ĥħȟḣḥḧḩḫẖ"),
    ("i", "ìíîïĩīĭįıǐȉȋḭḯỉị"),
    ("j", "ĵǰ"),
    ("k", "ķǩḱḳḵ"),
    ("l", "ĺļľŀłḷḹḻḽ"),
    ("m", "ḿṁṃ"),
    ("n", "ñńņňŉǹṅṇṉṋ"),
    ("o", "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ"),
    ("oe", "œ"),
    ("p", "ṕṗ"),
    ("r", "ŕŗřȑȓṙṛṝṟ"),
    ("s", "śŝşšșṡṣṥṧṩ"),
    ("ss", "ß"),
    ("t", "ţťŧțṫṭṯṱẗ"),
    ("th", "þ"),
    ("u", "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự"),
    ("v", "ṽṿ"),
    ("w", "ŵẁẃẅẇẉẘ"),
    ("x", "ẋẍ"),
    ("y", "ýÿŷȳẏẙỳỵỷỹ"),
    ("z", "źżžẑẓẕ"),
];

fn unaccented(letter: char) -> Option<&'static str> {
    ACCENTS.iter().find(|(_, letters)| letters.contains(letter)).map(|(base, _)| *base)
}

/// Punctuation inside a word: `O'Neil` is `ONeil`, `St.` is `St`.
const INSIDE: &[char] = &['\'', '\u{2019}', '\u{2018}', '`', '\u{b4}', '.'];

/// Punctuation between words counts as a space: `Smith-Jones` is `Smith Jones`.
fn is_gap(letter: char) -> bool {
    letter.is_whitespace()
        || letter.is_ascii_punctuation()
        || ('\u{2010}'..='\u{2027}').contains(&letter)
        || ('\u{2030}'..='\u{205e}').contains(&letter)
        || ('\u{3001}'..='\u{3003}').contains(&letter)
        || ['\u{a1}', '\u{ab}', '\u{bb}', '\u{bf}', '\u{b7}'].contains(&letter)
}

/// The text without case, accents, punctuation and surplus whitespace, cut to [`FOLDED_CHARS`].
pub fn folded(text: &str) -> String {
    let mut out = String::with_capacity(text.len().min(FOLDED_CHARS + 8));
    let mut gap = false;
    for letter in text.chars() {
        if INSIDE.contains(&letter) {
            continue;
        }
        if is_gap(letter) {
            gap = !out.is_empty();
            continue;
        }
        if std::mem::take(&mut gap) {
            out.push(' ');
        }
        push_folded(letter, &mut out);
        if out.len() >= FOLDED_CHARS && out.chars().count() >= FOLDED_CHARS {
            break;
        }
    }
    cut(out)
}

/// One letter without case and accents; some become two.
pub fn push_folded(letter: char, out: &mut String) {
    if letter.is_ascii() {
        return out.push(letter.to_ascii_lowercase());
    }
    for lower in letter.to_lowercase().filter(|c| !('\u{300}'..='\u{36f}').contains(c)) {
        match unaccented(lower) {
            Some(base) => out.push_str(base),
            None => out.push(lower),
        }
    }
}

fn cut(mut out: String) -> String {
    if let Some((end, _)) = out.char_indices().nth(FOLDED_CHARS) {
        out.truncate(end);
    }
    out
}

/// Lower case, borrowing where nothing changes: how codes are compared.
pub fn lower(text: &str) -> Cow<'_, str> {
    match text.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase()) {
        true => Cow::Borrowed(text),
        false => Cow::Owned(text.to_lowercase()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_accents_and_whitespace_do_not_count() {
        assert_eq!(folded("  Édouard   van\tDER  Straße "), "edouard van der strasse");
        assert_eq!(folded("e\u{301}"), "e");
        assert_eq!(folded("Nguyễn"), "nguyen");
        assert_eq!(folded("東京"), "東京");
        assert_eq!(folded("O\u{2019}Neil, St. Smith-Jones (née «Doe»)"), "oneil st smith jones nee doe");
        assert_eq!(folded("- .,;"), "");
    }

    #[test]
    fn long_text_is_cut_by_characters() {
        assert_eq!(folded(&"é".repeat(300)), "e".repeat(FOLDED_CHARS));
        assert_eq!(folded(&"東".repeat(300)).chars().count(), FOLDED_CHARS);
        assert_eq!(folded(&"ß".repeat(250)).chars().count(), FOLDED_CHARS);
    }
}
