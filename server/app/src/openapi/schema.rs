//! Shapes: of our own resources, and of the standards' as far as a caller needs a hint. They stand as JSON
//! Schema in `schemas.json`.

use std::collections::BTreeMap;
use theriac_core::{Error, Result};
use utoipa::openapi::schema::{ObjectBuilder, SchemaType, Type};
use utoipa::openapi::{RefOr, Schema};

const TEXT: &str = include_str!("schemas.json");

pub fn all() -> Result<BTreeMap<String, RefOr<Schema>>> {
    serde_json::from_str(TEXT).map_err(Error::internal)
}

/// `string`, `integer`, `number`, `boolean`, or a format of strings such as `date-time`.
pub fn of_type(name: &str) -> RefOr<Schema> {
    let kind = match name {
        "integer" => Type::Integer,
        "number" => Type::Number,
        "boolean" => Type::Boolean,
        _ => Type::String,
    };
    let object = ObjectBuilder::new().schema_type(SchemaType::Type(kind));
    let format = (name == "date-time")
        .then_some(utoipa::openapi::SchemaFormat::KnownFormat(utoipa::openapi::KnownFormat::DateTime));
    RefOr::T(object.format(format).into())
}
