//! "Did you mean": the nearest of the known names, for messages that teach.

/// The known name that is fewest edits away, if it is near enough to be what was meant.
pub(crate) fn nearest<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    if name.len() > 64 {
        return None;
    }
    let limit = 1 + name.chars().count() / 3;
    let ranked = known.into_iter().map(|k| (edits(&name.to_lowercase(), &k.to_lowercase()), k));
    ranked.filter(|(distance, _)| *distance <= limit).min_by_key(|(distance, _)| *distance).map(|(_, k)| k)
}

/// `unknown member "vlaue"; did you mean "value"? Known are: property, time, value.`
pub(crate) fn unknown(kind: &str, name: &str, known: &[&str]) -> String {
    let shown: String = name.chars().take(64).collect();
    let hint = nearest(name, known.iter().copied()).map(|k| format!("; did you mean {k:?}?")).unwrap_or_default();
    let stop = if hint.is_empty() { "." } else { "" };
    format!("unknown {kind} {shown:?}{hint}{stop} Known are: {}", known.join(", "))
}

/// Levenshtein distance, one row at a time.
fn edits(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, from) in a.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = i + 1;
        for (j, to) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[j + 1];
            row[j + 1] = replaced.min(row[j] + 1).min(diagonal + 1);
        }
    }
    row[b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn finds_what_was_meant_and_nothing_far_off() {
        let known = ["property", "time", "value", "quality"];
        assert_eq!(nearest("vlaue", known), Some("value"));
        assert_eq!(nearest("Time", known), Some("time"));
        assert_eq!(nearest("temperature", known), None);
    }

    #[test]
    fn says_what_is_known() {
        assert_eq!(
            unknown("member", "vale", &["time", "value"]),
            "unknown member \"vale\"; did you mean \"value\"? Known are: time, value"
        );
        assert_eq!(unknown("member", "xyzzy", &["time"]), "unknown member \"xyzzy\". Known are: time");
    }
}
