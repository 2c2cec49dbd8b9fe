//! The schema, step by step, on both engines.
