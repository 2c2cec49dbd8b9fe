//! Versions that are no longer current, searched as they stand in `fhir_history`: each row carries what it was
//! found by. No index leads to them by value; those that a moment wants are few, or are found by when they ended.

use super::sql::Sql;

/// A table of ordered values, as a history row carries its part of it.
struct Carried {
    table: &'static str,
    /// PostgreSQL: the arrays, by the table's columns.
    arrays: &'static [(&'static str, &'static str)],
    /// SQLite: the column that holds rows as JSON, and what each member is read by.
    json: &'static str,
    members: &'static [(&'static str, &'static str)],
}

const TABLES: &[Carried] = &[
    Carried {
        table: "fhir_date",
        arrays: &[("param", "date_param"), ("lo", "date_lo"), ("hi", "date_hi")],
        json: "dates",
        members: &[("param", "value ->> 0"), ("lo", "value ->> 1"), ("hi", "value ->> 2")],
    },
    Carried {
        table: "fhir_number",
        arrays: &[
            ("param", "number_param"),
            ("code", "number_code"),
            ("unit", "number_unit"),
            ("lo", "number_lo"),
            ("hi", "number_hi"),
            ("low", "number_low"),
            ("high", "number_high"),
        ],
        json: "numbers",
        members: &[
            ("param", "value ->> 0"),
            ("code", "value ->> 1"),
            ("unit", "value ->> 2"),
            ("lo", "bits_real(value ->> 3)"),
            ("hi", "bits_real(value ->> 4)"),
            ("low", "bits_real(value ->> 5)"),
            ("high", "bits_real(value ->> 6)"),
        ],
    },
    Carried {
        table: "fhir_place",
        arrays: &[("x", "place_x"), ("y", "place_y"), ("z", "place_z")],
        json: "places",
        members: &[("x", "bits_real(value ->> 0)"), ("y", "bits_real(value ->> 1)"), ("z", "bits_real(value ->> 2)")],
    },
    Carried {
        table: "fhir_string",
        arrays: &[("param", "string_param"), ("folded", "string_folded"), ("exact", "string_exact")],
        json: "strings",
        members: &[("param", "value ->> 0"), ("folded", "value ->> 1"), ("exact", "value ->> 2")],
    },
];

/// The ordered values of the row `alias`, called `row`: what stands between FROM and further conditions.
pub(super) fn ordered(sql: &Sql<'_>, table: &str, alias: &str, row: &str) -> String {
    match TABLES.iter().find(|t| t.table == table).filter(|_| sql.is_past()) {
        None => format!("{table} {row} WHERE {row}.tenant_id = $1 AND {row}.key = {alias}.key"),
        Some(carried) if sql.is_postgres() => {
            let arrays: Vec<String> = carried.arrays.iter().map(|(_, array)| format!("{alias}.{array}")).collect();
            let names: Vec<&str> = carried.arrays.iter().map(|(name, _)| *name).collect();
            format!("unnest({}) AS {row}({}) WHERE TRUE", arrays.join(", "), names.join(", "))
        }
        Some(carried) => {
            let members: Vec<String> = carried.members.iter().map(|(name, read)| format!("{read} AS {name}")).collect();
            format!("(SELECT {} FROM json_each({alias}.{})) {row} WHERE TRUE", members.join(", "), carried.json)
        }
    }
}
