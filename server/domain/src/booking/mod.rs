//! Bookings: rooms and people blocked for an interview, asked, confirmed, admitted; and the documentation closed at the end.
//!
//! 1. `book` asks `choose` for rooms and posts that are free and fit. 2. `answer` takes what invited posts say, and the leader's
//!    confirmation; `invite` asks another post in one's place. 3. `admit` gives seats in the listening room. 4. `apply` makes it so, on
//!    the [`Calendar`].
//!
//! INVARIANT (B2): the calendar holds no two overlapping slots of one room or post, buffers included; every decision is made on the very
//! state that it changes, so concurrency cannot break it.

mod admit;
mod answer;
mod apply;
mod book;
mod calendar;
mod choose;
mod confirm;
mod invite;

use barnahus_policy::Role;
use serde::{Deserialize, Serialize};

use crate::{
    case::Case,
    code::{AbsenceReason, InterviewKind},
    command::{By, Decided},
    event::Event,
    house::House,
    id::{PersonId, PostId, RoomId, Target},
    interview::{Interview, Seated, Stage},
    room::{RoleCheck, closing_check},
    text::Text,
    time::Time,
};

pub use answer::answer_now;
pub(crate) use apply::apply;
pub use calendar::{Calendar, Resource};

/// One need, by role (B3).
#[derive(Debug, Clone)]
pub struct Need {
    /// Which role.
    pub role: Role,
    /// True where the interview cannot be confirmed without it.
    pub required: bool,
    /// A certain post.
    pub post: Option<PostId>,
}

/// What can be done to a booking.
#[derive(Debug, Clone)]
pub enum Command {
    /// Books an interview for the case that is the target.
    Book {
        /// What kind.
        kind: InterviewKind,
        /// Who.
        needs: Vec<Need>,
        /// Where; empty: the first pair that is free and suits.
        rooms: Vec<RoomId>,
        /// When.
        starts_at: Time,
        /// How long, in microseconds.
        duration_us: i64,
    },
    /// Accepts the actor's own invitation.
    Accept,
    /// Declines it.
    Decline(AbsenceReason),
    /// Asks a post in the place of another that has not accepted.
    Invite {
        /// Whom.
        post: PostId,
        /// In whose place.
        instead_of: PostId,
    },
    /// Confirms.
    Confirm {
        /// Required posts to do without, and why.
        waivers: Vec<(PostId, Text)>,
        /// B5: that the material was disclosed to the defence, or why not; B1: why a concluding interview goes without it.
        defence_note: Option<Text>,
    },
    /// Orders the disclosure ban.
    OrderBan {
        /// What may not be disclosed.
        scope: Text,
        /// Until when.
        until: Time,
    },
    /// Admits these listeners.
    Admit(Vec<PersonId>),
    /// Takes a listener's admission back.
    Remove(PersonId),
    /// Decides that another interview of this kind follows, for a reason.
    DecideFurther(InterviewKind, Text),
    /// Closes the documentation.
    Document,
    /// Closes the protocol as it was read.
    CloseProtocol {
        /// SHA-256 as hex over what was read.
        digest: String,
        /// The record of the reading.
        as_of: u64,
    },
    /// Remarks on the closed protocol.
    Remark(Text),
}

/// What happened to a booking.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// Booked.
    Booked {
        /// What kind.
        kind: InterviewKind,
        /// Where.
        rooms: Vec<RoomId>,
        /// From.
        starts_at: Time,
        /// Until.
        ends_at: Time,
        /// Blocked before and after, in microseconds.
        buffer_us: i64,
        /// Who is asked.
        invited: Vec<Invited>,
        /// The interview that it follows (B7); what was deferred in that one waits in this.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        follows: Option<u32>,
    },
    /// A post accepted.
    Accepted {
        /// Which.
        post: PostId,
    },
    /// A post declined.
    Declined {
        /// Which.
        post: PostId,
        /// Why.
        reason: AbsenceReason,
    },
    /// A post was asked in the place of another.
    Invited {
        /// In whose place.
        instead_of: PostId,
        /// Who is asked.
        invited: Invited,
        /// Blocked from, the buffer included.
        from: Time,
        /// Until.
        until: Time,
    },
    /// Confirmed.
    Confirmed {
        /// Required posts that the leader does without.
        waived: Vec<PostId>,
        /// Who stands on the roster by right.
        by_right: Vec<Seated>,
        /// True where the leader noted something on the defence.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        defence_noted: bool,
    },
    /// The disclosure ban was ordered.
    DisclosureBanOrdered {
        /// Until when.
        until: Time,
    },
    /// Listeners were admitted.
    ObserversAdmitted {
        /// Whom.
        observers: Vec<Seated>,
    },
    /// A listener's admission was taken back.
    ObserverRemoved {
        /// Whose.
        person: PersonId,
    },
    /// Another interview is to follow.
    FurtherDecided {
        /// Of this kind.
        kind: InterviewKind,
    },
    /// The documentation was closed.
    Documented,
    /// The protocol was closed.
    ProtocolClosed {
        /// SHA-256 as hex over the records that it was made from.
        digest: String,
    },
    /// Somebody remarked on the closed protocol.
    ProtocolRemarked,
}

