//! Known names, the nearest to what was written first.

/// Sorted by edit distance, then by name.
pub fn nearest<'n>(written: &str, mut known: Vec<&'n str>) -> Vec<&'n str> {
    let short: String = written.chars().take(64).collect();
    known.sort_unstable();
    known.dedup();
    known.sort_by_cached_key(|name| distance(&short, name));
    known
}

/// Levenshtein.
fn distance(a: &str, b: &str) -> usize {
    let b: Vec<char> = b.chars().collect();
    let mut row: Vec<usize> = (0..=b.len()).collect();
    for (i, x) in a.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], i + 1);
        for (j, y) in b.iter().enumerate() {
            let replaced = diagonal + usize::from(x != *y);
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
    fn the_nearest_name_comes_first() {
        assert_eq!(nearest("brithdate", vec!["gender", "birthdate", "name"])[0], "birthdate");
        assert_eq!(distance("kitten", "sitting"), 3);
    }
}
