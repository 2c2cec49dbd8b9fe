//! In which form records are shown to a caller: the last step before bytes leave, the same on every road.

/// Part of a [`crate::Grant`]; what a profile does is said where profiles are known.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Default)]
pub enum View {
    /// As they were recorded.
    #[default]
    Identified,
    /// As the de-identification profile of this name leaves them.
    DeIdentified(String),
}

impl View {
    pub fn is_identified(&self) -> bool {
        *self == Self::Identified
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::grant::Grant;
    use crate::role::Role;

    #[test]
    fn records_are_shown_as_they_are_where_no_profile_was_named() {
        let mut grant = Grant::new(Role::Steward, "s", "mercy");
        assert!(grant.view.is_identified());
        grant.view = View::DeIdentified("safe-harbor".into());
        assert!(!grant.view.is_identified());
    }
}
