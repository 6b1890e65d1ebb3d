//! Who of those in the room is cut off: the house finds it at its heartbeats.
//!
//! INVARIANT (L2): a lost connection is recorded, checks nobody out, and coming back needs nobody's leave.

use std::collections::BTreeSet;

use super::Happened;
use crate::{
    id::PersonId,
    interview::{Connection, Interview},
};

/// What has changed since the newest record of it, by who watches here now; none where nothing has. `ours` are those whose live view no
/// other server can have.
#[must_use]
pub fn connections(interview: &Interview, watching: &BTreeSet<PersonId>, ours: impl Fn(&PersonId) -> bool) -> Option<Happened> {
    if interview.ended_at.is_some() {
        return None;
    }
    let seats = || interview.observers.iter().filter(|observer| observer.is_present());
    let person = |observer: &crate::interview::Observer| observer.person.clone();
    let stands = seats().filter(|observer| observer.connection != Connection::Stands && watching.contains(&observer.person));
    let cut = |observer: &&crate::interview::Observer| observer.connection == Connection::Stands && !watching.contains(&observer.person);
    let lost = seats().filter(cut).filter(|observer| ours(&observer.person));
    let (stand, lost): (Vec<_>, Vec<_>) = (stands.map(person).collect(), lost.map(person).collect());
    (!stand.is_empty() || !lost.is_empty()).then_some(Happened::Connections { stand, lost })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        event::Event,
        id::Target,
        room::Command,
        sample_house::{Point, SampleHouse, person},
    };

    #[test]
    fn a_lost_connection_is_found_once_checks_nobody_out_and_comes_back_l2() {
        let mut day = SampleHouse::at(Point::Live);
        let id = person("welfare-kil-1");
        let target = Target::Interview(day.alias.clone(), 1);
        let (here, nobody) = (BTreeSet::from([id.clone(), person("coordinator-1")]), BTreeSet::new());
        let found = |day: &SampleHouse, watching: &BTreeSet<PersonId>| connections(day.interview(), watching, |_| true);
        assert_eq!(found(&day, &nobody), None, "who never watched has lost nothing");
        let begun = found(&day, &here).expect("begun");
        assert_eq!(begun, Happened::Connections { stand: vec![id.clone()], lost: Vec::new() });
        let version = day.interview().changed;
        day.record(None, target.clone(), Some(Event::Room(begun)));
        assert_eq!(found(&day, &here), None);
        assert_eq!(connections(day.interview(), &nobody, |_| false), None, "another server may have it");
        let lost = found(&day, &nobody).expect("lost");
        assert_eq!(lost, Happened::Connections { stand: Vec::new(), lost: vec![id.clone()] });
        day.record(None, target, Some(Event::Room(lost)));
        let seat = day.interview().observer(&id).expect("a seat");
        assert!(seat.is_present() && seat.connection == Connection::Lost(day.now));
        assert_eq!(day.interview().changed, version, "nobody's etag is stale for it");
        assert!(found(&day, &nobody).is_none() && found(&day, &here).is_some());
        day.room("welfare-kil-1", Command::CheckOut).expect("out");
        assert!(found(&day, &nobody).is_none() && found(&day, &here).is_none(), "who is not in the room has no line to lose");
    }
}
