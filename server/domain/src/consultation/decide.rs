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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::{
        code::AbsenceReason,
        sample_house::{Failed, OPENED, Point, SampleHouse, authority, opening, person, post, refused, text},
        time::{DAY_US, MINUTE_US},
    };

    const HOST: &str = "coordinator-1";

    fn request(day: &mut SampleHouse, opening: Opening) -> Result<Event, Failed> {
        let request = Command::Request { opening, reason: text("oro om våld"), year: 2026 };
        day.act("welfare-kil-1", Target::House, &crate::Command::Consultation(request))
    }

    fn schedule(invited: &[&str]) -> Command {
        Command::Schedule { starts_at: None, invited: invited.iter().map(|id| post(id)).collect() }
    }

    fn hold(absent: &[&str]) -> Command {
        let absence = |id: &&str| Absence { post: post(id), reason: AbsenceReason::NoCapacity };
        Command::Hold { absences: absent.iter().map(absence).collect(), actions: Vec::new() }
    }

    fn action(owner: &str, due_at: Time) -> Action {
        Action { what: text("polisanmälan"), owner: post(owner), due_at }
    }

    #[test]
    fn a_request_opens_a_case_of_a_board_that_is_an_authority() {
        let mut day = SampleHouse::at(Point::Empty);
        for board in ["advocates", "nowhere"] {
            let wrong = Opening { home_board: authority(board), ..opening("Kil") };
            assert_eq!(request(&mut day, wrong), refused(ConsultationRefusal::NoSuchAuthority(authority(board))));
        }
        let after_meeting = Opening { kind: ConsultationKind::AfterMeeting, ..opening("Kil") };
        assert_eq!(request(&mut day, after_meeting), refused(ConsultationRefusal::InterviewNotEnded));
        request(&mut day, opening("Kil")).expect("requested");
        let decided = day.decided.clone().expect("decided");
        assert_eq!(decided.seals.len(), 1, "the reason is sealed");
        let case = day.house.case(decided.target.case().expect("a case")).expect("opened");
        assert_eq!(
            case.seat(day.house.person(&person("welfare-kil-1")).expect("enrolled"), None, day.now).map(|seat| seat.part),
            Some(Part::Team)
        );
    }

    #[test]
    fn a_protected_case_names_the_coordinator_who_alone_learns_of_it_c3() {
        let mut day = SampleHouse::at(Point::Empty);
        let protected = |coordinator: Option<&str>| Opening {
            protection: Protection::ConfidentialityMarked,
            coordinator: coordinator.map(post),
            ..opening("Kil")
        };
        assert_eq!(request(&mut day, protected(None)), refused(ConsultationRefusal::CoordinatorNeeded));
        let other = refused(ConsultationRefusal::NoSuchPost(post("prosecutor-1")));
        assert_eq!(request(&mut day, protected(Some("prosecutor-1"))), other);
        request(&mut day, protected(Some(HOST))).expect("requested");
        day.alias = day.decided.as_ref().and_then(|decided| decided.target.case()).expect("a case").clone();
        let call = schedule(&["prosecutor-1"]);
        assert_eq!(day.consultation("prosecutor-1", 1, call), Err(Failed::NotFound));
    }

    #[test]
    fn posts_are_called_once_each_and_only_those_that_work_on_cases() {
        let mut day = SampleHouse::at(Point::Requested);
        for id in ["auditor-police-1", "administrator-1", "nobody-1"] {
            let wrong = refused(ConsultationRefusal::NoSuchPost(post(id)));
            assert_eq!(day.consultation(HOST, 1, schedule(&["prosecutor-1", id])), wrong);
        }
        let past = Command::Schedule { starts_at: Some(day.now), invited: Vec::new() };
        assert_eq!(day.consultation(HOST, 1, past), refused(ConsultationRefusal::InThePast));
        day.consultation(HOST, 1, schedule(&["prosecutor-1", "investigator-1", "prosecutor-1"])).expect("scheduled");
        let invited = &day.the_case().consultations()[0].invited;
        assert_eq!(invited, &[post("prosecutor-1"), post("investigator-1")]);
        let again = refused(ConsultationRefusal::WrongState(ConsultationState::Scheduled));
        assert_eq!(day.consultation(HOST, 1, schedule(&[])), again);
        assert_eq!(day.consultation(HOST, 2, schedule(&[])), Err(Failed::NotFound));
    }

    #[test]
    fn who_was_there_joins_the_team_and_a_missing_role_is_said_s2() {
        let mut day = SampleHouse::at(Point::Requested);
        assert_eq!(day.consultation(HOST, 1, hold(&[])), refused(ConsultationRefusal::WrongState(ConsultationState::Requested)));
        day.consultation(HOST, 1, schedule(&["prosecutor-1", "investigator-1", "paediatrician-1"])).expect("scheduled");
        let stranger = refused(ConsultationRefusal::NotInvited(post("welfare-kil-1")));
        assert_eq!(day.consultation(HOST, 1, hold(&["welfare-kil-1"])), stranger);
        let mut quorate = day.clone();
        quorate.consultation(HOST, 1, hold(&["paediatrician-1"])).expect("held");
        assert_eq!(quorate.the_case().consultations()[0].state, ConsultationState::Held);
        day.consultation(HOST, 1, hold(&["investigator-1"])).expect("held");
        assert_eq!(day.the_case().consultations()[0].state, ConsultationState::HeldInquorate);
        let part = |id: &str| {
            let found = day.house.person(&person(id)).expect("enrolled");
            day.the_case().seat(found, None, day.now).map(|seat| seat.part)
        };
        let parts = ["prosecutor-1", "paediatrician-1", "investigator-1", HOST, "defence-1"].map(part);
        assert_eq!(parts, [Some(Part::Team), Some(Part::Team), Some(Part::Invited), Some(Part::Team), None]);
    }

    #[test]
    fn an_action_has_one_owner_who_works_on_cases_and_is_due_after_it_was_decided_s3() {
        let mut day = SampleHouse::at(Point::Requested);
        day.consultation(HOST, 1, schedule(&["prosecutor-1", "investigator-1"])).expect("scheduled");
        let decide = |owner: &str, due_at: Time| Command::Hold { absences: Vec::new(), actions: vec![action(owner, due_at)] };
        let early = day.now;
        assert_eq!(
            day.consultation(HOST, 1, decide("welfare-kil-1", early)),
            refused(ConsultationRefusal::DueTooEarly(post("welfare-kil-1")))
        );
        let later = day.now.plus_us(DAY_US);
        let nobody = refused(ConsultationRefusal::NoSuchPost(post("auditor-police-1")));
        assert_eq!(day.consultation(HOST, 1, decide("auditor-police-1", later)), nobody);
        day.happened_at = Some(early);
        day.consultation(HOST, 1, decide("welfare-kil-1", early)).expect("due at once, when it was held");
        assert_eq!(day.decided.as_ref().map(|decided| decided.seals[0].field.clone()), Some("actions/0/what".to_owned()));
    }

    #[test]
    fn the_after_meeting_comes_after_the_interview() {
        let meet = |day: &mut SampleHouse| {
            let target = Target::Interview(day.alias.clone(), 1);
            day.act(HOST, target, &crate::Command::Consultation(Command::HoldAfterMeeting { actions: Vec::new() }))
        };
        let early = refused(ConsultationRefusal::InterviewNotEnded);
        assert_eq!(meet(&mut SampleHouse::at(Point::Live)), early);
        let mut day = SampleHouse::at(Point::Ended);
        day.happened_at = day.interview().ended_at.map(|ended| ended.plus_us(-MINUTE_US));
        assert_eq!(meet(&mut day), early);
        meet(&mut day).expect("held");
        meet(&mut day).expect("and another");
        assert_eq!(day.the_case().consultations().iter().map(|held| held.number).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_time_before_the_case_or_in_the_future_is_refused_c7() {
        let mut day = SampleHouse::at(Point::Requested);
        day.consultation(HOST, 1, schedule(&["prosecutor-1"])).expect("scheduled");
        for (at, refusal) in [(OPENED, crate::Refusal::TimeBeforeCase), (day.now.plus_us(DAY_US), crate::Refusal::TimeAfterEnd)] {
            day.happened_at = Some(at);
            assert_eq!(day.consultation(HOST, 1, hold(&[])), Err(Failed::Refused(refusal)));
        }
    }

    #[test]
    fn when_every_alias_of_a_year_is_taken_the_house_says_so_c2() {
        let mut day = SampleHouse::at(Point::Requested);
        let case = day.the_case().clone();
        for number in 1..=ALIAS_NUMBERS {
            day.house.cases.entry(Alias::new("VRM", 2026, number)).or_insert_with(|| case.clone());
        }
        assert_eq!(request(&mut day, opening("Kil")), refused(ConsultationRefusal::NoAliasLeft));
        assert!(free_alias(&day.house, 2027, [7; 16]).is_some());
    }

    proptest! {
        #[test]
        fn an_alias_is_drawn_within_the_year_and_never_taken_twice_c2(ids in prop::collection::vec(any::<[u8; 16]>(), 1..8), crowded: bool) {
            let mut day = SampleHouse::at(Point::Requested);
            let taken = day.the_case().clone();
            for id in ids {
                let alias = free_alias(&day.house, 2026, if crowded { [0; 16] } else { id }).expect("free");
                prop_assert!(alias.as_str().starts_with("VRM-2026-") && alias.as_str().len() == 13);
                prop_assert!(day.house.case(&alias).is_none());
                day.house.cases.insert(alias, taken.clone());
            }
        }
    }
}
