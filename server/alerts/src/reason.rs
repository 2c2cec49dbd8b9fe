//! The reason that a person gives, which becomes part of the record.

use theriac_core::{Error, Result};

const MOST: usize = 2_000;

pub(crate) fn given(text: &str) -> Result<String> {
    let reason = text.trim();
    match reason.chars().count() {
        1..=MOST => Ok(reason.to_owned()),
        0 => Err(Error::invalid("a reason is needed: {\"reason\":\"what was found and done\"}").at("reason")),
        long => Err(Error::invalid(format!("the reason has {long} characters; at most {MOST}")).at("reason")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_is_needed_and_bounded() {
        assert_eq!(given(" die cleaned ").unwrap(), "die cleaned");
        assert!(given("  ").unwrap_err().message.contains("needed"));
        assert!(given(&"é".repeat(2_000)).is_ok());
        assert!(given(&"é".repeat(2_001)).unwrap_err().message.contains("at most 2000"));
    }
}
