//! One file each; the rows are in [`crate::table`].

pub mod capture;
pub mod charts;
pub mod crud;
pub mod fanout;
pub mod import;
pub mod items;
pub mod month;
pub mod population;
pub mod question;
pub mod read;
pub mod readings;
pub mod rules;
pub mod seal;
pub mod search;
pub mod sensors;
pub mod shape;
pub mod size;
pub mod startup;
pub mod subscription;
pub mod view;

pub const FHIR: &str = "application/fhir+json";
