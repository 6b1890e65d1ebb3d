//! What is allowed in a Barnahus house: a pure state machine.
//!
//! 1. A [`Command`] comes with the [`Permit`](barnahus_policy::Permit) that the policies gave for it.
//! 2. [`decide`] looks at the [`House`] as it is now, and answers with an event and the texts to seal, or with a [`Refusal`].
//! 3. [`House::apply`] changes the house by an event that is durable. Nothing else changes it.
//! 4. [`view`] shows one person what they may see of it.
//!
//! No clock, no randomness, no I/O, no contract: all of these are arguments. INVARIANT: the house is what you get by applying the
//! records of its log in order, and holds no private text: texts are named by the record that they were sealed with.

mod apply;
pub mod booking;
pub mod case;
pub mod code;
pub mod command;
pub mod consultation;
pub mod directory;
pub mod event;
pub mod facts;
pub mod house;
pub mod id;
mod identity_number;
pub mod interview;
pub mod protocol;
pub mod question;
pub mod room;
#[cfg(test)]
mod sample_house;
pub mod text;
pub mod time;
pub mod view;

pub use apply::ApplyError;
pub use command::{By, Command, Decided, Refusal, Seal, decide};
pub use event::{Event, Stamp};
pub use facts::Actor;
pub use house::House;
pub use id::{Alias, AuthorityId, HouseId, PersonId, PostId, RoomId, Target};
pub use time::Time;
