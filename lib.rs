pub mod definition;
pub mod search;
