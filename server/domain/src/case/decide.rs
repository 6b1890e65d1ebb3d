//! What may be done to a case, and when. Authorizes nobody.

use barnahus_policy::Role;

use super::{Case, CaseRefusal, Command, Happened, Seat};
use crate::{
    code::{Code as _, IdentityMode, RepresentativeState},
    command::{By, Decided},
    event::Event,
    house::House,
    id::{PostId, Target},
    interview::Interview,
    time::Time,
};

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, CaseRefusal> {
    let case = target.case().and_then(|alias| house.case(alias)).ok_or(CaseRefusal::NoSuchCase)?;
    let happened = |event: Happened| Decided::new(target.clone(), Event::Case(event));
    match command {
        Command::OpenInvestigation { police_reference, identity_mode, legal_ground } => {
            // One who lost the post leads no longer; whoever is called in their place takes over.
            let leads = |leader: &&Seat| house.person(&leader.person).is_some_and(|person| person.holds(&leader.post, now));
            if let Some(leader) = case.leader.as_ref().filter(leads) {
                return Err(CaseRefusal::LeaderExists(leader.post.clone()));
            }
            let identity_mode = forward(case, *identity_mode, legal_ground.is_some())?;
            let mut decided = happened(Happened::InvestigationOpened { police_reference: police_reference.clone(), identity_mode });
            decided.ground.clone_from(legal_ground);
            Ok(decided)
        }
        Command::NameDeputy(post) => {
            // L5: beforehand.
            if case.interviews().iter().any(Interview::is_running) {
                return Err(CaseRefusal::InterviewRuns);
            }
            let leads = house.post(post).is_some_and(|post| post.roles.contains(&Role::InvestigationLeader));
            if !leads || *post == by.actor.post || case.deputies.contains(post) {
                return Err(CaseRefusal::CannotDepute(post.clone()));
            }
            Ok(happened(Happened::DeputyNamed { post: post.clone() }))
        }
        Command::SetEmbargo(_) if case.embargo => Err(CaseRefusal::EmbargoOn),
        Command::SetEmbargo(reason) => Ok(happened(Happened::EmbargoSet).seal("reason", reason)),
        Command::LiftEmbargo(_) if !case.embargo => Err(CaseRefusal::EmbargoOff),
        Command::LiftEmbargo(reason) => Ok(happened(Happened::EmbargoLifted).seal("reason", reason)),
        Command::RecordRepresentative { state, post, court_reference } => {
            check_representative(house, case, *state, post.as_ref(), court_reference.as_deref())?;
            let (state, post, court_reference) = (*state, post.clone(), court_reference.clone());
            Ok(happened(Happened::RepresentativeRecorded { state, post, court_reference }))
        }
        Command::RecordGuardiansInformed => {
            // C6: after the embargo is lifted, by what is claimed too.
            let informed = by.happened_at.unwrap_or(now);
            if case.embargo || case.embargo_lifted_at.is_some_and(|lifted| informed < lifted) {
                Err(CaseRefusal::EmbargoOn)
            } else if case.guardians_informed_at.is_some() {
                Err(CaseRefusal::GuardiansInformedAlready)
            } else {
                Ok(happened(Happened::GuardiansInformed))
            }
        }
    }
}

/// C2: the identity mode only goes forward, with a legal ground.
fn forward(case: &Case, to: Option<IdentityMode>, grounded: bool) -> Result<IdentityMode, CaseRefusal> {
    let to = to.unwrap_or(case.identity_mode);
    if to < case.identity_mode || (to > case.identity_mode && !grounded) { Err(CaseRefusal::IdentityGoesForward) } else { Ok(to) }
}

