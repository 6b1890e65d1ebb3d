//! Bookings: rooms and people blocked for an interview, asked, confirmed, admitted; and the documentation closed at the end.
//!
//! INVARIANT (B2): the calendar holds no two overlapping slots of one room or post, buffers included; every decision is made on the very
//! state that it changes, so concurrency cannot break it.

use std::collections::HashMap;

use barnahus_policy::{Part, Role};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, Seat},
    code::{AbsenceReason, AgeBand, InterviewKind, RepresentativeState, RoomKind},
    command::{By, Decided},
    consultation::join,
    event::{Event, Stamp},
    house::{House, Post},
    id::{Alias, PersonId, PostId, RoomId, Target},
    interview::{Answer, Interview, Invitation, Observer, Seated, Stage},
    room::missing_sign_off,
    text::Text,
    time::{MINUTE_US, Time},
};

/// Shortest and longest booking, in minutes.
const DURATION_MINUTES: std::ops::RangeInclusive<i64> = 15..=8 * 60;

/// Something that cannot be in two places.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Resource {
    /// A room.
    Room(RoomId),
    /// The person in a post.
    Post(PostId),
}

/// A time during which something is blocked, buffers included.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Slot {
    from: Time,
    until: Time,
    alias: Alias,
    interview: u32,
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

    fn block(&mut self, resource: Resource, slot: Slot) {
        self.0.entry(resource).or_default().push(slot);
    }

    fn release(&mut self, resource: &Resource, alias: &Alias, interview: u32) {
        if let Some(slots) = self.0.get_mut(resource) {
            slots.retain(|slot| slot.alias != *alias || slot.interview != interview);
        }
    }
}

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
    /// Confirms, doing without these posts.
    Confirm(Vec<(PostId, Text)>),
    /// Orders the disclosure ban.
    OrderBan {
        /// What may not be disclosed.
        scope: Text,
        /// Until when.
        until: Time,
    },
    /// Admits these listeners.
    Admit(Vec<PersonId>),
    /// Closes the documentation.
    Document,
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
    /// Confirmed.
    Confirmed {
        /// Required posts that the leader does without.
        waived: Vec<PostId>,
        /// Who stands on the roster by right.
        by_right: Vec<Seated>,
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
    /// The documentation was closed.
    Documented,
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
            Self::Confirmed { .. } => "interview.confirmed",
            Self::DisclosureBanOrdered { .. } => "interview.disclosure_ban_ordered",
            Self::ObserversAdmitted { .. } => "interview.observers_admitted",
            Self::Documented => "interview.documented",
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
    #[error("the case has its first interview: another needs the leader's decision")]
    InterviewExists,
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
    /// A required post has not accepted.
    #[error("`{0}` has not accepted: wait, or waive it with a reason; the interviewer cannot be waived")]
    AcceptanceMissing(PostId),
    /// Nobody interviews.
    #[error("no qualified interviewer has accepted")]
    InterviewerMissing,
    /// Under embargo, nobody stands for the child.
    #[error("under the guardian embargo a special representative must be appointed first")]
    RepresentativeMissing,
    /// The waived post was not asked for.
    #[error("`{0}` is no required post that could be waived")]
    NothingToWaive(PostId),
    /// Cannot listen.
    #[error("`{0}` holds no post that listens, or is not to be known here: see `barnahus house posts`")]
    CannotListen(PersonId),
    /// The room is full.
    #[error("the listening room has {0} seats: admit fewer, or book the larger one")]
    NoSeat(u32),
    /// A role has not signed off.
    #[error("`{0}` was present and has not signed off: they sign off with `barnahus interview sign-off`")]
    SignOffMissing(Role),
    /// A question has no fate.
    #[error("question {0} has no fate yet: the interviewer corrects it with `barnahus interview confirm-fates`")]
    QuestionWithoutFate(u32),
    /// The fates are not confirmed.
    #[error("the interviewer has not confirmed the fates: `barnahus interview confirm-fates`")]
    FatesUnconfirmed,
}

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, BookingRefusal> {
    let case = target.case().and_then(|alias| house.case(alias)).ok_or(BookingRefusal::NoSuchInterview)?;
    if let Command::Book { kind, needs, rooms, starts_at, duration_us } = command {
        return book(house, case, *kind, needs, rooms, *starts_at, *duration_us, now);
    }
    let Target::Interview(_, number) = target else { return Err(BookingRefusal::NoSuchInterview) };
    let interview = case.interview(*number).ok_or(BookingRefusal::NoSuchInterview)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Interview(event));
    match command {
        Command::Book { .. } => Err(BookingRefusal::NoSuchInterview),
        Command::Accept => {
            let post = open_invitation(house, interview, &by.actor.person, now)?.clone();
            Ok(decided(Happened::Accepted { post }))
        }
        Command::Decline(reason) => {
            let post = open_invitation(house, interview, &by.actor.person, now)?.clone();
            Ok(decided(Happened::Declined { post, reason: *reason }))
        }
        Command::Confirm(waivers) => confirm(case, interview, target, waivers),
        Command::OrderBan { scope, until } => {
            before_the_end(interview)?;
            if *until <= now {
                return Err(BookingRefusal::BanEndsInThePast);
            }
            Ok(decided(Happened::DisclosureBanOrdered { until: *until }).seal("scope", scope))
        }
        Command::Admit(persons) => {
            before_the_end(interview)?;
            let observers: Vec<_> = persons.iter().map(|person| listener(house, case, person, now)).collect::<Result<_, _>>()?;
            let seats = interview.rooms.iter().filter_map(|room| house.room(room)).filter(|room| room.kind == RoomKind::Listening);
            let seats = seats.filter_map(|room| room.seats).sum::<u32>();
            let seated = interview.observers.iter().filter(|seat| seat.role != Role::ChildInterviewer).map(|seat| &seat.person);
            let people: std::collections::BTreeSet<_> = seated.chain(persons).collect();
            if people.len() > usize::try_from(seats).unwrap_or(usize::MAX) {
                return Err(BookingRefusal::NoSeat(seats));
            }
            Ok(decided(Happened::ObserversAdmitted { observers }))
        }
        Command::Document => {
            if interview.stage != Stage::Ended {
                return Err(BookingRefusal::WrongStage(interview.stage));
            }
            if let Some(role) = missing_sign_off(interview) {
                return Err(BookingRefusal::SignOffMissing(role));
            }
            if let Some(question) = interview.questions().iter().find(|question| !question.has_fate(interview)) {
                return Err(BookingRefusal::QuestionWithoutFate(question.number));
            }
            if interview.fates_confirmed_at.is_none() {
                return Err(BookingRefusal::FatesUnconfirmed);
            }
            Ok(decided(Happened::Documented))
        }
    }
}

