//! The forensic interview as a thing: its stage, its people, its breaks, its questions; a seat is `seat`.
//!
//! Holds no rule about who may move it; booking and the listening room do.

mod seat;

use std::collections::BTreeMap;

use barnahus_policy::{Part, Phase, Role};

use crate::{
    case::Seat,
    code::{AbsenceReason, Deviation, EndReason, InterviewKind},
    id::{PersonId, PostId, RoomId},
    question::Question,
    time::{DAY_US, Time},
    view::RoleCount,
};

pub use seat::{Connection, Observer, Seated};

/// How far an interview has come (B1). READY is not a stage of its own: see [`Interview::is_ready`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stage {
    /// Rooms and people are blocked; answers are awaited.
    Tentative,
    /// Confirmed by the leader.
    Confirmed,
    /// The interviewer and the child talk.
    InProgress,
    /// Break: the interviewer receives what was approved.
    Break,
    /// The closing check runs.
    Closing,
    /// Interrupted.
    Interrupted,
    /// Ended.
    Ended,
    /// Every question has its fate, every role its sign-off.
    Documented,
}

impl Stage {
    /// As people say it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Tentative => "TENTATIVE",
            Self::Confirmed => "CONFIRMED",
            Self::InProgress => "IN_PROGRESS",
            Self::Break => "BREAK",
            Self::Closing => "CLOSING",
            Self::Interrupted => "INTERRUPTED",
            Self::Ended => "ENDED",
            Self::Documented => "DOCUMENTED",
        }
    }
}

/// How far from the booked time an interview starts as it was booked: beyond, it is another day's, or another interview was meant.
const OFF_THE_BOOKING_US: i64 = DAY_US / 2;

/// One interview.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Interview {
    /// From 1 within the case.
    pub number: u32,
    /// What kind.
    pub kind: InterviewKind,
    /// How far it has come.
    pub stage: Stage,
    /// The booked rooms.
    pub rooms: Vec<RoomId>,
    /// Start of the booked time.
    pub starts_at: Time,
    /// End of the booked time.
    pub ends_at: Time,
    /// Who was asked.
    pub invitations: Vec<Invitation>,
    /// The end of the disclosure ban, where one is ordered.
    pub ban_until: Option<Time>,
    /// The record that the ban's scope is sealed with.
    pub ban_index: Option<u64>,
    /// The record that seals the leader's note on the defence, if there is one.
    pub defence_note_index: Option<u64>,
    /// Everyone with a seat in the listening room, and the interviewer.
    pub observers: Vec<Observer>,
    /// When the leader confirmed it.
    pub confirmed_at: Option<Time>,
    /// When the roster was frozen.
    pub roster_frozen_at: Option<Time>,
    /// Each time that the child was told who listens.
    pub informed: Vec<Informed>,
    /// When it started; offsets count from here.
    pub started_at: Option<Time>,
    /// When the house recorded that.
    pub start_recorded_at: Option<Time>,
    /// The recording's reference.
    pub recording_reference: Option<String>,
    /// What was missing at the start (B6), or until the end.
    pub deviations: Vec<Deviation>,
    /// The record that the reason for the deviations is sealed with.
    pub deviation_index: Option<u64>,
    /// The breaks, in order.
    pub breaks: Vec<Break>,
    /// When the leader asked for a break that has not come yet (L7).
    pub break_requested_at: Option<Time>,
    /// Whether the leader allows single notes outside breaks (L8).
    pub notes_allowed: bool,
    /// These notes, in order, each a batch of one.
    pub notes: Vec<Batch>,
    /// When it ended.
    pub ended_at: Option<Time>,
    /// Why it ended.
    pub end_reason: Option<EndReason>,
    /// When the interviewer confirmed the fates.
    pub fates_confirmed_at: Option<Time>,
    /// When the documentation was closed.
    pub documented_at: Option<Time>,
    /// The interview that it follows (B7).
    pub follows: Option<u32>,
    /// The leader's decision that another interview follows (B7).
    pub further: Option<Further>,
    /// The closing of the protocol (L13).
    pub closed: Option<Closed>,
    /// The records that remarks on the closed protocol are sealed with, each with its author.
    pub remarks: Vec<(u64, PersonId)>,
    /// The record that last changed it, its questions aside.
    pub changed: u64,
    /// Who said last that they do not come, and why; whoever is asked instead takes their place among the invitations.
    pub(crate) declined: BTreeMap<PersonId, AbsenceReason>,
    /// How many questions, new wordings of them and objections each person has written.
    pub(crate) written: BTreeMap<PersonId, u32>,
    pub(crate) questions: Vec<Question>,
    /// Kept, not counted anew: after every question every watcher is told.
    pub(crate) counts: BTreeMap<Role, RoleCount>,
}

/// That the child was told who listens. It counts for whoever had come by then, by what is claimed and by what the house recorded: a claim
/// makes nobody known to the child (B6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Informed {
    /// When.
    pub happened_at: Time,
    /// When the house recorded it.
    pub recorded_at: Time,
}

