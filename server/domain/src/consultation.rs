//! Consultations (samråd): requested, scheduled, held. A first one opens a case.
//!
//! Holds no minutes (C8), and invites nobody by itself: invitations are the coordinator's act.

use barnahus_policy::{Part, Protection, Role};
use serde::{Deserialize, Serialize};

use crate::{
    case::{Case, Seat},
    code::{AbsenceReason, AgeBand, ConsultationKind, ConsultationState, CrimeType, IdentityMode, Relation},
    command::{By, Decided},
    event::{Event, Stamp},
    house::House,
    id::{Alias, AuthorityId, PostId, Target},
    text::Text,
    time::Time,
};

/// One consultation.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Consultation {
    /// From 1 within the case.
    pub number: u32,
    /// What it is for.
    pub kind: ConsultationKind,
    /// How far it has come.
    pub state: ConsultationState,
    /// The post that asked for it.
    pub requested_by: Option<PostId>,
    /// When it was asked for.
    pub requested_at: Time,
    /// When it takes place.
    pub starts_at: Option<Time>,
    /// Who is invited.
    pub invited: Vec<PostId>,
    /// Who was missing.
    pub absences: Vec<Absence>,
    /// What is to be done; the texts are sealed with record `actions_index`.
    pub actions: Vec<ActionOwner>,
    /// The record that the reason is sealed with; absent for an after-meeting.
    pub reason_index: Option<u64>,
    /// The record that the actions are sealed with.
    pub actions_index: Option<u64>,
    /// The record that last changed it.
    pub changed: u64,
}

/// A post that was not there.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Absence {
    /// Which.
    pub post: PostId,
    /// Why.
    pub reason: AbsenceReason,
}

/// One thing to do, without its text (S3).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionOwner {
    /// The one post that owns it.
    pub owner: PostId,
    /// When it is due.
    pub due_at: Time,
}

/// One thing to do.
#[derive(Debug, Clone)]
pub struct Action {
    /// What.
    pub what: Text,
    /// The one post that owns it.
    pub owner: PostId,
    /// When it is due.
    pub due_at: Time,
}

/// What opens a case.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    /// What the consultation is for.
    pub kind: ConsultationKind,
    /// Whether the child is named.
    pub identity_mode: IdentityMode,
    /// The board where the child lives.
    pub home_board: AuthorityId,
    /// Protection level.
    pub protection: Protection,
    /// The child's age.
    pub child_age_band: AgeBand,
    /// What is suspected.
    pub crime_type: CrimeType,
    /// The suspect's relation to the child.
    pub relation_to_child: Relation,
    /// The language the child speaks.
    pub language: String,
    /// The coordinator's post, where the child is protected.
    pub coordinator: Option<PostId>,
}

/// What can be done about consultations.
#[derive(Debug, Clone)]
pub enum Command {
    /// Opens a case.
    Request {
        /// With these codes.
        opening: Opening,
        /// Why.
        reason: Text,
        /// The year of the alias, in the house's zone.
        year: i16,
    },
    /// Sets time and posts.
    Schedule {
        /// When; absent means now.
        starts_at: Option<Time>,
        /// Who.
        invited: Vec<PostId>,
    },
    /// Records that it was held.
    Hold {
        /// Who was missing.
        absences: Vec<Absence>,
        /// What was decided.
        actions: Vec<Action>,
    },
    /// Records the meeting after the interview that is the target.
    HoldAfterMeeting {
        /// What was decided.
        actions: Vec<Action>,
    },
}

/// What happened to a consultation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Happened {
    /// It was requested, and opened the case.
    Requested {
        /// With these codes.
        opening: Opening,
    },
    /// It was scheduled.
    Scheduled {
        /// When.
        starts_at: Time,
        /// Who.
        invited: Vec<PostId>,
    },
    /// It was held.
    Held {
        /// True if a role that the kind needs was missing.
        inquorate: bool,
        /// Who was missing.
        absences: Vec<Absence>,
        /// What was decided.
        actions: Vec<ActionOwner>,
        /// Who joined the team by being there.
        joined: Vec<Seat>,
    },
    /// An after-meeting was held.
    AfterMeetingHeld {
        /// After this interview.
        interview: u32,
        /// What was decided.
        actions: Vec<ActionOwner>,
    },
}

