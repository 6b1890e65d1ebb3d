//! What the tests share: harnesses, never the rules themselves.

pub mod bench;
pub mod harness;
pub mod postgres;
