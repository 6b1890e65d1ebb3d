//! What happened: a Merkle log over opaque bytes, with proofs, signed notes and exports.
pub mod hash;
pub mod proof;
pub mod source;
pub mod tile;
pub mod tree;
pub mod verify;
#[cfg(test)]
mod naive;
