//! From the first request to the confirmed booking.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::DAY_US;
use barnahus_policy::{Part, Role};
use barnahus_proto::v1::{
    self, AcceptBookingRequest, Action, AdmitObserversRequest, ConfirmInterviewRequest, ConsultationState, DeclineBookingRequest,
    GetCaseRequest, GetConsultationRequest, GetInterviewRequest, HoldConsultationRequest, InterviewState, InvitationState,
    LiftEmbargoRequest, ListCasesRequest, ListConsultationsRequest, ListInterviewsRequest, Need, OrderDisclosureBanRequest,
    RecordSpecialRepresentativeRequest, RepresentativeState, ScheduleConsultationRequest, SetEmbargoRequest,
};
use barnahus_tests::harness::{
    Harness,
    day::{Case, Plan, consultation},
    refused, request_id, timestamp,
};

use super::{COORDINATOR, INTERVIEWER, LEADER, a_case, act};

pub(super) async fn from_the_request_to_the_confirmation(house: &Harness) -> Result<Case<'_>> {
    let case = a_case(house).await?;
    consultation_held(&case).await?;
    investigation_opened(&case).await?;
    interview_booked(&case).await?;
    interview_confirmed(&case).await?;
    Ok(case)
}

async fn consultation_held(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.consultation.clone());
    let officer = (Role::ChildWelfareOfficer, Part::None);
    let made = act(house, "welfare-torsby-1", officer, consultation(house, &Plan::other())).await?;
    let other = made.answer.case.clone();
    ensure!(made.record.object == made.answer.consultation.context("no consultation")?.name);
    ensure!(
        made.record.owner_authority == "Torsby"
            && made.record.commitments.len() == 1
            && made.record.data_categories == ["consultation_reason"]
    );

    let host = (Role::Coordinator, Part::None);
    let invited = ["prosecutor-1", "investigator-1", "welfare-kil-1", "child-psychiatry-1"].map(|post| house.of("posts", post)).to_vec();
    let request = ScheduleConsultationRequest { name: name(), request_id: request_id(), invited, ..Default::default() };
    let scheduled = act(house, "coordinator-1", host, request).await?.answer.consultation.context("no consultation")?;
    ensure!(scheduled.state() == ConsultationState::Scheduled && scheduled.invited.len() == 4);

    let absence = v1::Absence { post: house.of("posts", "child-psychiatry-1"), reason: v1::AbsenceReason::NoCapacity.into() };
    let due_at = Some(timestamp(house.now().plus_us(DAY_US)));
    let action = Action { what: "boka undersökning".into(), owner: house.of("posts", "coordinator-1"), due_at };
    let request = HoldConsultationRequest {
        name: name(),
        request_id: request_id(),
        absences: vec![absence],
        actions: vec![action.clone()],
        happened_at: Some(timestamp(house.now())),
        ..Default::default()
    };
    let held = act(house, "coordinator-1", COORDINATOR, request).await?;
    ensure!(held.record.happened_at_us != 0 && held.record.happened_at_us < held.record.recorded_at_us, "C7: {:?}", held.record);
    let held = held.answer.consultation.context("no consultation")?;
    ensure!(held.state() == ConsultationState::Held && held.actions == [action]);

    // Who was there is on the team, who was not is not, and others' cases are not in the list.
    let team = (Role::PoliceInvestigator, Part::Team);
    let seen = act(house, "investigator-1", team, GetConsultationRequest { name: name() }).await?;
    ensure!(seen.record.showings.first().is_some_and(|showing| showing.texts.len() == 2), "{:?}", seen.record.showings);
    let list = ListConsultationsRequest { parent: house.name(), ..Default::default() };
    let listing = act(house, "investigator-1", (Role::PoliceInvestigator, Part::None), list).await?;
    let (listed, told) = (listing.answer.consultations, listing.record.listed);
    ensure!(told == [name()], "U1: who saw what in a list: {told:?}");
    ensure!(
        listed.iter().map(|consultation| &consultation.name).eq([&case.consultation])
            && listed.iter().all(|listed| listed.reason.is_empty())
    );
    let list = ListCasesRequest { parent: house.name(), ..Default::default() };
    let listing = act(house, "coordinator-1", host, list).await?;
    let (listed, told) = (listing.answer.cases, listing.record.listed);
    ensure!(told == [other.clone(), case.name.clone()], "U1: who saw what in a list: {told:?}");
    ensure!(listed.iter().map(|case| &case.name).eq([&other, &case.name]), "newest first: {listed:?}");
    Ok(())
}