/// Who is asked.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invited {
    /// Which post.
    pub post: PostId,
    /// In which role.
    pub role: Role,
    /// True where the interview cannot be confirmed without it.
    pub required: bool,
}

impl Happened {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Booked { .. } => "interview.booked",
            Self::Accepted { .. } => "interview.accepted",
            Self::Declined { .. } => "interview.declined",
            Self::Invited { .. } => "interview.invited",
            Self::Confirmed { .. } => "interview.confirmed",
            Self::DisclosureBanOrdered { .. } => "interview.disclosure_ban_ordered",
            Self::ObserversAdmitted { .. } => "interview.observers_admitted",
            Self::ObserverRemoved { .. } => "interview.observer_removed",
            Self::FurtherDecided { .. } => "interview.further_decided",
            Self::Documented => "interview.documented",
            Self::ProtocolClosed { .. } => "interview.protocol_closed",
            Self::ProtocolRemarked => "interview.protocol_remarked",
        }
    }
}

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum BookingRefusal {
    /// No such interview.
    #[error("there is no such interview")]
    NoSuchInterview,
    /// Not at a stage for it.
    #[error("the interview is `{}`, so this cannot be done now", .0.as_str())]
    WrongStage(Stage),
    /// No leader yet.
    #[error("nobody leads the investigation yet: a prosecutor must open it first")]
    NoLeader,
    /// There is one already.
    #[error("the case has its first interview: book the kind that the leader decided on")]
    InterviewExists,
    /// Nobody decided on another one, or it is not of that kind.
    #[error("another interview of this kind needs the leader's decision, with a reason: `barnahus interview further`")]
    DecisionMissing,
    /// Starts in the past, or too short or long.
    #[error("an interview starts in the future and lasts 15 minutes to 8 hours")]
    TimeUnsuitable,
    /// The ban would have ended already.
    #[error("the disclosure ban must end in the future")]
    BanEndsInThePast,
    /// Taken. Does not say by what (C3).
    #[error("`{0}` is not available then, the buffer included: take another time or another one")]
    Taken(String),
    /// Nobody fits.
    #[error("nobody who is free fits `{0}`: role, the child's age or language; name a post, or take another time")]
    NobodyFits(String),
    /// The rooms do not fit.
    #[error("name one interview room that suits the child's age and the listening room paired with it")]
    RoomsUnsuitable,
    /// No room pair is free.
    #[error("no interview room that suits is free then: take another time")]
    NoRoomFree,
    /// No open invitation.
    #[error("you have no open invitation to this interview: see `barnahus interview show`")]
    NoOpenInvitation,
    /// A required post has not accepted, or whoever accepted holds it no longer.
    #[error("`{0}` has not accepted: wait, or waive it with a reason; the interviewer cannot be waived")]
    AcceptanceMissing(PostId),
    /// Nobody is asked to interview.
    #[error("an interview needs an interviewer: ask for CHILD_INTERVIEWER")]
    InterviewerNotAsked,
    /// Nobody interviews, or nobody speaks with the child.
    #[error("no qualified interviewer has accepted, or nobody there speaks the child's language: an interpreter accepts or is waived")]
    InterviewerMissing,
    /// Under embargo, nobody stands for the child.
    #[error("under the guardian embargo a special representative must be appointed first")]
    RepresentativeMissing,
    /// Nothing was noted on the defence, which has a seat (B5), or whom a concluding interview does without (B1).
    #[error("note that the material was disclosed to the defence (RB 23:18 c), or why not; at a concluding interview without them, why")]
    DefenceNoteMissing,
    /// There is nothing to note.
    #[error("the defence has no seat here, and the interview is not a concluding one: leave the note on the defence out")]
    NothingToNote,
    /// The waived post was not asked for, has accepted, or is named twice.
    #[error("`{0}` is no required post that has yet to accept, or is named twice: leave it out")]
    NothingToWaive(PostId),
    /// Nobody to be replaced.
    #[error("`{0}` is not asked, or has accepted: only who declined, has not answered or is gone is replaced")]
    NothingToReplace(PostId),
    /// Cannot listen.
    #[error("`{0}` holds no post that listens, or is not to be known here: see `barnahus house posts`")]
    CannotListen(PersonId),
    /// The room is full.
    #[error("the listening room has {0} seats, the leader's included: admit fewer, or book the larger one")]
    NoSeat(u32),
    /// A role has not signed off.
    #[error("`{0}` was present and has not signed off: they sign off with `barnahus interview sign-off`")]
    SignOffMissing(Role),
    /// A question has no fate.
    #[error("question {0} has no fate yet: the interviewer corrects it with `barnahus interview confirm-fates`")]
    QuestionWithoutFate(u32),
    /// Something was added since the protocol was read.
    #[error("something was added since the protocol was read: read it again, and close that")]
    ChangedSince,
    /// The fates are not confirmed.
    #[error("the interviewer has not confirmed the fates: `barnahus interview confirm-fates`")]
    FatesUnconfirmed,
}

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, BookingRefusal> {
    let case = target.case().and_then(|alias| house.case(alias)).ok_or(BookingRefusal::NoSuchInterview)?;
    if let Command::Book { kind, needs, rooms, starts_at, duration_us } = command {
        let wanted = book::Wanted { kind: *kind, needs, rooms, starts_at: *starts_at, duration_us: *duration_us };
        return book::book(house, case, &wanted, now);
    }
    let Target::Interview(_, number) = target else { return Err(BookingRefusal::NoSuchInterview) };
    let interview = case.interview(*number).ok_or(BookingRefusal::NoSuchInterview)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Interview(event));
    match command {
        Command::Book { .. } => Err(BookingRefusal::NoSuchInterview),
        Command::Accept => answer::accept(house, interview, by, now).map(decided),
        Command::Decline(reason) => answer::decline(house, interview, by, *reason, now).map(decided),
        Command::Invite { post, instead_of } => invite::invite(house, case, interview, post, instead_of, now).map(decided),
        Command::Confirm { waivers, defence_note } => {
            let confirmed = decided(confirm::confirm(house, case, interview, waivers, defence_note.is_some(), now)?);
            let reasons = waivers.iter().enumerate();
            let confirmed = reasons.fold(confirmed, |confirmed, (at, (_, reason))| confirmed.seal(format!("waivers/{at}/reason"), reason));
            Ok(defence_note.iter().fold(confirmed, |confirmed, note| confirmed.seal("defence_note", note)))
        }
        Command::OrderBan { scope, until } => {
            before_the_end(interview)?;
            if *until <= now {
                return Err(BookingRefusal::BanEndsInThePast);
            }
            Ok(decided(Happened::DisclosureBanOrdered { until: *until }).seal("scope", scope))
        }
        Command::Admit(persons) => {
            before_the_end(interview)?;
            admit::admit(house, case, interview, persons, now).map(decided)
        }
        Command::Remove(person) => admit::remove(interview, person).map(decided),
        Command::DecideFurther(kind, reason) => further(case, interview, *kind).map(decided).map(|decided| decided.seal("reason", reason)),
        Command::CloseProtocol { digest, as_of } => {
            if interview.stage != Stage::Documented || interview.closed.is_some() {
                return Err(BookingRefusal::WrongStage(interview.stage));
            }
            // What is closed is what was read.
            if interview.newest() > *as_of {
                return Err(BookingRefusal::ChangedSince);
            }
            Ok(decided(Happened::ProtocolClosed { digest: digest.clone() }))
        }
        Command::Remark(_) if interview.closed.is_none() => Err(BookingRefusal::WrongStage(interview.stage)),
        Command::Remark(text) => Ok(decided(Happened::ProtocolRemarked).seal("text", text)),
        Command::Document => document(house, interview, now).map(decided),
    }
}