/// The leader's decision that another interview follows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Further {
    /// Of what kind.
    pub kind: InterviewKind,
    /// When it was decided.
    pub decided_at: Time,
    /// The record that its reason is sealed with.
    pub index: u64,
}

/// The closing of an interview's protocol.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Closed {
    /// The record that says so.
    pub index: u64,
    /// When.
    pub at: Time,
    /// SHA-256 as hex over what was closed.
    pub digest: String,
}

/// How an invited post answered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Answer {
    /// No answer yet.
    Open,
    /// Accepted.
    Accepted,
    /// Declined.
    Declined(AbsenceReason),
    /// Required, but the leader does without it.
    Waived,
}

/// One invited post.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// Which.
    pub post: PostId,
    /// In which role.
    pub role: Role,
    /// True where the interview cannot be confirmed without it.
    pub required: bool,
    /// The answer.
    pub answer: Answer,
    /// Who answered.
    pub person: Option<PersonId>,
}

/// One break.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Break {
    /// Who called it, and receives what is delivered in it.
    pub called_by: Option<PersonId>,
    /// When it was called.
    pub called_at: Time,
    /// When the interview went on.
    pub resumed_at: Option<Time>,
    /// What was delivered.
    pub batches: Vec<Batch>,
}

/// Questions delivered together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// In the order L7.
    pub questions: Vec<u32>,
    /// When.
    pub delivered_at: Time,
    /// When the interviewer acknowledged it.
    pub acknowledged_at: Option<Time>,
}

impl Informed {
    /// True if this one had come by then.
    fn tells_of(&self, observer: &Observer) -> bool {
        let came = |came: Option<Time>, told: Time| came.is_none_or(|came| came <= told);
        came(observer.checked_in_at, self.happened_at) && came(observer.arrived_at, self.recorded_at)
    }
}

impl Interview {
    /// One question, from 1.
    #[must_use]
    pub fn question(&self, number: u32) -> Option<&Question> {
        self.questions.get(usize::try_from(number.checked_sub(1)?).ok()?)
    }

    /// All questions, in order of arrival.
    #[must_use]
    pub fn questions(&self) -> &[Question] {
        &self.questions
    }

    /// How many questions were ever submitted.
    #[must_use]
    pub fn question_count(&self) -> u32 {
        u32::try_from(self.questions.len()).unwrap_or(u32::MAX)
    }

    /// The break that lasts, from 1.
    #[must_use]
    pub fn break_number(&self) -> u32 {
        u32::try_from(self.breaks.len()).unwrap_or(u32::MAX)
    }

    /// The seat of this person on the roster.
    #[must_use]
    pub fn observer(&self, person: &PersonId) -> Option<&Observer> {
        self.observers.iter().find(|observer| observer.person == *person)
    }

    /// True if this post was asked.
    #[must_use]
    pub fn invites(&self, post: &PostId) -> bool {
        self.invitations.iter().any(|invitation| invitation.post == *post)
    }

    /// The interviewer who accepted.
    #[must_use]
    pub fn interviewer(&self) -> Option<&Invitation> {
        self.invitations.iter().find(|invitation| invitation.role == Role::ChildInterviewer && invitation.answer == Answer::Accepted)
    }

    /// True from the start until the end.
    #[must_use]
    pub fn is_running(&self) -> bool {
        matches!(self.stage, Stage::InProgress | Stage::Break | Stage::Closing | Stage::Interrupted)
    }

    /// What is missing of READY (B6): confirmed, roster frozen, every listener's ban acknowledged, the child told since the freeze and
    /// since the last late arrival.
    #[must_use]
    pub fn missing_formalities(&self) -> Vec<Deviation> {
        self.missing_by(Time::MAX)
    }

    /// What is missing of a start at this time (B6): what was not done by then, and that it was booked for another day.
    #[must_use]
    pub fn deviations_of(&self, start: Time) -> Vec<Deviation> {
        let on_time = self.starts_at.plus_us(-OFF_THE_BOOKING_US) <= start && start <= self.ends_at.plus_us(OFF_THE_BOOKING_US);
        self.missing_by(start).into_iter().chain((!on_time).then_some(Deviation::NotAsBooked)).collect()
    }

    fn missing_by(&self, start: Time) -> Vec<Deviation> {
        let done = |at: Option<Time>| at.is_some_and(|at| at <= start);
        let listeners = || self.observers.iter().filter(|observer| observer.is_present());
        [
            (self.stage == Stage::Tentative || !done(self.confirmed_at), Deviation::NotConfirmed),
            (!done(self.roster_frozen_at), Deviation::RosterNotFrozen),
            (self.ban_until.is_some() && listeners().any(|observer| !observer.ban_acknowledged), Deviation::BanNotAcknowledged),
            (!self.is_child_told_by(start), Deviation::ChildNotInformed),
        ]
        .into_iter()
        .filter_map(|(missing, deviation)| missing.then_some(deviation))
        .collect()
    }