async fn investigation_opened(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.name.clone());
    let opened = act(house, "prosecutor-1", (Role::InvestigationLeader, Part::Team), case.opening()).await?;
    ensure!(opened.record.legal_ground == "OSL 10:21", "{:?}", opened.record);
    let opened = opened.answer.case.context("no case")?;
    ensure!(opened.leader == house.of("posts", "prosecutor-1") && opened.identity_mode() == v1::IdentityMode::Identified);
    let (from, due) = (opened.opened_at.context("opened")?, opened.first_interview_due_at.context("due")?);
    ensure!(due.seconds - from.seconds == 14 * 24 * 3600, "C7: 14 days from the report");

    let (reason, etag) = ("en vårdnadshavare är misstänkt".to_owned(), opened.etag);
    let request = SetEmbargoRequest { name: name(), request_id: request_id(), etag, reason };
    let set = act(house, "prosecutor-1", LEADER, request).await?;
    ensure!(set.record.commitments.len() == 1 && set.answer.case.context("no case")?.embargo);
    for (state, post) in [(RepresentativeState::Applied, ""), (RepresentativeState::InterimAppointed, "representative-1")] {
        let request = RecordSpecialRepresentativeRequest {
            name: name(),
            request_id: request_id(),
            state: state.into(),
            post: if post.is_empty() { String::new() } else { house.of("posts", post) },
            court_reference: "T-1".into(),
            ..Default::default()
        };
        let recorded = act(house, "prosecutor-1", LEADER, request).await?.answer.case.context("no case")?;
        ensure!(recorded.representative_state() == state);
    }
    let seen = act(house, "prosecutor-1", LEADER, GetCaseRequest { name: name() }).await?.answer.case.context("no case")?;
    ensure!(seen.embargo && seen.representative == house.of("posts", "representative-1") && seen.caller_part() == v1::Part::Leader);
    Ok(())
}

async fn interview_booked(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let mut booking = case.booking(house.now().plus_us(DAY_US));
    let wish = Need { role: v1::Role::Counsellor.into(), required: false, post: house.of("posts", "counsellor-1") };
    booking.needs.push(wish);
    let booked = act(house, "coordinator-1", COORDINATOR, booking).await?;
    ensure!(booked.record.object == case.interview, "the record is about {}", booked.record.object);
    ensure!(booked.answer.interview.context("no interview")?.state() == InterviewState::Tentative);

    let capacities = [
        ("prosecutor-1", LEADER),
        ("interviewer-1", (Role::ChildInterviewer, Part::Invited)),
        ("investigator-1", (Role::PoliceInvestigator, Part::Team)),
        ("welfare-kil-1", (Role::ChildWelfareOfficer, Part::Team)),
        ("paediatrician-1", (Role::Paediatrician, Part::Invited)),
        ("representative-1", (Role::SpecialRepresentative, Part::Invited)),
    ];
    for (post, capacity) in capacities {
        let request = AcceptBookingRequest { name: name(), request_id: request_id(), etag: String::new() };
        act(house, post, capacity, request).await?;
    }
    let reason = v1::AbsenceReason::Illness.into();
    let request = DeclineBookingRequest { name: name(), request_id: request_id(), etag: String::new(), reason };
    let declined =
        act(house, "counsellor-1", (Role::Counsellor, Part::Invited), request).await?.answer.interview.context("no interview")?;
    let answer = |post: &str| declined.invitations.iter().find(|known| known.post.ends_with(post)).map(|known| known.state());
    ensure!(answer("counsellor-1") == Some(InvitationState::Declined) && answer("interviewer-1") == Some(InvitationState::Accepted));
    let (post, instead_of) = (house.of("posts", "child-psychiatry-1"), house.of("posts", "counsellor-1"));
    let request = v1::InvitePostRequest { name: name(), request_id: request_id(), etag: String::new(), post, instead_of };
    let none_fits = case.try_call("coordinator-1", v1::InvitePostRequest { request_id: request_id(), ..request.clone() }).await?;
    refused(none_fits, v1::ErrorReason::NobodyFits)?;
    let again = v1::InvitePostRequest { post: request.instead_of.clone(), ..request };
    let declined = act(house, "coordinator-1", COORDINATOR, again).await?.answer.interview.context("no interview")?;
    ensure!(declined.invitations.iter().any(|known| known.post.ends_with("counsellor-1") && known.state() == InvitationState::Open));
    let seen = act(house, "interviewer-1", INTERVIEWER, GetInterviewRequest { name: name() }).await?.answer;
    ensure!(seen.interview.as_ref() == Some(&declined), "{seen:?}");
    let list = ListInterviewsRequest { parent: house.name(), ..Default::default() };
    let listing = act(house, "coordinator-2", (Role::Coordinator, Part::None), list).await?;
    let (listed, told) = (listing.answer.interviews, listing.record.listed);
    ensure!(told == [name()], "U1: who saw what in a list: {told:?}");
    ensure!(listed.iter().map(|interview| &interview.name).eq([&case.interview]), "C3: coordinators host every unprotected case");
    Ok(())
}

