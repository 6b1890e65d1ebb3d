//! Instants, as microseconds of UTC. Reads no clock and knows no calendar.

use serde::{Deserialize, Serialize};

/// An instant: microseconds since 1970-01-01T00:00:00Z.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Time(pub i64);

/// Microseconds in a minute.
pub const MINUTE_US: i64 = 60_000_000;
/// Microseconds in a day of 24 hours.
pub const DAY_US: i64 = 24 * 60 * MINUTE_US;

impl Time {
    /// Later than anything.
    pub const MAX: Self = Self(i64::MAX);

    /// This instant, later by so many microseconds; stays at the bounds.
    #[must_use]
    pub fn plus_us(self, micros: i64) -> Self {
        Self(self.0.saturating_add(micros))
    }

    /// Microseconds from `earlier` to this instant, negative if it is later.
    #[must_use]
    pub fn since_us(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}
