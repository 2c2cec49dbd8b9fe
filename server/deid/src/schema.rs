//! The types of a standard, as far as rules must know them. `deid` stands below the standards and is told.

/// One member of a type.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Member {
    /// As in JSON: `valueQuantity`.
    pub name: &'static str,
    /// As in paths: `value`.
    pub element: &'static str,
    /// The name of its type; parts of a resource are named by their path, `Patient.contact`.
    pub target: &'static str,
}

pub trait Schema: Send + Sync {
    /// Every type of record there is.
    fn resources(&self) -> Vec<&'static str>;
    fn members(&self, of: &str) -> Vec<Member>;
    fn base(&self, of: &str) -> Option<&'static str>;
    fn is_primitive(&self, name: &str) -> bool;
    /// May any record stand there? (`Resource`, of contained and of Bundle entries)
    fn is_any(&self, name: &str) -> bool;
    fn is_type(&self, name: &str) -> bool;
}
