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
