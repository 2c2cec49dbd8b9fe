//! Values on their way in and out. Times are `Int` (microseconds), booleans are `Int` 0 or 1 on the way out.

use theriac_core::{Error, Instant, Result};

/// A parameter or a column's content.
#[derive(Debug, Clone, PartialEq, Default)]
pub enum Value {
    #[default]
    Null,
    Int(i64),
    Real(f64),
    Text(String),
    Bytes(Vec<u8>),
    /// `bigint[]`; on SQLite a blob of little-endian 64-bit numbers when bound as one value.
    Ints(Vec<i64>),
    Reals(Vec<f64>),
    Texts(Vec<String>),
    Blobs(Vec<Vec<u8>>),
}

impl Value {
    /// The number of members of an array value.
    pub(super) fn len(&self) -> Option<usize> {
        match self {
            Self::Ints(v) => Some(v.len()),
            Self::Reals(v) => Some(v.len()),
            Self::Texts(v) => Some(v.len()),
            Self::Blobs(v) => Some(v.len()),
            _ => None,
        }
    }
}

macro_rules! into_value {
    ($($from:ty => $make:expr),* $(,)?) => {$(
        impl From<$from> for Value {
            fn from(v: $from) -> Self { ($make)(v) }
        }
    )*};
}

into_value! {
    i64 => Value::Int,
    i32 => |v| Value::Int(i64::from(v)),
    u32 => |v| Value::Int(i64::from(v)),
    bool => |v| Value::Int(i64::from(v)),
    f64 => Value::Real,
    String => Value::Text,
    &str => |v: &str| Value::Text(v.to_owned()),
    Vec<u8> => Value::Bytes,
    Vec<i64> => Value::Ints,
    Vec<f64> => Value::Reals,
    Vec<String> => Value::Texts,
    Vec<Vec<u8>> => Value::Blobs,
    Instant => |v: Instant| Value::Int(v.0),
}

impl<T: Into<Value>> From<Option<T>> for Value {
    fn from(v: Option<T>) -> Self {
        v.map_or(Self::Null, Into::into)
    }
}

/// One row of an answer. A wrong column or type is our own mistake and an `Internal` error.
#[derive(Debug, Clone, Default)]
pub struct Row(pub(super) Vec<Value>);

macro_rules! getter {
    ($(#[$doc:meta])* $name:ident, $maybe:ident, $variant:ident, $out:ty) => {
        $(#[$doc])*
        ///
        /// # Errors
        /// `Internal` if the column is null or of another type.
        pub fn $name(&mut self, column: usize) -> Result<$out> {
            self.$maybe(column)?.ok_or_else(|| Error::internal(format!("column {column} is null")))
        }

        /// As above, null is `None`.
        ///
        /// # Errors
        /// `Internal` if the column is of another type.
        pub fn $maybe(&mut self, column: usize) -> Result<Option<$out>> {
            match self.0.get_mut(column).map(std::mem::take) {
                Some(Value::$variant(v)) => Ok(Some(v)),
                Some(Value::Null) => Ok(None),
                other => Err(Error::internal(format!("column {column} holds {other:?}"))),
            }
        }
    };
}

impl Row {
    getter!(/// A number; taken out of the row.
        int, maybe_int, Int, i64);
    getter!(/// A text; taken out of the row.
        text, maybe_text, Text, String);
    getter!(/// Bytes; taken out of the row.
        bytes, maybe_bytes, Bytes, Vec<u8>);
    getter!(/// A real number; taken out of the row.
        real, maybe_real, Real, f64);

    /// A time.
    ///
    /// # Errors
    /// `Internal` if the column is null or not a number.
    pub fn instant(&mut self, column: usize) -> Result<Instant> {
        self.int(column).map(Instant)
    }

    /// An array of numbers, however the engine keeps it.
    ///
    /// # Errors
    /// `Internal` if the column holds something else.
    pub fn ints(&mut self, column: usize) -> Result<Vec<i64>> {
        match self.0.get_mut(column).map(std::mem::take) {
            Some(Value::Ints(v)) => Ok(v),
            Some(Value::Bytes(packed)) => Ok(unpack(&packed)),
            other => Err(Error::internal(format!("column {column} holds {other:?}"))),
        }
    }
}

/// Numbers as SQLite keeps an array: little-endian, eight bytes each.
pub(super) fn pack(numbers: &[i64]) -> Vec<u8> {
    numbers.iter().flat_map(|n| n.to_le_bytes()).collect()
}

fn unpack(bytes: &[u8]) -> Vec<i64> {
    bytes.as_chunks::<8>().0.iter().map(|c| i64::from_le_bytes(*c)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arrays_survive_packing() {
        let numbers = vec![0, -1, i64::MIN, i64::MAX, 42];
        assert_eq!(unpack(&pack(&numbers)), numbers);
    }

    #[test]
    fn a_wrong_type_is_our_mistake_not_a_panic() {
        let mut row = Row(vec![Value::Text("x".into()), Value::Null]);
        assert_eq!(row.int(0).unwrap_err().status(), 500);
        assert_eq!(row.maybe_int(1).unwrap(), None);
        assert_eq!(row.int(9).unwrap_err().status(), 500);
    }
}
