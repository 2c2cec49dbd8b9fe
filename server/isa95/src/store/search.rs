//! The search over `isa95_resource`: one statement, whatever is asked for together.

use super::resource::{COLUMNS, Stored, stored};
use crate::resource::{Condition, Question};
use theriac_access::Rows;
use theriac_core::Result;
use theriac_platform::db::{Statement, TenantDb, Value};

/// Records of a type by id, after the one that the page before ended with; one more than the page holds.
pub(crate) async fn search(db: &TenantDb, rows: &Rows, question: &Question) -> Result<Vec<Stored>> {
    let after = question.after.clone().unwrap_or_default();
    let mut params = vec![db.tenant(), question.row.address.into(), after.into(), (question.count + 1).into()];
    let Some(seen) = super::seen("r", rows, &mut params) else { return Ok(Vec::new()) };
    let mut sql = format!(
        "SELECT {COLUMNS} FROM isa95_resource r WHERE r.tenant_id = $1 AND r.type = $2 AND r.id > $3 AND r.deleted = 0{seen}"
    );
    for condition in &question.conditions {
        sql.push_str(" AND ");
        sql.push_str(&one(condition, &mut params));
    }
    sql.push_str(" ORDER BY r.id LIMIT $4");
    let found = db.rows(Statement::new("isa95_search", sql, params).planned_anew()).await?;
    found.into_iter().map(stored).collect()
}

fn one(condition: &Condition, params: &mut Vec<Value>) -> String {
    let mut bind = |value: Value| {
        params.push(value);
        format!("${}", params.len())
    };
    match condition {
        Condition::Ids(ids) => {
            let list: Vec<String> = ids.iter().map(|id| bind(id.as_str().into())).collect();
            format!("r.id IN ({})", list.join(", "))
        }
        Condition::Parent(parent) => format!("r.parent = {}", bind(parent.as_str().into())),
        Condition::Effective(at) => {
            let at = bind((*at).into());
            format!("(r.starts IS NULL OR r.starts <= {at}) AND (r.ends IS NULL OR r.ends > {at})")
        }
        Condition::Names(types, id) => {
            let types: Vec<String> = types.iter().map(|kind| bind((*kind).into())).collect();
            format!(
                "EXISTS (SELECT 1 FROM isa95_reference f WHERE f.tenant_id = $1 AND f.type = $2 AND f.id = r.id \
                 AND f.target_type IN ({}) AND f.target = {})",
                types.join(", "),
                bind(id.as_str().into())
            )
        }
        Condition::Term(name, value) => format!(
            "EXISTS (SELECT 1 FROM isa95_term t WHERE t.tenant_id = $1 AND t.type = $2 AND t.id = r.id AND t.name = {} \
             AND t.value = {})",
            bind(name.as_str().into()),
            bind(value.as_str().into())
        ),
        Condition::Has(name) => format!(
            "EXISTS (SELECT 1 FROM isa95_term t WHERE t.tenant_id = $1 AND t.type = $2 AND t.id = r.id AND t.name = {})",
            bind(name.as_str().into())
        ),
        Condition::Number(name, comparison, number) => format!(
            "EXISTS (SELECT 1 FROM isa95_term t WHERE t.tenant_id = $1 AND t.type = $2 AND t.id = r.id AND t.name = {} \
             AND t.number {comparison} {})",
            bind(name.as_str().into()),
            bind((*number).into())
        ),
    }
}
