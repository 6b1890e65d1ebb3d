//! The house over the wire: a real client, real mutual TLS; each test asserts the answer, the state and the record.

mod bad_input;
mod canary;
mod conflicts;
mod day;
mod ending;
mod errors;
mod evidence;
mod export;
mod flood;
mod refusals;
mod repeats;
mod watch;