fn before_the_end(interview: &Interview) -> Result<(), BookingRefusal> {
    match interview.stage {
        stage @ (Stage::Ended | Stage::Documented) => Err(BookingRefusal::WrongStage(stage)),
        _ => Ok(()),
    }
}

#[expect(clippy::too_many_arguments, reason = "the parts of one request, taken apart once")]
fn book(
    house: &House,
    case: &Case,
    kind: InterviewKind,
    needs: &[Need],
    rooms: &[RoomId],
    starts_at: Time,
    duration_us: i64,
    now: Time,
) -> Result<Decided, BookingRefusal> {
    if case.leader().is_none() {
        return Err(BookingRefusal::NoLeader);
    }
    if !case.interviews().is_empty() {
        return Err(BookingRefusal::InterviewExists);
    }
    if starts_at < now || !DURATION_MINUTES.contains(&(duration_us / MINUTE_US)) {
        return Err(BookingRefusal::TimeUnsuitable);
    }
    let buffer_us = i64::from(house.definition().map_or(0, |definition| definition.buffer_minutes)) * MINUTE_US;
    let ends_at = starts_at.plus_us(duration_us);
    let (from, until) = (starts_at.plus_us(-buffer_us), ends_at.plus_us(buffer_us));
    let rooms = choose_rooms(house, case, rooms, from, until)?;
    let mut invited: Vec<Invited> = Vec::new();
    for need in needs {
        if let Some(post) = choose_post(house, case, need, &invited, from, until)? {
            invited.push(Invited { post, role: need.role, required: need.required });
        }
    }
    let target = Target::Interview(case.alias.clone(), 1);
    Ok(Decided::new(target, Event::Interview(Happened::Booked { kind, rooms, starts_at, ends_at, buffer_us, invited })))
}

