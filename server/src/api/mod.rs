//! The contract's handlers: a message in, an act to the clerk, its answer out with the receipt.
//!
//! Handlers hold no rule and no SQL. INVARIANT: every call of a known caller goes through the clerk, bad input too, so each leaves a record.

pub mod about;
pub mod administration;
pub mod audit;
pub mod booking;
pub mod call;
pub mod case;
pub mod consultation;
pub mod directory;
pub mod export;
pub mod fields;
pub mod interview;
pub mod listening_room;
pub mod protocol;
pub mod question;
pub mod status;
pub mod times;
pub mod token;
pub mod transport;
pub mod watch;
