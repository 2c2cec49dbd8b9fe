//! `:text`: the table of texts says which hashes begin with the text, the tokens say who has one of them.
//! <http://hl7.org/fhir/R4/search.html#token>

use super::filter::{Condition, xor};
use super::range;
use super::sql::Sql;

pub(super) fn condition(sql: &mut Sql<'_>, alias: &str, seed: i64, any: &[String]) -> Condition {
    let (text, row) = (sql.alias('x'), sql.alias('t'));
    let seed = sql.bind(seed);
    let fits = range::any(sql, any, |sql, start| range::begins(sql, &format!("{text}.folded"), start));
    let texts = format!("fhir_text {text} WHERE {text}.tenant_id = $1 AND {fits}");
    if sql.is_postgres() {
        let set = sql.set(&format!("SELECT {seed} # {text}.hash AS h FROM {texts}"));
        return Condition::plain(format!("{alias}.tokens && ARRAY(SELECT h FROM {set})"), true);
    }
    let hash = xor(&seed, &format!("{text}.hash"));
    if sql.is_past() {
        let each = format!("EXISTS (SELECT 1 FROM {texts} AND ints_has({alias}.tokens, {hash}))");
        return Condition::plain(each, true);
    }
    let from = format!(
        "(SELECT {hash} AS hash FROM {texts}) {text}h CROSS JOIN fhir_token {row} ON {row}.tenant_id = $1 AND {row}.hash = {text}h.hash"
    );
    let each = format!("EXISTS (SELECT 1 FROM {from} WHERE {row}.key = {alias}.key)");
    Condition::keyed(alias, format!("SELECT {row}.key FROM {from}"), each)
}