impl Happened {
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Requested { .. } => "consultation.requested",
            Self::Scheduled { .. } => "consultation.scheduled",
            Self::Held { .. } => "consultation.held",
            Self::AfterMeetingHeld { .. } => "consultation.after_meeting_held",
        }
    }
}

/// Why it is refused.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConsultationRefusal {
    /// Not in a state for it.
    #[error("the consultation is `{0}`, so this cannot be done now")]
    WrongState(ConsultationState),
    /// No such consultation.
    #[error("there is no such consultation")]
    NoSuchConsultation,
    /// No such post.
    #[error("there is no post `{0}` in this house: list them with `barnahus house posts`")]
    NoSuchPost(PostId),
    /// No such authority.
    #[error("there is no authority `{0}` in this house")]
    NoSuchAuthority(AuthorityId),
    /// The post was not invited.
    #[error("`{0}` was not invited, so it cannot be absent")]
    NotInvited(PostId),
    /// Protected, and no coordinator named.
    #[error("the child is protected: name the coordinator's post, because nobody else will learn of the case")]
    CoordinatorNeeded,
    /// In the past.
    #[error("the time lies in the past")]
    InThePast,
    /// Due before it was decided.
    #[error("the action of `{0}` is due before it was decided")]
    DueTooEarly(PostId),
    /// The year's aliases are used up.
    #[error("no alias is free this year: the house needs a new prefix")]
    NoAliasLeft,
    /// The interview has not ended.
    #[error("the interview has not ended: the after-meeting comes after it")]
    InterviewNotEnded,
}

/// Highest number of an alias drawn; a house has some hundreds of cases a year.
const ALIAS_NUMBERS: u32 = 9999;

pub(crate) fn decide(
    house: &House,
    by: &By<'_>,
    target: &Target,
    command: &Command,
    id: [u8; 16],
    now: Time,
) -> Result<Decided, ConsultationRefusal> {
    match command {
        Command::Request { opening, reason, year } => {
            if house.authority(&opening.home_board).is_none() {
                return Err(ConsultationRefusal::NoSuchAuthority(opening.home_board.clone()));
            }
            let coordinator = opening.coordinator.as_ref();
            let coordinates = |post: &PostId| house.post(post).is_some_and(|post| post.roles.contains(&Role::Coordinator));
            match coordinator {
                Some(post) if !coordinates(post) => return Err(ConsultationRefusal::NoSuchPost(post.clone())),
                None if opening.protection > Protection::None => return Err(ConsultationRefusal::CoordinatorNeeded),
                _ => {}
            }
            let alias = free_alias(house, *year, id).ok_or(ConsultationRefusal::NoAliasLeft)?;
            let event = Happened::Requested { opening: opening.clone() };
            Ok(Decided::new(Target::Consultation(alias, 1), Event::Consultation(event)).seal("reason", reason))
        }
        Command::Schedule { starts_at, invited } => {
            let consultation = find(house, target, &[ConsultationState::Requested])?;
            check_posts(house, invited.iter())?;
            if starts_at.is_some_and(|starts_at| starts_at < now) {
                return Err(ConsultationRefusal::InThePast);
            }
            let _ = consultation;
            let event = Happened::Scheduled { starts_at: starts_at.unwrap_or(now), invited: invited.clone() };
            Ok(Decided::new(target.clone(), Event::Consultation(event)))
        }
        Command::Hold { absences, actions } => {
            let consultation = find(house, target, &[ConsultationState::Scheduled])?;
            if let Some(stranger) = absences.iter().find(|absence| !consultation.invited.contains(&absence.post)) {
                return Err(ConsultationRefusal::NotInvited(stranger.post.clone()));
            }
            let owners = check_actions(house, actions, by.happened_at.unwrap_or(now))?;
            let joined = joined(house, consultation, absences, now);
            let there = |role: &Role| joined.iter().any(|seat| seat.role == *role);
            let inquorate = !needed_roles(consultation.kind).iter().all(there);
            let event = Happened::Held { inquorate, absences: absences.clone(), actions: owners, joined };
            Ok(seal_actions(Decided::new(target.clone(), Event::Consultation(event)), actions))
        }
        Command::HoldAfterMeeting { actions } => {
            let Target::Interview(alias, interview) = target else { return Err(ConsultationRefusal::NoSuchConsultation) };
            let case = house.case(alias).ok_or(ConsultationRefusal::NoSuchConsultation)?;
            if case.interview(*interview).is_none_or(|interview| interview.ended_at.is_none()) {
                return Err(ConsultationRefusal::InterviewNotEnded);
            }
            let owners = check_actions(house, actions, by.happened_at.unwrap_or(now))?;
            let number = u32::try_from(case.consultations.len()).unwrap_or(u32::MAX).saturating_add(1);
            let event = Happened::AfterMeetingHeld { interview: *interview, actions: owners };
            Ok(seal_actions(Decided::new(Target::Consultation(alias.clone(), number), Event::Consultation(event)), actions))
        }
    }
}

