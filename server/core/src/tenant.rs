//! Who owns a record: the tenant, known by a lower-case slug in addresses and by a number in tables.

use crate::{Error, Result};

/// Names that would collide with an address of the server itself.
pub const RESERVED: &[&str] =
    &["admin", "api", "auth", "docs", "feed", "healthz", "metrics", "openapi", "readyz", "system", "theriac", "www"];

/// A tenant as the database knows it. `key` leads every primary key.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Tenant {
    pub key: i32,
    pub name: std::sync::Arc<str>,
}

impl Tenant {
    pub fn new(key: i32, name: &str) -> Self {
        Self { key, name: name.into() }
    }
}

/// Checks a tenant's name: 2 to 40 of `a-z 0-9 -`, starting with a letter, not reserved.
///
/// # Errors
/// `Invalid`, saying which rule is broken.
pub fn check_name(name: &str) -> Result<()> {
    let well_formed = (2..=40).contains(&name.len())
        && name.bytes().all(|b| b.is_ascii_lowercase() || b.is_ascii_digit() || b == b'-')
        && name.as_bytes()[0].is_ascii_lowercase()
        && !name.ends_with('-');
    if !well_formed {
        return Err(Error::invalid(
            "a tenant's name has 2 to 40 characters of a-z, 0-9 and '-', starts with a letter and does not end with '-'",
        ));
    }
    if RESERVED.contains(&name) {
        return Err(Error::invalid(format!("'{name}' is reserved for the server's own addresses")));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::check_name;

    #[test]
    fn accepts_slugs_and_refuses_the_rest() {
        for good in ["demo", "mercy", "plant7", "a1", "north-west"] {
            assert!(check_name(good).is_ok(), "{good}");
        }
        for bad in ["", "a", "Mercy", "7plant", "demo-", "de mo", "docs", "x/../y", &"a".repeat(41)] {
            assert!(check_name(bad).is_err(), "{bad}");
        }
    }
}
