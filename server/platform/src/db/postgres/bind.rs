//! Values to PostgreSQL's binary form and back, by the column's own type.

use crate::db::Statement;
use crate::db::value::{Row, Value};
use std::error::Error as StdError;
use theriac_core::{Error, Result};
use tokio_postgres::types::private::BytesMut;
use tokio_postgres::types::{IsNull, ToSql, Type, to_sql_checked};

type Wrong = Box<dyn StdError + Sync + Send>;

impl ToSql for Value {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
        match self {
            Self::Null => Ok(IsNull::Yes),
            Self::Int(n) => int(*n, ty, out),
            Self::Real(n) => n.to_sql(ty, out),
            Self::Text(t) => t.to_sql(ty, out),
            Self::Bytes(b) => b.to_sql(ty, out),
            Self::Ints(v) if *ty == Type::INT4_ARRAY => narrow(v)?.to_sql(ty, out),
            Self::Ints(v) => v.to_sql(ty, out),
            Self::Reals(v) => v.to_sql(ty, out),
            Self::Texts(v) => v.to_sql(ty, out),
            Self::Blobs(v) => v.to_sql(ty, out),
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    to_sql_checked!();
}

fn int(n: i64, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Wrong> {
    match *ty {
        Type::INT8 => n.to_sql(ty, out),
        Type::INT4 => i32::try_from(n)?.to_sql(ty, out),
        Type::INT2 => i16::try_from(n)?.to_sql(ty, out),
        Type::BOOL => (n != 0).to_sql(ty, out),
        ref other => Err(format!("a number was bound where {other} is wanted").into()),
    }
}

fn narrow(numbers: &[i64]) -> Result<Vec<i32>, Wrong> {
    numbers.iter().map(|n| i32::try_from(*n).map_err(Into::into)).collect()
}

pub(super) fn params(statement: &Statement) -> impl ExactSizeIterator<Item = &Value> {
    statement.params.iter()
}

pub(in crate::db) fn borrowed(params: &[Value]) -> Vec<&(dyn ToSql + Sync)> {
    params.iter().map(|v| v as &(dyn ToSql + Sync)).collect()
}

pub(super) fn row(row: &tokio_postgres::Row) -> Result<Row> {
    (0..row.len()).map(|i| column(row, i)).collect::<Result<_>>().map(Row)
}

pub(crate) fn column(row: &tokio_postgres::Row, i: usize) -> Result<Value> {
    fn get<'r, T: tokio_postgres::types::FromSql<'r> + Into<Value>>(
        row: &'r tokio_postgres::Row,
        i: usize,
    ) -> Result<Value> {
        row.try_get::<_, Option<T>>(i).map(Into::into).map_err(Error::internal)
    }
    match *row.columns()[i].type_() {
        Type::INT8 => get::<i64>(row, i),
        Type::INT4 => get::<i32>(row, i),
        Type::INT2 => row.try_get::<_, Option<i16>>(i).map(|n| n.map(i32::from).into()).map_err(Error::internal),
        Type::BOOL => get::<bool>(row, i),
        Type::FLOAT8 => get::<f64>(row, i),
        Type::BYTEA => get::<Vec<u8>>(row, i),
        Type::INT8_ARRAY => get::<Vec<i64>>(row, i),
        Type::VOID => Ok(Value::Null),
        _ => get::<String>(row, i),
    }
}
