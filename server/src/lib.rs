//! The door of a Barnahus house: transport, identity and wiring.
//!
//! The life of an act, here `SubmitQuestion`:
//!
//! 1. [`tls`] accepts the connection and knows its certificate; [`quota`] hears the call or sends it away.
//! 2. [`api`] turns the message into a domain command, and reports every bad field at once.
//! 3. [`clerk`], the house's one writer, takes what waits as a group. For each act, on the state in memory: is it a repeat, may this caller
//!    (`policy`), does the house allow it (`domain`)? What is refused is recorded, too.
//! 4. [`record`] encodes what happened, [`keys`] seals its texts, `audit` hashes it into the tree and signs the checkpoint.
//! 5. `store` keeps the group with one commit.
//! 6. Only then watchers are woken and each act is answered, with its receipt.
//!
//! [`init`] founds a house, [`serve`] opens and serves it, [`demo`] plays a day on it.

pub mod api;
pub mod authority;
pub mod clerk;
pub mod clock;
pub mod config;
pub mod demo;
pub mod house_file;
pub mod init;
pub mod jobs;
pub mod keys;
pub mod outside;
pub mod quota;
pub mod record;
pub mod reserve;
pub mod serve;
pub mod tls;