/// A number drawn at random within the year (C2), the next free one from there.
fn free_alias(house: &House, year: i16, id: [u8; 16]) -> Option<Alias> {
    let prefix = &house.definition()?.alias_prefix;
    let drawn = u128::from_le_bytes(id) % u128::from(ALIAS_NUMBERS);
    let first = u32::try_from(drawn).ok()?;
    (0..ALIAS_NUMBERS).map(|step| Alias::new(prefix, year, (first + step) % ALIAS_NUMBERS + 1)).find(|alias| house.case(alias).is_none())
}

fn find<'a>(house: &'a House, target: &Target, states: &[ConsultationState]) -> Result<&'a Consultation, ConsultationRefusal> {
    let Target::Consultation(alias, number) = target else { return Err(ConsultationRefusal::NoSuchConsultation) };
    let found = house.case(alias).and_then(|case| case.consultation(*number)).ok_or(ConsultationRefusal::NoSuchConsultation)?;
    if states.contains(&found.state) { Ok(found) } else { Err(ConsultationRefusal::WrongState(found.state)) }
}

fn check_posts<'a>(house: &House, posts: impl Iterator<Item = &'a PostId>) -> Result<(), ConsultationRefusal> {
    let mut posts = posts;
    posts.find(|post| house.post(post).is_none()).map_or(Ok(()), |post| Err(ConsultationRefusal::NoSuchPost(post.clone())))
}

fn check_actions(house: &House, actions: &[Action], held_at: Time) -> Result<Vec<ActionOwner>, ConsultationRefusal> {
    check_posts(house, actions.iter().map(|action| &action.owner))?;
    if let Some(early) = actions.iter().find(|action| action.due_at < held_at) {
        return Err(ConsultationRefusal::DueTooEarly(early.owner.clone()));
    }
    Ok(actions.iter().map(|action| ActionOwner { owner: action.owner.clone(), due_at: action.due_at }).collect())
}

fn seal_actions(decided: Decided, actions: &[Action]) -> Decided {
    actions.iter().enumerate().fold(decided, |decided, (at, action)| decided.seal(format!("actions/{at}/what"), &action.what))
}

/// The roles without which a kind of consultation is not quorate (S2).
fn needed_roles(kind: ConsultationKind) -> &'static [Role] {
    match kind {
        ConsultationKind::WithPoliceAndProsecutor => &[Role::InvestigationLeader, Role::PoliceInvestigator],
        _ => &[],
    }
}

/// Everyone who holds an invited post and was not missing joins the team, in the post's first role.
fn joined(house: &House, consultation: &Consultation, absences: &[Absence], now: Time) -> Vec<Seat> {
    let there = consultation.invited.iter().filter(|post| !absences.iter().any(|absence| absence.post == **post));
    let seats = there.filter_map(|id| house.post(id)).flat_map(|post| {
        let role = post.roles.first().copied();
        house
            .holders(&post.id, now)
            .filter_map(move |person| Some(Seat { person: person.id.clone(), post: post.id.clone(), role: role?, part: Part::Team }))
    });
    seats.collect()
}

