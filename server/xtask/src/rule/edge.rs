//! Rule: HTTP types stay in the edge (`docs/architecture.md`, rule 2).

use super::{DEVELOPMENT, Finding};
use crate::house::House;
use crate::source::SourceFile;

const WORDS: &[&str] = &["actix_web", "actix_ws", "actix_http"];

pub fn find(house: &House) -> Vec<Finding> {
    house.rust().filter(|file| !is_edge(file)).flat_map(uses).collect()
}

fn is_edge(file: &SourceFile) -> bool {
    file.path.starts_with("server/platform/src/http")
        || file.is_below("server/app")
        || DEVELOPMENT.iter().any(|folder| file.is_below(folder))
}

fn uses(file: &SourceFile) -> Vec<Finding> {
    let words = file.tokens().into_iter().filter(|token| WORDS.iter().any(|word| token.is_word(word)));
    let message =
        |word| format!("`{word}` outside the HTTP edge: take a plain value here, convert it in platform's http");
    words.map(|token| Finding::new(&file.path, token.line, message(token.text))).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    #[test]
    fn http_types_are_at_home_in_the_edge() {
        for path in ["server/platform/src/http.rs", "server/platform/src/http/limit.rs", "server/app/src/main.rs"] {
            assert!(found(find, path, "use actix_web::HttpRequest;").is_empty(), "{path}");
        }
    }

    #[test]
    fn http_types_are_refused_below_the_edge() {
        let findings = found(find, "server/fhir/src/interaction/read.rs", "//! Read.\nuse actix_web::HttpRequest;");
        assert_eq!(findings.len(), 1);
        assert!(findings[0].starts_with("server/fhir/src/interaction/read.rs:2: "), "{findings:?}");
    }

    #[test]
    fn a_comment_may_name_them() {
        assert!(found(find, "server/fhir/src/lib.rs", "//! No actix_web here.").is_empty());
    }
}
