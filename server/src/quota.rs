//! Quotas: how fast one person may call. They stand before the clerk, so that nobody floods a log that cannot be deleted.
//!
//! Decides nothing about rights. INVARIANT: what protects the child has a quota of its own, which other calls do not use up.

use std::{
    collections::HashMap,
    num::NonZeroU32,
    sync::{Mutex, PoisonError},
    time::Duration,
};

use barnahus_domain::{Event, Time, directory::Fingerprint, event::HouseHappened};
use barnahus_proto::Method;
use governor::{DefaultKeyedRateLimiter, Quota as Rate, RateLimiter, clock::Clock as _, clock::DefaultClock};

use crate::clerk::goes_first;

/// Refused unheard.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Throttled {
    /// When the next call is heard.
    pub wait: Duration,
}

/// Calls per person.
pub struct Quota {
    usual: DefaultKeyedRateLimiter<Fingerprint>,
    first: DefaultKeyedRateLimiter<Fingerprint>,
    refused: Mutex<HashMap<(Fingerprint, &'static str), Refused>>,
    clock: DefaultClock,
}

/// Calls refused unheard since the last record of them.
#[derive(Debug, Clone, Copy)]
struct Refused {
    count: u64,
    first: Time,
    last: Time,
}

impl Quota {
    /// So many calls a second, and so many at once.
    #[must_use]
    pub fn new(per_second: NonZeroU32, burst: NonZeroU32) -> Self {
        let rate = Rate::per_second(per_second).allow_burst(burst);
        Self { usual: RateLimiter::keyed(rate), first: RateLimiter::keyed(rate), refused: Mutex::default(), clock: DefaultClock::default() }
    }

    /// Takes one call of this person's share.
    ///
    /// # Errors
    /// If the share is used up.
    pub fn take(&self, session: &Fingerprint, method: &'static Method, now: Time) -> Result<(), Throttled> {
        let limiter = if goes_first(method.name) { &self.first } else { &self.usual };
        limiter.check_key(session).map_err(|until| {
            let mut refused = self.refused.lock().unwrap_or_else(PoisonError::into_inner);
            let entry = refused.entry((*session, method.path)).or_insert(Refused { count: 0, first: now, last: now });
            entry.count += 1;
            entry.last = now;
            Throttled { wait: until.wait_time_from(self.clock.now()) }
        })
    }

    /// What was refused since this was asked last, one event for each person and method; forgets those who call no more.
    pub fn drain(&self) -> Vec<Event> {
        self.usual.retain_recent();
        self.first.retain_recent();
        let refused = std::mem::take(&mut *self.refused.lock().unwrap_or_else(PoisonError::into_inner));
        let event = |((session, method), refused): ((Fingerprint, &str), Refused)| {
            let Refused { count, first, last } = refused;
            Event::House(HouseHappened::Throttled { session: session.short(), method: method.to_owned(), count, first, last })
        };
        refused.into_iter().map(event).collect()
    }
}