/// S5: an appointment only goes forward; after a discharge it may begin anew. The court's reference stands from the application on.
fn check_representative(
    house: &House,
    case: &Case,
    to: RepresentativeState,
    post: Option<&PostId>,
    court_reference: Option<&str>,
) -> Result<(), CaseRefusal> {
    let from = case.representative_state;
    let appointed = |state: RepresentativeState| matches!(state, RepresentativeState::InterimAppointed | RepresentativeState::Confirmed);
    let goes = match (from, to) {
        (from, RepresentativeState::Discharged) => from.is_some_and(appointed),
        (None | Some(RepresentativeState::Discharged), _) => true,
        (Some(from), to) => to > from,
    };
    if !goes || (to >= RepresentativeState::Applied && court_reference.is_none()) || (appointed(to) && post.is_none()) {
        return Err(CaseRefusal::RepresentativeState { from: from.map_or("nothing", |state| state.as_str()), to });
    }
    match post {
        Some(id) if house.post(id).is_none_or(|post| !post.roles.contains(&Role::SpecialRepresentative)) => {
            Err(CaseRefusal::NotARepresentative(id.clone()))
        }
        _ => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        question, room,
        sample_house::{Failed, Point, SampleHouse, person, post, refused, start, text},
        time::{DAY_US, MINUTE_US},
    };

    fn open(mode: Option<IdentityMode>, ground: Option<&str>) -> Command {
        let (police_reference, legal_ground) = ("5000-K1-26".to_owned(), ground.map(str::to_owned));
        Command::OpenInvestigation { police_reference, identity_mode: mode, legal_ground }
    }

    #[test]
    fn a_deputy_named_beforehand_acts_in_the_leaders_place_l5() {
        let cannot = |id: &str| refused(CaseRefusal::CannotDepute(post(id)));
        let mut day = SampleHouse::at(Point::Booked);
        for id in ["investigator-1", "prosecutor-1", "nobody-1"] {
            assert_eq!(day.case("prosecutor-1", Command::NameDeputy(post(id))), cannot(id));
        }
        assert_eq!(day.case("prosecutor-2", Command::NameDeputy(post("prosecutor-2"))), Err(Failed::NotFound));
        day.case("prosecutor-1", Command::NameDeputy(post("prosecutor-2"))).expect("named");
        assert_eq!(day.case("prosecutor-1", Command::NameDeputy(post("prosecutor-2"))), cannot("prosecutor-2"));
        assert_eq!(day.case("prosecutor-2", Command::NameDeputy(post("prosecutor-1"))), Err(Failed::Denied), "a deputy names nobody");

        let mut day = SampleHouse::at(Point::Ready);
        day.case("prosecutor-1", Command::NameDeputy(post("prosecutor-2"))).expect("named");
        day.room("interviewer-1", start(None)).expect("started");
        assert_eq!(day.case("prosecutor-1", Command::NameDeputy(post("prosecutor-2"))), refused(CaseRefusal::InterviewRuns));
        let number = day.ask("welfare-kil-1");
        let handed = day.decided.as_ref().map(|decided| decided.recipients.clone()).expect("decided");
        assert!(handed.contains(&person("prosecutor-2")), "who decides sees every question");
        day.check_in("prosecutor-2").expect("in");
        day.question("prosecutor-2", number, question::Command::Approve).expect("approved");
        let other = refused(question::QuestionRefusal::DecidedByAnother);
        assert_eq!(day.question("prosecutor-1", number, question::Command::Defer), other, "one wins, the other is told");
        day.etag = Some(day.asked(number).changed);
        day.question("prosecutor-1", number, question::Command::Defer).expect("what one has seen one decides anew");
        day.room("prosecutor-2", room::Command::CheckOut).expect("out");
    }

    #[test]
    fn the_identity_mode_goes_forward_with_a_ground_only_c2() {
        let mut day = SampleHouse::at(Point::Held);
        let forward = refused(CaseRefusal::IdentityGoesForward);
        assert_eq!(day.case("prosecutor-1", open(Some(IdentityMode::Identified), None)), forward);
        day.case("prosecutor-1", open(None, None)).expect("the mode stays as it is");
        assert_eq!(day.the_case().identity_mode, IdentityMode::Anonymous);

        let mut day = SampleHouse::at(Point::Led);
        assert_eq!(day.the_case().identity_mode, IdentityMode::Identified);
        let back = self::forward(day.the_case(), Some(IdentityMode::Anonymous), true);
        assert_eq!(back, Err(CaseRefusal::IdentityGoesForward));
        let again = day.case("prosecutor-1", open(None, None));
        assert_eq!(again, Err(Failed::Denied), "the leader leads already");
    }

    #[test]
    fn an_investigation_has_one_leader_and_its_clock_starts_at_the_report_c7() {
        let mut day = SampleHouse::at(Point::Held);
        let reported = day.now.plus_us(-MINUTE_US);
        day.happened_at = Some(reported);
        day.case("prosecutor-1", open(None, None)).expect("opened");
        assert_eq!(day.the_case().first_interview_due_at(), Some(reported.plus_us(14 * DAY_US)));
        assert_eq!(day.the_case().leader().map(|seat| seat.person.clone()), Some(person("prosecutor-1")));
        assert_eq!(day.case("prosecutor-2", open(None, None)), Err(Failed::NotFound), "an outsider does not learn of it");
    }

    #[test]
    fn only_the_leader_sets_and_lifts_the_embargo_each_once_c6() {
        let mut day = SampleHouse::at(Point::Led);
        assert_eq!(day.case("coordinator-1", Command::SetEmbargo(text("skäl"))), Err(Failed::Denied));
        assert_eq!(day.case("prosecutor-1", Command::LiftEmbargo(text("skäl"))), refused(CaseRefusal::EmbargoOff));
        day.case("prosecutor-1", Command::SetEmbargo(text("skäl"))).expect("set");
        assert_eq!(day.case("prosecutor-1", Command::SetEmbargo(text("skäl"))), refused(CaseRefusal::EmbargoOn));
        day.case("prosecutor-1", Command::LiftEmbargo(text("skäl"))).expect("lifted");
        assert!(!day.the_case().embargo);
    }

    #[test]
    fn the_guardians_are_informed_once_and_after_the_embargo_c6() {
        let mut day = SampleHouse::at(Point::Led);
        day.case("prosecutor-1", Command::SetEmbargo(text("skäl"))).expect("set");
        assert_eq!(day.case("investigator-1", Command::RecordGuardiansInformed), refused(CaseRefusal::EmbargoOn));
        let before = day.now;
        day.case("prosecutor-1", Command::LiftEmbargo(text("skäl"))).expect("lifted");
        day.happened_at = Some(before);
        assert_eq!(day.case("investigator-1", Command::RecordGuardiansInformed), refused(CaseRefusal::EmbargoOn));
        day.case("investigator-1", Command::RecordGuardiansInformed).expect("recorded");
        assert_eq!(day.case("investigator-1", Command::RecordGuardiansInformed), refused(CaseRefusal::GuardiansInformedAlready));
    }

    #[test]
    fn an_appointment_only_goes_forward_and_may_begin_anew_after_a_discharge_s5() {
        use RepresentativeState::{Applied, Confirmed, Discharged, InterimAppointed, Needed, NotNeeded};
        let mut day = SampleHouse::at(Point::Led);
        let wrong = |from: &'static str, to| refused(CaseRefusal::RepresentativeState { from, to });
        assert_eq!(day.represent(Discharged), wrong("nothing", Discharged));
        for (state, representative) in [(NotNeeded, false), (Needed, false), (Applied, false), (InterimAppointed, true), (Confirmed, true)]
        {
            day.represent(state).expect("forward");
            assert_eq!(day.the_case().representative.is_some(), representative, "{state}");
        }
        assert_eq!(day.represent(InterimAppointed), wrong("CONFIRMED", InterimAppointed));
        day.represent(Discharged).expect("discharged");
        assert_eq!(day.the_case().representative, None);
        assert_eq!(day.represent(Discharged), wrong("DISCHARGED", Discharged));
        day.represent(Applied).expect("anew");
    }

    #[test]
    fn an_appointment_needs_the_courts_reference_and_a_post_that_represents_s5() {
        let mut day = SampleHouse::at(Point::Led);
        let mut record = |state, id: Option<&str>, reference: Option<&str>| {
            let command = Command::RecordRepresentative { state, post: id.map(post), court_reference: reference.map(str::to_owned) };
            day.case("prosecutor-1", command)
        };
        let (applied, appointed) = (RepresentativeState::Applied, RepresentativeState::InterimAppointed);
        assert_eq!(record(applied, None, None), refused(CaseRefusal::RepresentativeState { from: "nothing", to: applied }));
        record(applied, None, Some("T 1-26")).expect("applied");
        assert_eq!(record(appointed, None, Some("T 1-26")), refused(CaseRefusal::RepresentativeState { from: "APPLIED", to: appointed }));
        let other = record(appointed, Some("paediatrician-1"), Some("T 1-26"));
        assert_eq!(other, refused(CaseRefusal::NotARepresentative(post("paediatrician-1"))));
        record(appointed, Some("representative-1"), Some("T 1-26")).expect("appointed");
    }
}