fn choose_rooms(house: &House, case: &Case, wanted: &[RoomId], from: Time, until: Time) -> Result<Vec<RoomId>, BookingRefusal> {
    let free = |room: &RoomId| house.calendar.is_free(&Resource::Room(room.clone()), from, until);
    let suits = |room: &&crate::house::Room| room.kind == RoomKind::Interview && room.suits.contains(&case.child_age_band);
    let pairs = || house.rooms().filter(suits).filter_map(|room| Some([room.id.clone(), room.paired_with.clone()?]));
    if wanted.is_empty() {
        return pairs().find(|pair| pair.iter().all(free)).map(Vec::from).ok_or(BookingRefusal::NoRoomFree);
    }
    let pair = pairs().find(|pair| wanted.len() == pair.len() && pair.iter().all(|room| wanted.contains(room)));
    let pair = pair.ok_or(BookingRefusal::RoomsUnsuitable)?;
    match pair.iter().find(|room| !free(room)) {
        Some(taken) => Err(BookingRefusal::Taken(taken.to_string())),
        None => Ok(Vec::from(pair)),
    }
}

/// The post that a need names; else the case's own leader or representative, an officer of its home board, else the first free and
/// qualified one. None where nobody fits a need that is only a wish.
fn choose_post(
    house: &House,
    case: &Case,
    need: &Need,
    invited: &[Invited],
    from: Time,
    until: Time,
) -> Result<Option<PostId>, BookingRefusal> {
    let free = |post: &PostId| {
        house.calendar.is_free(&Resource::Post(post.clone()), from, until) && !invited.iter().any(|invited| invited.post == *post)
    };
    let own = match need.role {
        Role::InvestigationLeader => case.leader().map(|seat| seat.post.clone()),
        Role::SpecialRepresentative => case.representative.clone(),
        Role::ChildWelfareOfficer => {
            let of_board = |post: &PostId| house.post(post).is_some_and(|post| post.authority == case.home_board);
            case.seats.values().find(|seat| seat.role == need.role && of_board(&seat.post)).map(|seat| seat.post.clone())
        }
        _ => None,
    };
    if let Some(post) = need.post.clone().or(own) {
        return if !house.post(&post).is_some_and(|post| fits(post, need.role, case)) {
            Err(BookingRefusal::NobodyFits(post.to_string()))
        } else if free(&post) {
            Ok(Some(post))
        } else {
            Err(BookingRefusal::Taken(post.to_string()))
        };
    }
    let of_board = |post: &&Post| need.role != Role::ChildWelfareOfficer || post.authority == case.home_board;
    let mut candidates = house.posts().filter(|post| !post.on_call && fits(post, need.role, case)).filter(of_board);
    match candidates.find(|post| free(&post.id)) {
        Some(post) => Ok(Some(post.id.clone())),
        None if need.required => Err(BookingRefusal::NobodyFits(need.role.to_string())),
        None => Ok(None),
    }
}

/// The role, and for those who meet the child its age and language (B3, B5).
fn fits(post: &Post, role: Role, case: &Case) -> bool {
    let qualified = |age: &AgeBand| post.qualified.contains(age);
    let speaks = post.languages.is_empty() || post.languages.contains(&case.language);
    post.roles.contains(&role)
        && match role {
            Role::ChildInterviewer => qualified(&case.child_age_band),
            Role::Interpreter => speaks,
            _ => true,
        }
}

