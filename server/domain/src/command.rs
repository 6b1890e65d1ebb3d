//! Commands: what somebody wants to do, and the one door to the rules about it.
//!
//! Does not authorize: that a permit was given is the caller's business, and [`By`] proves it.

use barnahus_policy::Permit;

use crate::{
    booking, case, consultation, directory,
    event::Event,
    facts::{Actor, interview_number},
    house::House,
    id::{PersonId, Target},
    question, room,
    text::Text,
    time::Time,
};

/// What somebody wants to do to the target.
#[derive(Debug, Clone)]
pub enum Command {
    /// To the directory.
    Directory(directory::Command),
    /// To a case.
    Case(case::Command),
    /// To a consultation.
    Consultation(consultation::Command),
    /// To a booking.
    Interview(booking::Command),
    /// In the listening room.
    Room(room::Command),
    /// To a question.
    Question(question::Command),
}

/// Who does it, by which right.
#[derive(Debug, Clone, Copy)]
pub struct By<'a> {
    /// Who.
    pub actor: &'a Actor,
    /// By which right.
    pub permit: &'a Permit,
    /// If given, the target must not have changed since the record before this index (C10).
    pub etag: Option<u64>,
    /// When the actor says that it happens; absent means now.
    pub happened_at: Option<Time>,
}

/// What was decided: the event, and what goes into its record beside it.
#[derive(Debug, Clone)]
pub struct Decided {
    /// What it is about: the new thing, where one is made.
    pub target: Target,
    /// What happens.
    pub event: Event,
    /// Texts to seal beside the record.
    pub seals: Vec<Seal>,
    /// The legal ground, where one is stated or follows from the act.
    pub ground: Option<String>,
    /// To whom something is handed over by this act (S4).
    pub recipients: Vec<PersonId>,
}

/// A text to seal, and the field it is named by.
#[derive(Debug, Clone)]
pub struct Seal {
    /// Such as `text`, or `actions/0/what`.
    pub field: String,
    /// The text.
    pub text: Text,
}

impl Decided {
    /// What the house records of itself: nobody decided it.
    #[must_use]
    pub fn of_the_house(target: Target, event: Event) -> Self {
        Self::new(target, event)
    }

    pub(crate) fn new(target: Target, event: Event) -> Self {
        Self { target, event, seals: Vec::new(), ground: None, recipients: Vec::new() }
    }

    pub(crate) fn seal(mut self, field: impl Into<String>, text: &Text) -> Self {
        self.seals.push(Seal { field: field.into(), text: text.clone() });
        self
    }

    pub(crate) fn handed_to(mut self, ground: &str, recipients: Vec<PersonId>) -> Self {
        if !recipients.is_empty() {
            self.ground = Some(ground.to_owned());
            self.recipients = recipients;
        }
        self
    }
}

/// Why a command is refused. Nothing changes then but the record of the refusal.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// The target changed since the etag was read (C10).
    #[error("somebody changed it since you read it: read it again, and decide on what it is now")]
    StaleEtag,
    /// The claimed time is before the case was opened, or before what it must follow (C7).
    #[error("the time is before the case was opened, or before what it must follow: check the date and the clock")]
    TimeBeforeCase,
    /// The claimed time is in the future, or after the end of what it is about.
    #[error("the time is later than it can be: check the date and the clock")]
    TimeAfterEnd,
    /// Of the directory.
    #[error(transparent)]
    Directory(#[from] directory::DirectoryRefusal),
    /// Of a case.
    #[error(transparent)]
    Case(#[from] case::CaseRefusal),
    /// Of a consultation.
    #[error(transparent)]
    Consultation(#[from] consultation::ConsultationRefusal),
    /// Of a booking.
    #[error(transparent)]
    Interview(#[from] booking::BookingRefusal),
    /// Of the listening room.
    #[error(transparent)]
    Room(#[from] room::RoomRefusal),
    /// Of a question.
    #[error(transparent)]
    Question(#[from] question::QuestionRefusal),
}

/// Decides a command on the house as it is now. Changes nothing.
///
/// `id` is 16 random bytes for a thing that the command may make. What cannot wait (L11) is held up by no etag and no claimed time.
///
/// # Errors
/// The refusal, with its facts.
pub fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, id: [u8; 16], now: Time) -> Result<Decided, Refusal> {
    let cannot_wait = matches!(command, Command::Room(command) if command.cannot_wait());
    if !cannot_wait {
        if by.etag.is_some_and(|etag| house.version(target).is_some_and(|version| version != etag)) {
            return Err(Refusal::StaleEtag);
        }
        check_happened(house, by, target, command, now)?;
    }
    Ok(match command {
        Command::Directory(command) => directory::decide(house, by, target, command, now)?,
        Command::Case(command) => case::decide(house, by, target, command, now)?,
        Command::Consultation(command) => consultation::decide(house, by, target, command, id, now)?,
        Command::Interview(command) => booking::decide(house, by, target, command, now)?,
        Command::Room(command) => room::decide(house, by, target, command, now)?,
        Command::Question(command) => question::decide(house, by, target, command, now)?,
    })
}

/// A claimed time lies between the opening of the case and now; of what happens in an interview, not after its end (C7).
fn check_happened(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<(), Refusal> {
    let Some(happened) = by.happened_at else { return Ok(()) };
    if happened > now {
        return Err(Refusal::TimeAfterEnd);
    }
    let Some(case) = target.case().and_then(|alias| house.case(alias)) else { return Ok(()) };
    if happened < case.requested_at {
        return Err(Refusal::TimeBeforeCase);
    }
    let interview = interview_number(target).and_then(|number| case.interview(number));
    match (interview, command) {
        (Some(interview), Command::Room(command)) => room::check_happened(interview, &by.actor.person, command, happened),
        (Some(interview), Command::Question(command)) => question::check_happened(interview, &by.actor.person, target, command, happened),
        _ => Ok(()),
    }
}
