//! Rule: database code has its places (`docs/architecture.md`, rule 2).

use super::{DEVELOPMENT, Finding};
use crate::house::House;
use crate::source::SourceFile;
use crate::source::lexer::{Kind, Token};

const CRATES: &[&str] = &["sea_orm", "rusqlite", "tokio_postgres"];
/// How a statement begins. With what follows the verb, as `DELETE /path` is HTTP and not SQL.
const STATEMENTS: &[&str] =
    &["SELECT ", "INSERT INTO ", "INSERT OR ", "UPDATE ", "DELETE FROM ", "CREATE ", "ALTER TABLE ", "DROP TABLE "];

pub fn find(house: &House) -> Vec<Finding> {
    house.rust().filter(|file| !may_hold_sql(file)).flat_map(misplaced).collect()
}

pub fn may_hold_sql(file: &SourceFile) -> bool {
    file.path.starts_with("server/platform/src/db")
        || file.is_below("migrations")
        || file.path.ends_with("/store.rs")
        || file.path.contains("/store/")
        || DEVELOPMENT.iter().any(|folder| file.is_below(folder))
}

fn misplaced(file: &SourceFile) -> Vec<Finding> {
    let report = |token: &Token<'_>, what: String| {
        let message = format!("{what} outside its places: move it into this crate's store.rs or store/");
        Finding::new(&file.path, token.line, message)
    };
    let judged = |token: Token<'_>| match token.kind {
        Kind::Word if CRATES.contains(&token.text) => Some(report(&token, format!("`{}`", token.text))),
        Kind::Str if is_statement(token.text) => Some(report(&token, "an SQL text".into())),
        _ => None,
    };
    file.tokens().into_iter().filter_map(judged).collect()
}

fn is_statement(literal: &str) -> bool {
    let start = plain(literal);
    let start = start.trim_start();
    STATEMENTS.iter().any(|statement| start.starts_with(statement))
}

/// The literal with its written-out line ends as blanks.
pub fn plain(literal: &str) -> String {
    let unescaped = literal.replace("\\n", " ").replace("\\t", " ").replace("\\\"", "\"");
    unescaped.replace(['\n', '\t', '\\'], " ")
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    const STATEMENT: &str = "fn f() { run(\"\\n  SELECT 1\") }";

    #[test]
    fn a_store_may_speak_sql() {
        for path in [
            "server/fhir/src/store.rs",
            "server/fhir/src/store/search.rs",
            "server/platform/src/db.rs",
            "server/platform/src/db/postgres.rs",
            "migrations/src/m0001.rs",
        ] {
            assert!(found(find, path, STATEMENT).is_empty(), "{path}");
            assert!(found(find, path, "use rusqlite::Connection;").is_empty(), "{path}");
        }
    }

    #[test]
    fn elsewhere_neither_a_statement_nor_a_driver_is_allowed() {
        assert_eq!(found(find, "server/fhir/src/search.rs", STATEMENT).len(), 1);
        assert_eq!(found(find, "server/epcis/src/capture.rs", "use sea_orm::Statement;").len(), 1);
        assert_eq!(found(find, "server/fhir/src/restore.rs", STATEMENT).len(), 1);
    }

    #[test]
    fn words_of_http_and_of_people_are_not_statements() {
        for text in ["DELETE /mercy/fhir/Patient/1", "Select one", "CREATED", "UPDATED"] {
            assert!(!is_statement(text), "{text}");
        }
    }
}