    /// True if the child was told of everyone who is in the room, and since the freeze (L1).
    #[must_use]
    pub fn is_child_told(&self) -> bool {
        self.is_child_told_by(Time::MAX)
    }

    /// True if the child was told by then of everyone who had come by then.
    fn is_child_told_by(&self, start: Time) -> bool {
        let came = |observer: &&Observer| observer.is_present() && observer.checked_in_at.is_some_and(|came| came <= start);
        let present: Vec<_> = self.observers.iter().filter(came).collect();
        let told = |informed: &Informed| {
            informed.happened_at <= start
                && self.roster_frozen_at.is_none_or(|frozen| informed.happened_at >= frozen)
                && present.iter().all(|observer| informed.tells_of(observer))
        };
        self.informed.iter().any(told)
    }

    /// True if somebody was in the room while it ran, stayed or not, of whom the child was never told (L1); unless that stands as a deviation
    /// of the start.
    #[must_use]
    pub fn hid_a_late_arrival(&self) -> bool {
        let untold = |observer: &Observer| !self.informed.iter().any(|informed| informed.tells_of(observer));
        let heard = |observer: &Observer| observer.checked_out_at.zip(self.start_recorded_at).is_none_or(|(out, started)| out > started);
        !self.deviations.contains(&Deviation::ChildNotInformed)
            && self.observers.iter().any(|observer| heard(observer) && observer.arrived_at.is_some() && untold(observer))
    }

    /// True while the child is to be told who listens (L1).
    #[must_use]
    pub fn is_child_to_be_told(&self) -> bool {
        self.ended_at.is_none() && !self.is_child_told()
    }

    /// True if it can start without a deviation.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.stage == Stage::Confirmed && self.missing_formalities().is_empty()
    }

    /// Where it stands, as the policies see it.
    #[must_use]
    pub fn phase(&self) -> Phase {
        match self.stage {
            Stage::Tentative => Phase::Before,
            Stage::Confirmed => Phase::Prepared,
            Stage::InProgress | Stage::Break | Stage::Closing | Stage::Interrupted => Phase::Live,
            Stage::Ended => Phase::After,
            Stage::Documented => Phase::Documented,
        }
    }

    /// True if this one was in the room when the interview ended.
    #[must_use]
    pub fn stayed(&self, observer: &Observer) -> bool {
        let left_after = |out: Time| self.ended_at.is_some_and(|ended| out >= ended);
        observer.checked_in_at.is_some() && observer.checked_out_at.is_none_or(left_after)
    }

    /// Puts the leader or the interviewer on the roster (L1), and changes nothing about who is in the room (L2).
    pub(crate) fn stand_by_right(&mut self, seat: &Seated, at: Time) {
        // There is one leader and one interviewer: whoever was it before, and never came, has no seat.
        let stays = |observer: &Observer| observer.role != seat.role || observer.person == seat.person || observer.checked_in_at.is_some();
        self.observers.retain(|observer| !observer.by_right || stays(observer));
        match self.observers.iter_mut().find(|observer| observer.person == seat.person) {
            Some(observer) => {
                observer.by_right = true;
                observer.post.clone_from(&seat.post);
                observer.role = seat.role;
            }
            None => self.observers.push(Observer::seated(seat, true, at)),
        }
    }

    /// When this observer signed off; none where a question came after it, which it does not cover (L11).
    #[must_use]
    pub fn sign_off(&self, observer: &Observer) -> Option<Time> {
        observer.signed_off_at.filter(|_| observer.covers >= self.question_count())
    }

    /// The newest record that changed it or one of its questions.
    #[must_use]
    pub fn newest(&self) -> u64 {
        self.questions.iter().map(|question| question.changed).fold(self.changed, u64::max)
    }

    /// True if one of the case's team has no part in this interview and merely knows of it: whoever declined to come, whom the leader
    /// removed, and an interviewer whom it did not ask.
    pub(crate) fn leaves_out(&self, seat: &Seat) -> bool {
        let is_theirs = |asked: &&Invitation| asked.post == seat.post && asked.person.as_ref().is_none_or(|person| *person == seat.person);
        let conducts = || self.invitations.iter().any(|asked| is_theirs(&asked) && matches!(asked.answer, Answer::Open | Answer::Accepted));
        self.declined.contains_key(&seat.person)
            || self.observer(&seat.person).is_some_and(|observer| observer.removed)
            || (seat.role == Role::ChildInterviewer && !conducts())
    }

    /// The seat of one whom the leader admitted.
    pub(crate) fn admitted(&self, person: &PersonId) -> Option<Seat> {
        let observer = self.observer(person).filter(|observer| !observer.by_right && !observer.removed)?;
        Some(Seat { person: person.clone(), post: observer.post.clone(), role: observer.role, part: Part::Admitted })
    }
}
