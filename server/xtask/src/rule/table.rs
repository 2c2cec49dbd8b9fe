//! Rule: a table belongs to the crate whose name prefixes it (`docs/architecture.md`, rule 3).
//!
//! Reads the words that follow FROM, INTO, UPDATE and JOIN in the string literals of store files.
//! What a program puts together at run time (`{table}`) is not seen.

use super::sql::{may_hold_sql, plain};
use super::{DEVELOPMENT, Finding};
use crate::house::House;
use crate::source::SourceFile;
use crate::source::lexer::Kind;

/// The engines' own catalogues. The platform looks there at the schema's version and the policies; tests of any
/// crate look there at what the engine is doing.
const CATALOGUES: &[&str] = &["pg_", "sqlite_", "information_schema."];

/// The walls between tenants are tried on the tables that have tenants, and those are of other crates.
const WALLS: &str = "server/platform/tests";

/// Words before FROM that make it part of an expression, not of a table list.
const EXPRESSION: &[&str] =
    &["DISTINCT", "EPOCH", "YEAR", "MONTH", "DAY", "HOUR", "MINUTE", "SECOND", "BOTH", "LEADING"];
/// Words after the keyword that are no table.
const NO_TABLE: &[&str] = &["SELECT", "SET", "LATERAL", "OF", "SKIP", "NOWAIT", "VALUES"];

pub fn find(house: &House) -> Vec<Finding> {
    house.rust().filter(|file| may_hold_sql(file)).flat_map(foreign_tables).collect()
}

/// `fhir` for `server/fhir/...`; none where every table is allowed.
fn owner(file: &SourceFile) -> Option<&str> {
    if DEVELOPMENT.iter().any(|folder| file.is_below(folder)) || file.is_below(WALLS) {
        return None;
    }
    file.path.strip_prefix("server/")?.split('/').next()
}

fn foreign_tables(file: &SourceFile) -> Vec<Finding> {
    let Some(owner) = owner(file) else { return Vec::new() };
    let tokens = file.tokens();
    let literals = || tokens.iter().filter(|t| t.kind == Kind::Str).map(|t| (t.line, words(&plain(t.text))));
    let own: Vec<String> = literals().flat_map(|(_, words)| named_queries(&words)).collect();
    let sees_catalogues = owner == "platform" || file.is_below(&format!("server/{owner}/tests"));
    let is_catalogue = |name: &str| sees_catalogues && CATALOGUES.iter().any(|start| name.starts_with(start));
    let is_foreign = |name: &String| !own.contains(name) && !is_own(owner, name) && !is_catalogue(name);
    let report = |line, name| {
        let message =
            format!("table `{name}` is not {owner}'s: its tables begin with `{owner}_`; ask the owner or the feed");
        Finding::new(&file.path, line, message)
    };
    literals()
        .flat_map(|(line, words)| tables(&words).into_iter().filter(is_foreign).map(move |name| report(line, name)))
        .collect()
}

fn is_own(owner: &str, name: &str) -> bool {
    name.strip_prefix(owner).is_some_and(|rest| rest.starts_with('_'))
}

/// Words (with `.` and `{}` inside) and single signs.
fn words(text: &str) -> Vec<String> {
    let mut found: Vec<String> = Vec::new();
    let mut joined = false;
    for c in text.chars() {
        let inside = c.is_alphanumeric() || matches!(c, '_' | '.' | '{' | '}');
        match (inside, joined, found.last_mut()) {
            (true, true, Some(last)) => last.push(c),
            (true, ..) => found.push(c.to_string()),
            (false, ..) if !c.is_whitespace() && c != '"' => found.push(c.to_string()),
            _ => {}
        }
        joined = inside;
    }
    found
}

fn tables(words: &[String]) -> Vec<String> {
    let at = |i: usize| words.get(i).map_or("", String::as_str);
    let mut found = Vec::new();
    for (i, word) in words.iter().enumerate() {
        let before = if i == 0 { "" } else { at(i - 1) };
        let begins = match word.as_str() {
            "FROM" => !EXPRESSION.contains(&before),
            "UPDATE" => !matches!(before, "FOR" | "DO" | "ON"),
            "INTO" | "JOIN" => true,
            _ => false,
        };
        let skip = usize::from(at(i + 1) == "ONLY");
        let (name, after) = (at(i + 1 + skip), at(i + 2 + skip));
        let is_call = after == "(" && word != "INTO";
        if begins && is_name(name) && !is_call {
            found.push(name.to_string());
        }
    }
    found
}

