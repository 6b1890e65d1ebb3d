//! Instants and lengths of time between the domain's form and the contract's.

use barnahus_domain::Time;
use prost_types::{Duration, Timestamp};

/// The contract's form of an instant.
#[must_use]
pub fn timestamp(time: Time) -> Timestamp {
    let nanos = time.0.rem_euclid(1_000_000) * 1_000;
    Timestamp { seconds: time.0.div_euclid(1_000_000), nanos: i32::try_from(nanos).unwrap_or_default() }
}

/// The contract's form of so many microseconds.
#[must_use]
pub fn duration(micros: i64) -> Duration {
    let nanos = micros.rem_euclid(1_000_000) * 1_000;
    Duration { seconds: micros.div_euclid(1_000_000), nanos: i32::try_from(nanos).unwrap_or_default() }
}
