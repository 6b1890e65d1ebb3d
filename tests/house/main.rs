//! The house over the wire: a real client, real mutual TLS; each test asserts the answer, the state and the record.

mod conflicts;
mod day;
mod ending;
mod evidence;
mod refusals;
mod repeats;
