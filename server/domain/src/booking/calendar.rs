//! The calendar: what is blocked when.
//!
//! Finds nothing by itself and knows no reason. INVARIANT (B2): slots of one resource never overlap; touching edges are no overlap.

use std::collections::HashMap;

use crate::{
    id::{Alias, PostId, RoomId},
    time::Time,
};

/// Something that cannot be in two places.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A room.
    Room(RoomId),
    /// The person in a post.
    Post(PostId),
}

/// A time during which something is blocked, buffers included: from `from`, before `until`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) from: Time,
    pub(crate) until: Time,
    pub(crate) alias: Alias,
    pub(crate) interview: u32,
}

/// What is blocked when.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Calendar(HashMap<Resource, Vec<Slot>>);

impl Calendar {
    /// True if nothing blocks the resource in this time.
    #[must_use]
    pub fn is_free(&self, resource: &Resource, from: Time, until: Time) -> bool {
        self.0.get(resource).is_none_or(|slots| !slots.iter().any(|slot| slot.from < until && from < slot.until))
    }

    pub(crate) fn block(&mut self, resource: Resource, slot: Slot) {
        self.0.entry(resource).or_default().push(slot);
    }

    pub(crate) fn release(&mut self, resource: &Resource, alias: &Alias, interview: u32) {
        if let Some(slots) = self.0.get_mut(resource) {
            slots.retain(|slot| slot.alias != *alias || slot.interview != interview);
        }
    }

    /// Two overlapping slots of one resource, if the invariant is broken.
    #[cfg(test)]
    pub(crate) fn overlap(&self) -> Option<&Resource> {
        let clash = |slots: &[Slot]| {
            let pairs = slots.iter().enumerate().flat_map(|(at, slot)| slots.iter().skip(at + 1).map(move |other| (slot, other)));
            pairs.into_iter().any(|(slot, other)| slot.from < other.until && other.from < slot.until)
        };
        self.0.iter().find(|(_, slots)| clash(slots)).map(|(resource, _)| resource)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn slot(from: i64, until: i64, interview: u32) -> Slot {
        Slot { from: Time(from), until: Time(until), alias: Alias::new("VRM", 2026, 1), interview }
    }

    fn room() -> Resource {
        Resource::Room(RoomId::parse("interview-1").expect("an id"))
    }

    #[test]
    fn touching_edges_are_free_and_overlaps_are_not_b2() {
        let mut calendar = Calendar::default();
        calendar.block(room(), slot(10, 20, 1));
        for (from, until, free) in [(0, 10, true), (20, 30, true), (0, 11, false), (19, 30, false), (12, 15, false), (0, 30, false)] {
            assert_eq!(calendar.is_free(&room(), Time(from), Time(until)), free, "{from} to {until}");
        }
        let other = Resource::Post(PostId::parse("interview-1").expect("an id"));
        assert!(calendar.is_free(&other, Time(10), Time(20)), "a post is not the room of the same name");
    }

    #[test]
    fn releasing_frees_only_the_slots_of_that_interview() {
        let mut calendar = Calendar::default();
        calendar.block(room(), slot(10, 20, 1));
        calendar.block(room(), slot(30, 40, 2));
        calendar.release(&room(), &Alias::new("VRM", 2026, 1), 1);
        assert!(calendar.is_free(&room(), Time(10), Time(20)));
        assert!(!calendar.is_free(&room(), Time(30), Time(40)));
    }

    proptest! {
        #[test]
        fn blocking_only_what_is_free_never_overlaps_b2(wishes in prop::collection::vec((0i64..200, 1i64..40), 0..40)) {
            let mut calendar = Calendar::default();
            for (interview, (from, length)) in (1..).zip(wishes) {
                if calendar.is_free(&room(), Time(from), Time(from + length)) {
                    calendar.block(room(), slot(from, from + length, interview));
                }
            }
            prop_assert_eq!(calendar.overlap(), None);
        }
    }
}