fn before_the_end(interview: &Interview) -> Result<(), BookingRefusal> {
    match interview.stage {
        stage @ (Stage::Ended | Stage::Documented) => Err(BookingRefusal::WrongStage(stage)),
        _ => Ok(()),
    }
}

/// B7: after the end of the newest interview, and of another kind than the first.
fn further(case: &Case, interview: &Interview, kind: InterviewKind) -> Result<Happened, BookingRefusal> {
    if !matches!(interview.stage, Stage::Ended | Stage::Documented) {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    let newest = case.interviews().last().is_some_and(|newest| newest.number == interview.number);
    if newest && kind != InterviewKind::First { Ok(Happened::FurtherDecided { kind }) } else { Err(BookingRefusal::InterviewExists) }
}

/// L11: not before every question has its fate and every role present its sign-off; L3: nor before the interviewer confirmed the fates.
fn document(house: &House, interview: &Interview, now: Time) -> Result<Happened, BookingRefusal> {
    if interview.stage != Stage::Ended {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    if let Some(RoleCheck { role, .. }) = closing_check(house, interview, now).into_iter().find(RoleCheck::is_missing) {
        return Err(BookingRefusal::SignOffMissing(role));
    }
    if let Some(question) = interview.questions().iter().find(|question| !question.has_fate(interview)) {
        return Err(BookingRefusal::QuestionWithoutFate(question.number));
    }
    if interview.fates_confirmed_at.is_none() {
        return Err(BookingRefusal::FatesUnconfirmed);
    }
    Ok(Happened::Documented)
}
