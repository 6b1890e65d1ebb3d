//! What may be done about consultations, and when. Authorizes nobody.

use std::collections::BTreeSet;

use barnahus_policy::{Part, Protection, Role};

use super::{Absence, Action, ActionOwner, Command, Consultation, ConsultationRefusal, Happened, Opening};
use crate::{
    case::Seat,
    code::{ConsultationKind, ConsultationState},
    command::{By, Decided},
    event::Event,
    house::House,
    id::{Alias, PostId, Target},
    time::Time,
};

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
    let held_at = by.happened_at.unwrap_or(now);
    let about = |target: Target, event: Happened| Decided::new(target, Event::Consultation(event));
    match command {
        Command::Request { opening, reason, year } => {
            check_opening(house, opening)?;
            let alias = free_alias(house, *year, id).ok_or(ConsultationRefusal::NoAliasLeft)?;
            let event = Happened::Requested { opening: opening.clone() };
            Ok(about(Target::Consultation(alias, 1), event).seal("reason", reason))
        }
        Command::Schedule { starts_at, invited } => {
            find(house, target, ConsultationState::Requested)?;
            check_posts(house, invited.iter())?;
            let starts_at = starts_at.unwrap_or(now);
            if starts_at < now {
                return Err(ConsultationRefusal::InThePast);
            }
            let mut called = BTreeSet::new();
            let invited = invited.iter().filter(|post| called.insert(*post)).cloned().collect();
            Ok(about(target.clone(), Happened::Scheduled { starts_at, invited }))
        }
        Command::Hold { absences, actions } => {
            let consultation = find(house, target, ConsultationState::Scheduled)?;
            if let Some(stranger) = absences.iter().find(|absence| !consultation.invited.contains(&absence.post)) {
                return Err(ConsultationRefusal::NotInvited(stranger.post.clone()));
            }
            let owners = check_actions(house, actions, held_at)?;
            let joined = joined(house, consultation, absences, now);
            let there = |role: &Role| joined.iter().any(|seat| house.post(&seat.post).is_some_and(|post| post.roles.contains(role)));
            let inquorate = !needed_roles(consultation.kind).iter().all(there);
            let event = Happened::Held { inquorate, absences: absences.clone(), actions: owners, joined };
            Ok(seal_actions(about(target.clone(), event), actions))
        }
        Command::HoldAfterMeeting { actions } => {
            let Target::Interview(alias, interview) = target else { return Err(ConsultationRefusal::NoSuchConsultation) };
            let case = house.case(alias).ok_or(ConsultationRefusal::NoSuchConsultation)?;
            let ended_at = case.interview(*interview).and_then(|interview| interview.ended_at);
            if ended_at.is_none_or(|ended| held_at < ended) {
                return Err(ConsultationRefusal::InterviewNotEnded);
            }
            let owners = check_actions(house, actions, held_at)?;
            let number = u32::try_from(case.consultations.len()).unwrap_or(u32::MAX).saturating_add(1);
            let event = Happened::AfterMeetingHeld { interview: *interview, actions: owners };
            Ok(seal_actions(about(Target::Consultation(alias.clone(), number), event), actions))
        }
    }
}

fn check_opening(house: &House, opening: &Opening) -> Result<(), ConsultationRefusal> {
    if house.authority(&opening.home_board).is_none_or(|authority| authority.independent) {
        return Err(ConsultationRefusal::NoSuchAuthority(opening.home_board.clone()));
    }
    if opening.kind == ConsultationKind::AfterMeeting {
        return Err(ConsultationRefusal::InterviewNotEnded);
    }
    let coordinates = |post: &PostId| house.post(post).is_some_and(|post| post.roles.contains(&Role::Coordinator));
    match &opening.coordinator {
        Some(post) if !coordinates(post) => Err(ConsultationRefusal::NoSuchPost(post.clone())),
        None if opening.protection > Protection::None => Err(ConsultationRefusal::CoordinatorNeeded),
        _ => Ok(()),
    }
}

/// A number drawn at random within the year (C2), the next free one from there.
fn free_alias(house: &House, year: i16, id: [u8; 16]) -> Option<Alias> {
    let prefix = &house.definition()?.alias_prefix;
    let drawn = u128::from_le_bytes(id) % u128::from(ALIAS_NUMBERS);
    let first = u32::try_from(drawn).ok()?;
    (0..ALIAS_NUMBERS).map(|step| Alias::new(prefix, year, (first + step) % ALIAS_NUMBERS + 1)).find(|alias| house.case(alias).is_none())
}

fn find<'a>(house: &'a House, target: &Target, state: ConsultationState) -> Result<&'a Consultation, ConsultationRefusal> {
    let Target::Consultation(alias, number) = target else { return Err(ConsultationRefusal::NoSuchConsultation) };
    let found = house.case(alias).and_then(|case| case.consultation(*number)).ok_or(ConsultationRefusal::NoSuchConsultation)?;
    if found.state == state { Ok(found) } else { Err(ConsultationRefusal::WrongState(found.state)) }
}

/// Posts that work on cases: auditors and administrators never do ("Who may").
fn check_posts<'a>(house: &House, mut posts: impl Iterator<Item = &'a PostId>) -> Result<(), ConsultationRefusal> {
    let apart = |role: &Role| matches!(role, Role::Auditor | Role::Administrator);
    let works = |post: &PostId| house.post(post).is_some_and(|post| !post.roles.iter().any(apart));
    posts.find(|post| !works(post)).map_or(Ok(()), |post| Err(ConsultationRefusal::NoSuchPost(post.clone())))
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
