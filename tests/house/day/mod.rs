//! A whole day, every rpc of the contract called with success at least once; each leaves the record that the contract says.

mod after;
mod before;
mod lead;
mod people;
mod room;

use std::collections::BTreeSet;

use anyhow::{Result, ensure};
use barnahus_policy::{Part, Role};
use barnahus_proto::{METHODS, v1};
use barnahus_tests::harness::{
    Harness, Rpc,
    day::{Case, Plan, Point},
};

use crate::evidence::{Capacity, Witnessed, witnessed};

const LEADER: Capacity = (Role::InvestigationLeader, Part::Leader);
const INTERVIEWER: Capacity = (Role::ChildInterviewer, Part::Team);
const COORDINATOR: Capacity = (Role::Coordinator, Part::Team);
const INVESTIGATOR: Capacity = (Role::PoliceInvestigator, Part::Admitted);
const WELFARE: Capacity = (Role::ChildWelfareOfficer, Part::Admitted);
const REPRESENTATIVE: Capacity = (Role::SpecialRepresentative, Part::Admitted);
const AUDITOR: Capacity = (Role::Auditor, Part::None);
const ADMINISTRATOR: Capacity = (Role::Administrator, Part::None);

/// Calls as a post; the rpc must succeed, and its record must say so.
async fn act<R: Rpc>(house: &Harness, post: &str, capacity: Capacity, request: R) -> Result<Witnessed<R::Answer>> {
    house.pass_minutes(1);
    let client = house.client(post).await?;
    witnessed(house, &client, capacity, request).await
}

/// The day of the scenario, with a special representative in the listening room.
async fn a_case(house: &Harness) -> Result<Case<'_>> {
    let mut plan = Plan::default();
    plan.listeners.push(("representative-1", v1::Role::SpecialRepresentative, true));
    Case::of(house, plan, Point::Requested).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_rpc_of_a_day_leaves_the_record_that_the_contract_says() -> Result<()> {
    let mut house = Harness::start().await?;
    people::directory_and_administration(&house).await?;
    let case = before::from_the_request_to_the_confirmation(&house).await?;
    lead::deputy_named(&case).await?;
    room::from_the_check_in_to_the_end(&case).await?;
    after::from_the_fates_to_the_audit(&case).await?;
    lead::followed(&case).await?;
    people::revocation(&house).await?;

    let log = house.log().await?;
    let succeeded = |record: &&v1::Record| matches!(record.outcome(), v1::Outcome::Done | v1::Outcome::Shown);
    let called: BTreeSet<&str> = log.iter().filter(succeeded).map(|record| record.operation.as_str()).collect();
    let missing: Vec<_> = METHODS.iter().map(|method| method.path).filter(|path| !called.contains(path)).collect();
    ensure!(missing.is_empty(), "no day is whole without {missing:?}");
    let times: Vec<_> = log.iter().map(|record| record.recorded_at_us).collect();
    ensure!(times.is_sorted(), "recorded_at decreases (C7)");

    // The state is what the log says, and nothing else: rebuilt from it, the house answers alike.
    let (before, protocol) = (case.look("prosecutor-1").await?, after::protocol(&case).await?);
    let (interview, name) = (case.interview.clone(), case.name.clone());
    drop(case);
    house.restart().await?;
    let leader = house.client("prosecutor-1").await?;
    let again = leader.call(v1::GetInterviewRequest { name: interview.clone() }).await?;
    ensure!(again.interview.as_ref() == Some(&before), "after a restart the interview is {:?}", again.interview);
    let again = leader.call(v1::GetProtocolRequest { name: interview }).await?.protocol;
    ensure!(again.as_ref() == Some(&protocol), "after a restart the protocol is {again:?}");
    ensure!(leader.call(v1::GetCaseRequest { name }).await?.case.is_some_and(|case| case.caller_part() == v1::Part::Leader));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_case_comes_from_the_request_to_its_documentation() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Documented).await?;
    ensure!(case.look("coordinator-1").await?.state() == v1::InterviewState::Documented);
    Ok(())
}