fn open_invitation<'a>(house: &House, interview: &'a Interview, person: &PersonId, now: Time) -> Result<&'a PostId, BookingRefusal> {
    if !matches!(interview.stage, Stage::Tentative | Stage::Confirmed) {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    let person = house.person(person);
    let mine =
        |invitation: &&Invitation| invitation.answer == Answer::Open && person.is_some_and(|person| person.holds(&invitation.post, now));
    interview.invitations.iter().find(mine).map(|invitation| &invitation.post).ok_or(BookingRefusal::NoOpenInvitation)
}

fn confirm(case: &Case, interview: &Interview, target: &Target, waivers: &[(PostId, Text)]) -> Result<Decided, BookingRefusal> {
    if interview.stage != Stage::Tentative {
        return Err(BookingRefusal::WrongStage(interview.stage));
    }
    let waived = |post: &PostId| waivers.iter().any(|(waived, _)| waived == post);
    let required = |post: &PostId| interview.invitations.iter().any(|invitation| invitation.required && invitation.post == *post);
    if let Some((post, _)) = waivers.iter().find(|(post, _)| !required(post)) {
        return Err(BookingRefusal::NothingToWaive(post.clone()));
    }
    let interviewer = interview.interviewer().ok_or(BookingRefusal::InterviewerMissing)?;
    let missing = |invitation: &&Invitation| {
        invitation.required
            && invitation.answer != Answer::Accepted
            && invitation.role != Role::InvestigationLeader
            && !waived(&invitation.post)
    };
    if let Some(missing) = interview.invitations.iter().find(missing) {
        return Err(BookingRefusal::AcceptanceMissing(missing.post.clone()));
    }
    let appointed = matches!(case.representative_state, Some(RepresentativeState::InterimAppointed | RepresentativeState::Confirmed));
    if case.embargo && !appointed {
        return Err(BookingRefusal::RepresentativeMissing);
    }
    let leader = case.leader().ok_or(BookingRefusal::NoLeader)?;
    let seated = |person: &PersonId, post: &PostId, role| Seated { person: person.clone(), post: post.clone(), role };
    let interviewer = interviewer.person.iter().map(|person| seated(person, &interviewer.post, interviewer.role));
    let by_right = std::iter::once(seated(&leader.person, &leader.post, leader.role)).chain(interviewer).collect();
    let waived = waivers.iter().map(|(post, _)| post.clone()).collect();
    let decided = Decided::new(target.clone(), Event::Interview(Happened::Confirmed { waived, by_right }));
    Ok(waivers.iter().enumerate().fold(decided, |decided, (at, (_, reason))| decided.seal(format!("waivers/{at}/reason"), reason)))
}

/// The seat that the leader gives a person: their role in the case, else that of the first post they hold that listens.
fn listener(house: &House, case: &Case, id: &PersonId, now: Time) -> Result<Seated, BookingRefusal> {
    let cannot = || BookingRefusal::CannotListen(id.clone());
    let person = house.person(id).filter(|person| person.revoked_at.is_none() && !case.blocked.contains(id)).ok_or_else(cannot)?;
    let own = case.seat(person, None, now).map(|seat| (seat.post, seat.role));
    let held = || {
        let posts = person.posts_at(now).filter_map(|post| house.post(post));
        posts.flat_map(|post| post.roles.iter().map(|role| (post.id.clone(), *role))).find(|(_, role)| listens(*role))
    };
    let (post, role) = own.filter(|(_, role)| listens(*role)).or_else(held).ok_or_else(cannot)?;
    Ok(Seated { person: id.clone(), post, role })
}

/// Roles that sit in the listening room by the leader's leave (Roles).
fn listens(role: Role) -> bool {
    !matches!(
        role,
        Role::InvestigationLeader | Role::ChildInterviewer | Role::Coordinator | Role::Interpreter | Role::Auditor | Role::Administrator
    )
}

