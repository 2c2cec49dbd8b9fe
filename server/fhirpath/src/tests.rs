//! The language over a model of a few rows.
