//! What SQLite lacks and PostgreSQL has: membership in a packed array of numbers, its members, exclusive or; and
//! real numbers as their bits and back, as JSON keeps only 15 of their 17 digits.

use rusqlite::functions::{Context, FunctionFlags};
use rusqlite::types::ValueRef;
use rusqlite::{Connection, Error, Result};

/// Adds the functions to a connection.
pub(super) fn add(connection: &Connection) -> Result<()> {
    let flags = FunctionFlags::SQLITE_UTF8 | FunctionFlags::SQLITE_DETERMINISTIC | FunctionFlags::SQLITE_INNOCUOUS;
    connection.create_scalar_function("ints_has", 2, flags, |call| {
        let wanted = call.get::<i64>(1)?.to_le_bytes();
        Ok(packed(call)?.as_chunks::<8>().0.contains(&wanted))
    })?;
    connection.create_scalar_function("ints_json", 1, flags, |call| {
        let members = packed(call)?.as_chunks::<8>().0.iter().map(|c| i64::from_le_bytes(*c).to_string());
        Ok(format!("[{}]", members.collect::<Vec<_>>().join(",")))
    })?;
    connection.create_scalar_function("real_bits", 1, flags, |call| Ok(call.get::<f64>(0)?.to_bits().cast_signed()))?;
    connection.create_scalar_function("bits_real", 1, flags, |call| {
        Ok(f64::from_bits(call.get::<i64>(0)?.cast_unsigned()))
    })?;
    connection.create_scalar_function("xor", 2, flags, |call| Ok(call.get::<i64>(0)? ^ call.get::<i64>(1)?))
}

/// The first argument: numbers of eight bytes each, little-endian; none where it is null.
fn packed<'c>(call: &'c Context<'_>) -> Result<&'c [u8]> {
    match call.get_raw(0) {
        ValueRef::Blob(bytes) => Ok(bytes),
        ValueRef::Null => Ok(&[]),
        other => Err(Error::InvalidFunctionParameterType(0, other.data_type())),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_are_looked_into_and_bits_exchanged() {
        let connection = Connection::open_in_memory().unwrap();
        add(&connection).unwrap();
        let blob: Vec<u8> = [7i64, -1].iter().flat_map(|n| n.to_le_bytes()).collect();
        let ask = |sql: &str| connection.query_row(sql, [&blob], |row| row.get::<_, String>(0)).unwrap();
        assert_eq!(ask("SELECT ints_has(?1, 7) || ints_has(?1, -1) || ints_has(?1, 8) || ints_has(NULL, 7)"), "1100");
        assert_eq!(ask("SELECT ints_json(?1) || ints_json(NULL)"), "[7,-1][]");
        assert_eq!(ask("SELECT (bits_real(real_bits(0.1e0 + 0.2e0)) = 0.1e0 + 0.2e0) || length(?1)"), "116");
        assert_eq!(ask("SELECT xor(6, -3) || length(?1)"), format!("{}16", 6i64 ^ -3));
    }
}
