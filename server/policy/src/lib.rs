//! Who may: facts in, a permit or a denial out.
//!
//! The rules stand in `policies/*.cedar` and their schema, one file per noun, and are meant to be read by a lawyer. This crate
//! loads them, checks them strictly against the schema, and decides.
//!
//! It does not know who anybody is. The caller states the [`Facts`] (role, part, phase …), which hold no identity; finding them,
//! recording the decision and choosing the answer that an outsider gets are others' work. It does no I/O and reads no clock:
//! the policies are part of the program.
//!
//! INVARIANT: what no policy permits is denied (A1). INVARIANT: any error in evaluating denies and alarms (A4).
//! INVARIANT: a decision depends on the policy set, the permission and the facts, on nothing else: so it may be remembered.
//! INVARIANT: a [`Permit`] is made here only.

mod decision;
mod facts;
mod load;
mod permission;
mod request;
mod set;
#[cfg(test)]
mod tests;

pub use decision::{Denial, Permit};
pub use facts::{Facts, Part, Phase, Protection, Role, UnknownWord};
pub use permission::Permission;
pub use set::{PolicyError, PolicySet};
