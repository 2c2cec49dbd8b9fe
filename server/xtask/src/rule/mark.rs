//! Rule: nothing unfinished, switched off or unexplained stands in the code.

use super::Finding;
use crate::house::House;
use crate::source::SourceFile;
use crate::source::lexer::{Kind, Token};

/// How many lines above `unsafe` its reason may stand.
const REASON_WITHIN_LINES: usize = 4;

/// A sequence of tokens that may not appear, and why.
struct Mark {
    tokens: &'static [&'static str],
    why: &'static str,
}

const MARKS: &[Mark] = &[
    Mark { tokens: &["todo", "!"], why: "`todo!`: finish it, or leave the feature out and say so in the docs" },
    Mark { tokens: &["unimplemented", "!"], why: "`unimplemented!`: answer with Code::NotSupported instead" },
    Mark { tokens: &["dbg", "!"], why: "`dbg!`: use tracing, without personal data" },
    Mark { tokens: &["#", "[", "ignore"], why: "a test that is switched off: mend it or remove it" },
    Mark { tokens: &["allow", "(", "dead_code"], why: "dead code: remove it" },
    Mark { tokens: &["expect", "(", "dead_code"], why: "dead code: remove it" },
    Mark { tokens: &["assert", "!", "(", "true", ")"], why: "an assertion that cannot fail" },
];

pub fn find(house: &House) -> Vec<Finding> {
    house.rust().flat_map(marks).collect()
}

fn marks(file: &SourceFile) -> Vec<Finding> {
    let tokens = file.tokens();
    let code: Vec<&Token<'_>> = tokens.iter().filter(|t| t.kind != Kind::Comment).collect();
    let mut findings = Vec::new();
    for at in 0..code.len() {
        let hits = MARKS.iter().filter(|mark| begins(&code[at..], mark.tokens));
        findings.extend(hits.map(|mark| Finding::new(&file.path, code[at].line, mark.why)));
    }
    let bare = tokens.iter().filter(|t| t.is_word("unsafe") && !has_reason(&tokens, t.line));
    findings.extend(bare.map(|t| Finding::new(&file.path, t.line, "`unsafe` without a `// SAFETY:` comment above it")));
    findings
}

fn begins(code: &[&Token<'_>], mark: &[&str]) -> bool {
    let is = |token: &Token<'_>, text: &str| matches!(token.kind, Kind::Word | Kind::Sign) && token.text == text;
    code.len() >= mark.len() && code.iter().zip(mark).all(|(token, text)| is(token, text))
}

fn has_reason(tokens: &[Token<'_>], line: usize) -> bool {
    let above = line.saturating_sub(REASON_WITHIN_LINES)..=line;
    let is_reason = |t: &Token<'_>| t.kind == Kind::Comment && t.text.contains("SAFETY:");
    tokens.iter().any(|t| is_reason(t) && above.contains(&t.line))
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn unfinished_marks_are_refused() {
        for text in [
            "fn f() { todo!() }",
            "fn f() { unimplemented!(\"later\") }",
            "fn f() { dbg!(1); }",
            "#[test]\n#[ignore = \"slow\"]\nfn f() {}",
            "#![allow(dead_code)]",
            "fn f() { assert!(true); }",
            "fn f() { unsafe { g() } }",
        ] {
            assert_eq!(found(find, "server/fhir/src/lib.rs", text).len(), 1, "{text}");
        }
    }

    #[test]
    fn finished_code_passes() {
        for text in [
            "// todo! was here\nfn todo() -> bool { true }",
            "const A: &str = \"dbg!(x)\";",
            "#[must_use]\nfn ignore() {}",
            "// SAFETY: the pointer comes from Box::into_raw.\nfn f() { unsafe { g() } }",
        ] {
            assert_eq!(found(find, "server/fhir/src/lib.rs", text), Vec::<String>::new(), "{text}");
        }
    }
}