/// Applies what happened to a consultation. False if the record makes no sense.
pub(crate) fn apply(house: &mut House, alias: &Alias, number: u32, stamp: &Stamp, happened: &Happened) -> bool {
    if let Happened::Requested { opening } = happened {
        return open(house, alias, stamp, opening);
    }
    let roles: Vec<_> = match happened {
        Happened::Scheduled { invited, .. } => {
            invited.iter().filter_map(|post| Some((post.clone(), *house.post(post)?.roles.first()?))).collect()
        }
        _ => Vec::new(),
    };
    let Some(case) = house.cases.get_mut(alias) else { return false };
    if let Happened::AfterMeetingHeld { actions, .. } = happened {
        let mut meeting = blank(number, ConsultationKind::AfterMeeting, stamp);
        meeting.state = ConsultationState::Held;
        meeting.starts_at = Some(stamp.happened());
        meeting.actions.clone_from(actions);
        meeting.actions_index = Some(stamp.index);
        case.consultations.push(meeting);
        return true;
    }
    if let (Some(person), Some(post), Some(role)) = (&stamp.person, &stamp.post, stamp.role) {
        join(case, Seat { person: person.clone(), post: post.clone(), role, part: Part::Team });
    }
    let position = usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
    let Some(consultation) = case.consultations.get_mut(position) else { return false };
    consultation.changed = stamp.index;
    match happened {
        Happened::Requested { .. } | Happened::AfterMeetingHeld { .. } => return false,
        Happened::Scheduled { starts_at, invited } => {
            consultation.state = ConsultationState::Scheduled;
            consultation.starts_at = Some(*starts_at);
            consultation.invited.clone_from(invited);
            case.invited.extend(roles);
        }
        Happened::Held { inquorate, absences, actions, joined } => {
            consultation.state = if *inquorate { ConsultationState::HeldInquorate } else { ConsultationState::Held };
            consultation.absences.clone_from(absences);
            consultation.actions.clone_from(actions);
            consultation.actions_index = Some(stamp.index);
            for seat in joined {
                join(case, seat.clone());
            }
        }
    }
    true
}

/// Takes a seat on the team, if none is held.
pub(crate) fn join(case: &mut Case, seat: Seat) {
    case.seats.entry(seat.person.clone()).or_insert(seat);
}

fn blank(number: u32, kind: ConsultationKind, stamp: &Stamp) -> Consultation {
    Consultation {
        number,
        kind,
        state: ConsultationState::Requested,
        requested_by: stamp.post.clone(),
        requested_at: stamp.at,
        starts_at: None,
        invited: Vec::new(),
        absences: Vec::new(),
        actions: Vec::new(),
        reason_index: None,
        actions_index: None,
        changed: stamp.index,
    }
}

fn open(house: &mut House, alias: &Alias, stamp: &Stamp, opening: &Opening) -> bool {
    let (Some(person), Some(post), Some(role)) = (stamp.person.clone(), stamp.post.clone(), stamp.role) else { return false };
    if house.cases.contains_key(alias) {
        return false;
    }
    let mut consultation = blank(1, opening.kind, stamp);
    consultation.reason_index = Some(stamp.index);
    let mut case = Case {
        alias: alias.clone(),
        home_board: opening.home_board.clone(),
        protection: opening.protection,
        identity_mode: opening.identity_mode,
        child_age_band: opening.child_age_band,
        crime_type: opening.crime_type,
        relation_to_child: opening.relation_to_child,
        language: opening.language.clone(),
        requested_at: stamp.at,
        police_reference: None,
        opened_at: None,
        embargo: false,
        representative_state: None,
        representative: None,
        guardians_informed_at: None,
        changed: stamp.index,
        leader: None,
        seats: Default::default(),
        invited: opening.coordinator.iter().map(|post| (post.clone(), Role::Coordinator)).collect(),
        blocked: Default::default(),
        touched_by: Default::default(),
        consultations: vec![consultation],
        interviews: Vec::new(),
    };
    join(&mut case, Seat { person, post, role, part: Part::Team });
    house.case_order.push(alias.clone());
    house.cases.insert(alias.clone(), case);
    true
}
