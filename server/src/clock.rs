//! The one door to the machine's clock and to randomness.
//!
//! Everything else takes `now` as an argument. A turned clock stands still until its holder turns it: for the demo and the tests.

use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};

use barnahus_domain::Time;

/// What a turned clock holds once it was let go.
const RELEASED: i64 = i64::MIN;

/// What time it is for a house.
#[derive(Debug, Clone)]
pub struct Clock {
    /// Absent for the machine's.
    turned: Option<Arc<AtomicI64>>,
}

impl Clock {
    /// The machine's clock.
    #[must_use]
    pub fn machine() -> Self {
        Self { turned: None }
    }

    /// A clock that stands at this time until it is turned.
    #[must_use]
    pub fn standing_at(time: Time) -> Self {
        Self { turned: Some(Arc::new(AtomicI64::new(time.0))) }
    }

    /// Turns a standing clock, for everyone who holds it. The machine's cannot be turned.
    pub fn turn_to(&self, time: Time) {
        if let Some(turned) = &self.turned {
            turned.store(time.0, Ordering::Release);
        }
    }

    /// Lets a standing clock go: it shows the machine's time from now on.
    pub fn release(&self) {
        self.turn_to(Time(RELEASED));
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Time {
        match self.turned.as_ref().map(|turned| turned.load(Ordering::Acquire)) {
            None | Some(RELEASED) => machine_now(),
            Some(standing) => Time(standing),
        }
    }
}

/// The machine's time.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
fn machine_now() -> Time {
    Time(jiff::Timestamp::now().as_microsecond())
}

/// Random bytes from the operating system.
///
/// # Errors
/// If it has none; nothing secret must be made then.
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn random<const N: usize>() -> Result<[u8; N], RandomError> {
    let mut bytes = [0; N];
    aws_lc_rs::rand::fill(&mut bytes).map_err(|_| RandomError)?;
    Ok(bytes)
}

/// A UUIDv7 for a request.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "this is the door")]
pub fn request_id() -> uuid::Uuid {
    uuid::Uuid::now_v7()
}

/// The operating system gave no randomness.
#[derive(Debug, Clone, Copy, thiserror::Error)]
#[error("the operating system gives no random bytes: restart the machine, and do not use the house before")]
pub struct RandomError;
