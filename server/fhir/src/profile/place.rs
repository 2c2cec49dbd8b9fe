//! Where in the text of a JSON document a path leads: line and column for who reads the findings.

/// Line and column, from 1, of what the path leads to; of the innermost part that is there, if it is not.
pub fn find(text: &[u8], path: &str) -> Option<(usize, usize)> {
    let mut scan = Scan { text, at: text.iter().position(|b| *b == b'{')? };
    let mut found = scan.at;
    for step in path.split('.').skip(1) {
        let (name, index) = match step.split_once('[') {
            Some((name, index)) => (name, index.trim_end_matches(']').parse().ok()),
            None => (step, None),
        };
        match scan.enter(name, index) {
            Some(at) => found = at,
            None => break,
        }
    }
    let before = text.get(..found)?;
    let line = before.iter().filter(|b| **b == b'\n').count() + 1;
    Some((line, before.iter().rev().take_while(|b| **b != b'\n').count() + 1))
}

struct Scan<'t> {
    text: &'t [u8],
    at: usize,
}

impl Scan<'_> {
    fn peek(&self) -> Option<u8> {
        self.text.get(self.at).copied()
    }

    fn space(&mut self) {
        while matches!(self.peek(), Some(b' ' | b'\n' | b'\r' | b'\t' | b',' | b':')) {
            self.at += 1;
        }
    }

    /// Goes to the value of a member of the object here, and to an item of it; gives where its name begins.
    fn enter(&mut self, name: &str, index: Option<usize>) -> Option<usize> {
        if self.peek()? != b'{' {
            return None;
        }
        self.at += 1;
        loop {
            self.space();
            let start = self.at;
            if self.peek()? != b'"' {
                return None;
            }
            self.skip()?;
            let own = std::str::from_utf8(self.text.get(start + 1..self.at - 1)?).ok()?;
            self.space();
            if is_named(own, name) {
                return match index {
                    Some(index) => self.item(index),
                    None => Some(start),
                };
            }
            self.skip()?;
        }
    }

    fn item(&mut self, index: usize) -> Option<usize> {
        if self.peek()? == b'[' {
            self.at += 1;
            self.space();
            for _ in 0..index {
                self.skip()?;
                self.space();
            }
        }
        Some(self.at)
    }

    /// Goes behind the value here.
    fn skip(&mut self) -> Option<()> {
        let mut depth = 0usize;
        loop {
            match self.peek()? {
                b'"' => self.string()?,
                b'{' | b'[' => {
                    depth += 1;
                    self.at += 1;
                }
                b'}' | b']' => {
                    depth = depth.checked_sub(1)?;
                    self.at += 1;
                }
                b',' | b':' | b' ' | b'\n' | b'\r' | b'\t' => self.at += 1,
                _ => {
                    while !matches!(self.peek()?, b',' | b'}' | b']' | b' ' | b'\n' | b'\r' | b'\t') {
                        self.at += 1;
                    }
                }
            }
            if depth == 0 {
                return Some(());
            }
        }
    }

    fn string(&mut self) -> Option<()> {
        self.at += 1;
        loop {
            match self.peek()? {
                b'"' => {
                    self.at += 1;
                    return Some(());
                }
                b'\\' => self.at += 2,
                _ => self.at += 1,
            }
        }
    }
}

/// `valueQuantity` is the element `value`; `_birthDate` stands for `birthDate`, where that is not there.
fn is_named(member: &str, element: &str) -> bool {
    let plain = member.strip_prefix('_').unwrap_or(member);
    match plain.strip_prefix(element) {
        Some("") => true,
        Some(kind) => kind.starts_with(|c: char| c.is_ascii_uppercase()) && is_choice(element),
        None => false,
    }
}

/// The stems of R4's choices; other names may begin alike (`name`, `nameX`).
fn is_choice(element: &str) -> bool {
    use crate::definition::Definitions;
    use std::collections::HashSet;
    use std::sync::OnceLock;
    static STEMS: OnceLock<HashSet<&'static str>> = OnceLock::new();
    let stems = STEMS.get_or_init(|| Definitions::r4().choices().collect());
    stems.contains(element)
}

#[cfg(test)]
mod tests {
    use super::find;

    #[test]
    fn a_path_leads_to_line_and_column() {
        let text = b"{\n \"resourceType\": \"Observation\",\n \"code\": {\"text\": \"a \\\"}\"},\n \"valueQuantity\": {\n  \"value\": -1.5\n },\n \"note\": [{\"text\": \"x\"},\n  {\"text\": \"y\"}]\n}";
        let cases = [
            ("Observation", (1, 1)),
            ("Observation.code.text", (3, 11)),
            ("Observation.value.value", (5, 3)),
            ("Observation.note[1].text", (8, 4)),
            ("Observation.note[1]", (8, 3)),
            ("Observation.status", (1, 1)),
            ("Observation.value.unit", (4, 2)),
        ];
        for (path, place) in cases {
            assert_eq!(find(text, path), Some(place), "{path}");
        }
    }

    #[test]
    fn a_text_that_is_no_document_has_no_places() {
        for text in [&b""[..], b"[]", b"x"] {
            assert_eq!(find(text, "Patient.name"), None);
        }
        assert_eq!(find(b"{\"name\":", "Patient.name[3].x.y"), Some((1, 1)));
    }
}
