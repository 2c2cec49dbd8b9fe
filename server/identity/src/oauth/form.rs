//! The parameters of a request: each once at most (OAuth 2.1, 3.1), empty ones as if they were not there, unknown ones
//! passed over, as the standard demands of both addresses.

use super::error::refused;
use theriac_core::Result;

#[derive(Debug, Clone, Default)]
pub(crate) struct Form(Vec<(String, String)>);

impl Form {
    pub fn new(pairs: Vec<(String, String)>) -> Result<Self> {
        let pairs: Vec<_> = pairs.into_iter().filter(|(_, value)| !value.is_empty()).collect();
        let twice = |at: usize| pairs[..at].iter().any(|(name, _)| *name == pairs[at].0);
        if (0..pairs.len()).any(twice) {
            return Err(refused("invalid_request", "a parameter is given more than once"));
        }
        Ok(Self(pairs))
    }

    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str())
    }

    /// # Errors
    /// `invalid_request`, naming it.
    pub fn need(&self, name: &str) -> Result<&str> {
        self.get(name).ok_or_else(|| refused("invalid_request", format!("the parameter {name} is needed")))
    }

    pub fn pairs(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }
}

/// Writes `a=b&c=d`.
pub(crate) fn query<'a>(pairs: impl IntoIterator<Item = (&'a str, &'a str)>) -> String {
    let pairs: Vec<String> =
        pairs.into_iter().map(|(name, value)| format!("{}={}", encode(name), encode(value))).collect();
    pairs.join("&")
}

pub(crate) fn encode(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b if b.is_ascii_alphanumeric() || b"-._~".contains(&b) => out.push(b as char),
            b => out.push_str(&format!("%{b:02X}")),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(pairs: &[(&str, &str)]) -> Result<Form> {
        Form::new(pairs.iter().map(|(n, v)| ((*n).to_owned(), (*v).to_owned())).collect())
    }

    #[test]
    fn a_parameter_counts_once_and_not_when_empty() {
        let some = form(&[("a", "1"), ("b", ""), ("b", "2")]).unwrap();
        assert_eq!((some.get("a"), some.get("b"), some.get("c")), (Some("1"), Some("2"), None));
        assert_eq!(some.need("c").unwrap_err().guard, Some("invalid_request"));
        assert!(form(&[("a", "1"), ("a", "1")]).is_err());
    }

    #[test]
    fn what_is_written_is_safe_in_an_address() {
        assert_eq!(query([("a b", "é&=/"), ("x", "~")]), "a%20b=%C3%A9%26%3D%2F&x=~");
    }
}