fn is_name(word: &str) -> bool {
    let first = word.chars().next().unwrap_or('(');
    (first.is_alphabetic() || first == '_') && !word.contains('{') && !NO_TABLE.contains(&word)
}

/// The names that `WITH name [(columns)] AS [NOT] [MATERIALIZED] (` gives to queries.
fn named_queries(words: &[String]) -> Vec<String> {
    let at = |i: usize| words.get(i).map_or("", String::as_str);
    let opens = |i: usize| match (at(i), at(i + 1)) {
        ("(", _) | ("MATERIALIZED", "(") => true,
        ("NOT", "MATERIALIZED") => at(i + 2) == "(",
        _ => false,
    };
    let name_before = |i: usize| match at(i) {
        ")" => words[..i].iter().rposition(|w| w == "(").filter(|open| *open > 0).map(|open| at(open - 1)),
        name => Some(name),
    };
    let named = (1..words.len()).filter(|i| at(*i) == "AS" && opens(i + 1)).filter_map(|i| name_before(i - 1));
    named.filter(|name| is_name(name)).map(str::to_string).collect()
}

#[cfg(test)]
mod tests {
    use super::super::found;
    use super::*;

    fn in_fhir(sql: &str) -> Vec<String> {
        found(find, "server/fhir/src/store.rs", &format!("const Q: &str = r#\"{sql}\"#;"))
    }

    #[test]
    fn a_crate_may_name_its_own_tables() {
        for sql in [
            "INSERT INTO fhir_version (a) VALUES ($1)",
            "SELECT a FROM fhir_version v JOIN fhir_token t ON t.id = v.id",
            "WITH v AS (INSERT INTO fhir_version (a) VALUES ($1) RETURNING a) SELECT a FROM v, unnest($2::int[]) AS u(b)",
            "WITH RECURSIVE tree (id, up) AS NOT MATERIALIZED (SELECT 1) SELECT id FROM tree",
            "SELECT extract(EPOCH FROM moment) FROM fhir_version WHERE a IS DISTINCT FROM b FOR UPDATE SKIP LOCKED",
            "INSERT INTO fhir_current (a) VALUES (1) ON CONFLICT (a) DO UPDATE SET a = 2",
            "SELECT value FROM json_each(?1)",
            "DELETE FROM ONLY fhir_token",
            "SELECT a FROM {table} WHERE b",
        ] {
            assert_eq!(in_fhir(sql), Vec::<String>::new(), "{sql}");
        }
    }

    #[test]
    fn foreign_tables_are_refused() {
        for sql in [
            "SELECT a FROM epcis_event",
            "INSERT INTO ledger_entry (a) VALUES (1)",
            "UPDATE isa95_reading SET a = 1",
            "SELECT a FROM fhir_version JOIN access_user u ON true",
            "SELECT a FROM fhirsomething",
            "SELECT a FROM pg_class",
        ] {
            assert_eq!(in_fhir(sql).len(), 1, "{sql}");
        }
    }

    #[test]
    fn the_platform_may_look_at_the_engines_catalogues() {
        let text = "const Q: &str = \"SELECT relname FROM pg_class\";";
        assert!(found(find, "server/platform/src/db/postgres.rs", text).is_empty());
    }

    #[test]
    fn tests_may_look_at_catalogues_and_those_of_the_walls_at_every_table() {
        let catalogue = "const Q: &str = \"SELECT pid FROM pg_stat_activity\";";
        assert!(found(find, "server/ledger/tests/store.rs", catalogue).is_empty());
        let foreign = "const Q: &str = \"SELECT reader FROM ledger_cursor\";";
        assert!(found(find, "server/platform/tests/store.rs", foreign).is_empty());
        assert_eq!(found(find, "server/platform/src/db/postgres.rs", foreign).len(), 1);
        assert_eq!(found(find, "server/fhir/tests/store.rs", foreign).len(), 1);
    }

    #[test]
    fn the_schema_names_every_table() {
        let text = "const Q: &str = \"INSERT INTO fhir_version VALUES (1)\";";
        assert!(found(find, "migrations/src/m0001.rs", text).is_empty());
    }

    #[test]
    fn a_statement_written_over_escaped_lines_is_read() {
        let text = "const Q: &str = \"SELECT a\\nFROM epcis_event\";";
        assert_eq!(found(find, "server/fhir/src/store.rs", text).len(), 1);
    }
}