/// Applies what happened to a booking. False if the record makes no sense.
pub(crate) fn apply(house: &mut House, alias: &Alias, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    let House { cases, calendar, .. } = house;
    let Some(case) = cases.get_mut(alias) else { return false };
    if let Happened::Booked { kind, rooms, starts_at, ends_at, buffer_us, invited } = happened {
        let slot =
            || Slot { from: starts_at.plus_us(-buffer_us), until: ends_at.plus_us(*buffer_us), alias: alias.clone(), interview: number };
        for room in rooms {
            calendar.block(Resource::Room(room.clone()), slot());
        }
        for invited in invited {
            calendar.block(Resource::Post(invited.post.clone()), slot());
            case.invited.entry(invited.post.clone()).or_insert(invited.role);
        }
        case.interviews.push(booked(number, *kind, rooms, *starts_at, *ends_at, invited, stamp));
        return true;
    }
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(interview) = case.interviews.get_mut(position) else { return false };
    interview.changed = stamp.index;
    let answer = |interview: &mut Interview, post: &PostId, answer: Answer| {
        let invitation = interview.invitations.iter_mut().find(|invitation| invitation.post == *post)?;
        invitation.answer = answer;
        invitation.person.clone_from(&stamp.person);
        Some(invitation.role)
    };
    match happened {
        Happened::Booked { .. } => return false,
        Happened::Accepted { post } => {
            let (Some(role), Some(person)) = (answer(interview, post, Answer::Accepted), stamp.person.clone()) else { return false };
            join(case, Seat { person, post: post.clone(), role, part: Part::Team });
        }
        Happened::Declined { post, reason } => {
            calendar.release(&Resource::Post(post.clone()), alias, number);
            return answer(interview, post, Answer::Declined(*reason)).is_some();
        }
        Happened::Confirmed { waived, by_right } => {
            for invitation in interview.invitations.iter_mut().filter(|invitation| waived.contains(&invitation.post)) {
                invitation.answer = Answer::Waived;
            }
            interview.observers.retain(|observer| !by_right.iter().any(|seat| seat.person == observer.person));
            interview.observers.extend(by_right.iter().map(|seat| Observer::seated(seat, true, stamp.at)));
            interview.stage = Stage::Confirmed;
        }
        Happened::DisclosureBanOrdered { until } => {
            interview.ban_until = Some(*until);
            interview.ban_index = Some(stamp.index);
        }
        Happened::ObserversAdmitted { observers } => {
            for seat in observers {
                match interview.observers.iter_mut().find(|observer| observer.person == seat.person) {
                    Some(observer) => observer.admitted_at = stamp.at,
                    None => interview.observers.push(Observer::seated(seat, false, stamp.at)),
                }
            }
        }
        Happened::Documented => {
            interview.documented_at = Some(stamp.at);
            interview.stage = Stage::Documented;
        }
    }
    true
}

fn booked(
    number: u32,
    kind: InterviewKind,
    rooms: &[RoomId],
    starts_at: Time,
    ends_at: Time,
    invited: &[Invited],
    stamp: &Stamp,
) -> Interview {
    let invitation = |invited: &Invited| Invitation {
        post: invited.post.clone(),
        role: invited.role,
        required: invited.required,
        answer: Answer::Open,
        person: None,
    };
    Interview {
        number,
        kind,
        stage: Stage::Tentative,
        rooms: rooms.to_vec(),
        starts_at,
        ends_at,
        invitations: invited.iter().map(invitation).collect(),
        ban_until: None,
        ban_index: None,
        observers: Vec::new(),
        roster_frozen_at: None,
        child_informed_at: Vec::new(),
        started_at: None,
        recording_reference: None,
        deviations: Vec::new(),
        deviation_index: None,
        breaks: Vec::new(),
        ended_at: None,
        end_reason: None,
        fates_confirmed_at: None,
        documented_at: None,
        changed: stamp.index,
        questions: Vec::new(),
    }
}
