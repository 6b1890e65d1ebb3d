//! The house over the wire: a real client, real mutual TLS; each test asserts the answer, the state and the record.

mod day;
mod evidence;