async fn interview_confirmed(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let request = ConfirmInterviewRequest { name: name(), request_id: request_id(), ..Default::default() };
    let confirmed = act(house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(confirmed.state() == InterviewState::Confirmed && confirmed.observers.len() == 2, "L1: leader and interviewer by right");
    let (scope, until) = ("vad som sägs vid förhöret".to_owned(), Some(timestamp(house.now().plus_us(20 * DAY_US))));
    let request = OrderDisclosureBanRequest { name: name(), request_id: request_id(), scope: scope.clone(), until, ..Default::default() };
    let ordered = act(house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(ordered.disclosure_ban && ordered.disclosure_ban_scope == scope);
    let mistaken = house.client("counsellor-1").await?.person;
    let request = AdmitObserversRequest { name: name(), request_id: request_id(), persons: vec![mistaken.clone()], ..Default::default() };
    case.call("prosecutor-1", request).await?;
    let request = v1::RemoveObserverRequest { name: name(), request_id: request_id(), person: mistaken, ..Default::default() };
    case.call("prosecutor-1", request).await?;
    let mut persons = Vec::new();
    for (post, _, _) in &case.plan.listeners {
        persons.push(house.client(post).await?.person);
    }
    let request = AdmitObserversRequest { name: name(), request_id: request_id(), persons: persons.clone(), ..Default::default() };
    act(house, "prosecutor-1", LEADER, request).await?;
    let person = persons.first().cloned().context("nobody listens")?;
    let request = v1::RemoveObserverRequest { name: name(), request_id: request_id(), person: person.clone(), ..Default::default() };
    let removed = act(house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(removed.observers.iter().all(|observer| observer.person != person), "L1: {:?}", removed.observers);
    let request = AdmitObserversRequest { name: name(), request_id: request_id(), persons, ..Default::default() };
    let admitted = act(house, "prosecutor-1", LEADER, request).await?.answer.interview.context("no interview")?;
    ensure!(admitted.observers.len() == 2 + case.plan.listeners.len(), "L1: {:?}", admitted.observers);
    Ok(())
}

/// The embargo is lifted after the interview, by the leader alone (C6).
pub(super) async fn embargo_lifted(case: &Case<'_>) -> Result<()> {
    let reason = "misstänkt hörd".to_owned();
    let request = LiftEmbargoRequest { name: case.name.clone(), request_id: request_id(), reason, ..Default::default() };
    let lifted = act(case.house, "prosecutor-1", LEADER, request).await?.answer.case.context("no case")?;
    ensure!(!lifted.embargo);
    Ok(())
}
