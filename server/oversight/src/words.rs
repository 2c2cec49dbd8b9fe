//! Words that a person gives for the record: why, and what was found.

use theriac_core::{Error, Result};

const MOST: usize = 2_000;

/// # Errors
/// `Invalid`, naming the member and what would be right.
pub(crate) fn given(text: &str, member: &str) -> Result<String> {
    let words = text.trim();
    match words.chars().count() {
        1..=MOST => Ok(words.to_owned()),
        0 => {
            Err(Error::invalid(format!("'{member}' is needed: say in words what another person should know"))
                .at(member))
        }
        long => Err(Error::invalid(format!("'{member}' has {long} characters; at most {MOST}")).at(member)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_are_needed_and_bounded() {
        assert_eq!(given(" unconscious, no relatives ", "reason").unwrap(), "unconscious, no relatives");
        assert!(given(" ", "reason").unwrap_err().to_string().contains("'reason' is needed"));
        assert!(given(&"é".repeat(2_000), "comment").is_ok());
        assert!(given(&"é".repeat(2_001), "comment").unwrap_err().message.contains("at most 2000"));
    }
}
