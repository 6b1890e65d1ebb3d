//! Applying a durable record: the only thing that changes a house.
//!
//! Decides nothing and reads no clock. INVARIANT: keeps an arm for every event that was ever written; the same records give the same house.

use barnahus_policy::{Part, Protection, Role};

use crate::{
    booking, case, consultation, directory,
    event::{Event, HouseHappened, Stamp},
    house::House,
    id::Target,
    question, room,
    time::Time,
};

/// Why a record cannot be applied: the log does not fit the house that it made.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ApplyError {
    /// Records come in order, none left out.
    #[error("record {found} came where record {expected} was due: the store has a gap")]
    OutOfOrder {
        /// The index that was due.
        expected: u64,
        /// The index that came.
        found: u64,
    },
    /// Time never decreases.
    #[error("record {0} is older than the one before it")]
    TimeFell(u64),
    /// It speaks of what is not there.
    #[error("record {0} speaks of something that the records before it did not make")]
    Senseless(u64),
}

impl House {
    /// Applies the next record. Records without an event (reads, refusals) only take their place.
    ///
    /// # Errors
    /// If the record does not fit; the house must not be used then.
    pub fn apply(&mut self, stamp: &Stamp, event: Option<&Event>) -> Result<(), ApplyError> {
        if stamp.index != self.size {
            return Err(ApplyError::OutOfOrder { expected: self.size, found: stamp.index });
        }
        if self.last_at.is_some_and(|last: Time| stamp.at < last) {
            return Err(ApplyError::TimeFell(stamp.index));
        }
        if event.is_some_and(|event| !self.apply_event(stamp, event)) {
            return Err(ApplyError::Senseless(stamp.index));
        }
        self.size += 1;
        self.last_at = Some(stamp.at);
        self.touch(stamp, event);
        Ok(())
    }

    fn apply_event(&mut self, stamp: &Stamp, event: &Event) -> bool {
        match (event, &stamp.target) {
            (Event::House(HouseHappened::Founded { definition }), _) => self.definition.replace((**definition).clone()).is_none(),
            (Event::House(_), _) => true,
            (Event::Directory(happened), Target::Person(person)) => directory::apply(self, person, stamp, happened),
            (Event::Case(happened), Target::Case(alias)) => {
                self.cases.get_mut(alias).is_some_and(|case| case::apply(case, stamp, happened))
            }
            (Event::Consultation(happened), Target::Consultation(alias, number)) => {
                consultation::apply(self, alias, *number, stamp, happened)
            }
            (Event::Interview(happened), Target::Interview(alias, number)) => booking::apply(self, alias, *number, stamp, happened),
            (Event::Room(happened), Target::Interview(alias, number)) => {
                let leader = self.cases.get(alias).and_then(|case| case.leader.clone());
                self.interview_mut(alias, *number).is_some_and(|interview| room::apply(interview, leader.as_ref(), stamp, happened))
            }
            (Event::Question(happened), Target::Question(alias, number, question)) => {
                self.interview_mut(alias, *number).is_some_and(|interview| question::apply(interview, *question, stamp, happened))
            }
            _ => false,
        }
    }

    fn interview_mut(&mut self, alias: &crate::id::Alias, number: u32) -> Option<&mut crate::interview::Interview> {
        let position = usize::try_from(number.checked_sub(1)?).ok()?;
        self.cases.get_mut(alias)?.interviews.get_mut(position)
    }

    /// Which authorities had a hand in a case: their auditors may know of it. Whoever was turned away at the door had none (A2, C3).
    fn touch(&mut self, stamp: &Stamp, event: Option<&Event>) {
        let case = stamp.target.case().and_then(|alias| self.cases.get_mut(alias));
        let (Some(case), Some(authority)) = (case, &stamp.authority) else { return };
        let hosts = stamp.role == Some(Role::Coordinator) && case.protection == Protection::None;
        let hand = event.is_some() || hosts || !matches!(stamp.part, Part::None | Part::Blocked);
        if hand && !case.touched_by.contains(authority) {
            case.touched_by.insert(authority.clone());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        AuthorityId,
        facts::Actor,
        question,
        sample_house::{Failed, Point, SampleHouse, authority, post},
    };

    fn stamp_after(day: &SampleHouse) -> Stamp {
        let (last, _) = day.log.last().expect("a record");
        Stamp { index: last.index + 1, ..last.clone() }
    }

    #[test]
    fn records_come_in_order_and_time_never_falls_c7() {
        let mut day = SampleHouse::at(Point::Requested);
        let next = stamp_after(&day);
        for index in [next.index - 1, next.index + 1] {
            let error = day.house.apply(&Stamp { index, ..next.clone() }, None);
            assert_eq!(error, Err(ApplyError::OutOfOrder { expected: next.index, found: index }));
        }
        let earlier = Stamp { at: next.at.plus_us(-1), ..next.clone() };
        assert_eq!(day.house.apply(&earlier, None), Err(ApplyError::TimeFell(next.index)));
        day.house.apply(&next, None).expect("in order");
        assert_eq!((day.house.size(), day.house.last_at()), (next.index + 1, Some(next.at)));
    }

    #[test]
    fn an_event_about_something_else_or_nothing_makes_no_sense() {
        let day = SampleHouse::at(Point::Requested);
        let next = stamp_after(&day);
        let event = Event::Question(question::Happened::Withdrawn);
        for target in [Target::House, Target::Case(day.alias.clone()), Target::Question(day.alias.clone(), 1, 1)] {
            let mut house = day.house.clone();
            assert_eq!(house.apply(&Stamp { target, ..next.clone() }, Some(&event)), Err(ApplyError::Senseless(next.index)));
        }
        let again = day.log.first().and_then(|(_, event)| event.clone());
        assert_eq!(day.house.clone().apply(&next, again.as_ref()), Err(ApplyError::Senseless(next.index)), "founded once");
    }

    #[test]
    fn whoever_is_turned_away_at_the_door_had_no_hand_in_the_case_c3() {
        let touched = |day: &SampleHouse, id: &str| day.the_case().touched_by.contains(&authority(id));
        let mut day = SampleHouse::at(Point::Requested);
        assert!(touched(&day, "Kil"));
        assert_eq!(day.case("welfare-torsby-1", crate::case::Command::RecordGuardiansInformed), Err(Failed::NotFound));
        assert!(!touched(&day, "Torsby"), "or its auditor would learn of the case");
        day.hold(&["prosecutor-1", "investigator-1"]);
        assert!(touched(&day, "Karlstad"));
        let reader = Actor { post: post("investigator-1"), authority: police(), ..actor(&day) };
        day.record(Some(&reader), Target::Case(day.alias.clone()), None);
        assert!(touched(&day, "police"), "reading with a part in it is a hand in it");
    }

    fn police() -> AuthorityId {
        authority("police")
    }

    fn actor(day: &SampleHouse) -> Actor {
        let person = day.house.person(&crate::sample_house::person("investigator-1")).expect("enrolled");
        let target = Target::Case(day.alias.clone());
        let actors = day.house.actors(person, crate::directory::Fingerprint([0; 32]), &target, day.now);
        actors.first().expect("a capacity").clone()
    }
}
