//! The machine's clock, its time zone and its randomness: the one door to all three.
//!
//! What is decided with them is decided elsewhere, with the value as an argument.

use jiff::{Timestamp, tz::TimeZone};
use uuid::Uuid;

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "this is the client's one door to the clock")]
pub(crate) fn now() -> Timestamp {
    Timestamp::now()
}

/// The machine's time zone, for profiles that name none; UTC where the machine has none.
pub(crate) fn zone() -> TimeZone {
    TimeZone::try_system().unwrap_or(TimeZone::UTC)
}

/// A fresh request id: a UUID of version 7, which keeps the house's index of them in order.
#[expect(clippy::disallowed_methods, reason = "this is the client's one door to the clock and to randomness")]
pub(crate) fn request_id() -> Uuid {
    Uuid::now_v7()
}
