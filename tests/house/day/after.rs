//! From the confirmed fates to the auditor's review.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::DAY_US;
use barnahus_policy::{Part, Role};
use barnahus_proto::v1::{
    self, Action, ConfirmFatesRequest, DocumentInterviewRequest, DrawSampleRequest, ExportRecordsRequest, Fate, FateCorrection,
    GetCheckpointRequest, GetProtocolRequest, HoldAfterMeetingRequest, InterviewState, ListRecordsRequest, Protocol,
    RecordGuardiansInformedRequest,
};
use barnahus_tests::harness::{Answer as _, day::Case, request_id, timestamp};

use super::{AUDITOR, COORDINATOR, INTERVIEWER, INVESTIGATOR, LEADER, REPRESENTATIVE, WELFARE, act, before::embargo_lifted};

pub(super) async fn from_the_fates_to_the_audit(case: &Case<'_>) -> Result<()> {
    documented(case).await?;
    protocol_read(case).await?;
    reviewed(case).await
}

async fn documented(case: &Case<'_>) -> Result<()> {
    let (house, name) = (case.house, || case.interview.clone());
    let correction = FateCorrection {
        question: format!("{}/questions/1", case.interview),
        fate: Fate::NoAnswer.into(),
        offset: Some(prost_types::Duration { seconds: 61, nanos: 0 }),
        reason: 0,
    };
    let request = ConfirmFatesRequest { name: name(), request_id: request_id(), corrections: vec![correction], ..Default::default() };
    let confirmed = act(house, "interviewer-1", INTERVIEWER, request).await?.answer.interview.context("no interview")?;
    ensure!(confirmed.fates_confirmed_at.is_some());
    let due_at = Some(timestamp(house.now().plus_us(DAY_US)));
    let action = Action { what: "krisstöd".into(), owner: house.of("posts", "welfare-kil-1"), due_at };
    let request = HoldAfterMeetingRequest { interview: name(), request_id: request_id(), actions: vec![action], happened_at: None };
    let held = act(house, "coordinator-1", COORDINATOR, request).await?;
    ensure!(held.record.object == format!("{}/consultations/2", case.name), "the record is about {}", held.record.object);
    embargo_lifted(case).await?;
    let request = RecordGuardiansInformedRequest { name: case.name.clone(), request_id: request_id(), ..Default::default() };
    let informed = act(house, "investigator-1", INVESTIGATOR, request).await?.answer.case.context("no case")?;
    ensure!(informed.guardians_informed_at.is_some());
    let request = DocumentInterviewRequest { name: name(), request_id: request_id(), etag: String::new() };
    let documented = act(house, "coordinator-1", COORDINATOR, request).await?.answer.interview.context("no interview")?;
    ensure!(documented.state() == InterviewState::Documented, "L11");
    Ok(())
}

/// The whole protocol, as the leader reads it.
pub(super) async fn protocol(case: &Case<'_>) -> Result<Protocol> {
    let request = GetProtocolRequest { name: case.interview.clone() };
    act(case.house, "prosecutor-1", LEADER, request).await?.answer.protocol.context("no protocol")
}

async fn protocol_read(case: &Case<'_>) -> Result<()> {
    let whole = protocol(case).await?;
    ensure!(
        whole.whole && whole.questions.len() == 7 && whole.questions.iter().all(|question| !question.text.is_empty()),
        "L13: {whole:?}"
    );
    let admitted = |one: &&v1::ProtocolParticipant| one.lines.first().is_some_and(|line| line.event() == v1::ProtocolEvent::Admitted);
    ensure!(whole.participants.iter().filter(admitted).count() == 5, "each listener's admission stands first: {:?}", whole.participants);
    let mistaken = whole.participants.iter().find(|one| one.post == case.house.of("posts", "counsellor-1")).context("who never came")?;
    let told: Vec<_> = mistaken.lines.iter().map(v1::ProtocolLine::event).collect();
    ensure!(told == [v1::ProtocolEvent::Admitted, v1::ProtocolEvent::Removed], "{told:?}");
    let delivered = whole.questions.iter().flat_map(|one| &one.lines).filter(|line| line.event() == v1::ProtocolEvent::QuestionDelivered);
    ensure!(delivered.clone().count() > 0 && delivered.clone().all(|line| line.place > 0), "L13: the order inside a batch");
    let told_absent: Vec<_> = whole
        .participants
        .iter()
        .flat_map(|one| one.lines.iter().map(move |line| (&one.post, line)))
        .filter(|(_, line)| line.event() == v1::ProtocolEvent::Absent)
        .map(|(post, line)| (post.clone(), line.post.clone()))
        .collect();
    let due = (case.house.of("posts", "representative-1"), case.house.of("posts", "coordinator-1"));
    ensure!(told_absent == [due], "an absence is told of one, and recorded by another: {told_absent:?}");
    let log = case.house.log().await?;
    let lines = whole
        .lines
        .iter()
        .chain(whole.participants.iter().flat_map(|one| &one.lines))
        .chain(whole.questions.iter().flat_map(|one| &one.lines));
    for line in lines {
        let record = log.at(line.record_index)?;
        ensure!(record.case_alias == case.name.rsplit('/').next().unwrap_or_default() && record.outcome() == v1::Outcome::Done, "{line:?}");
        ensure!(line.recorded_at == Some(timestamp(barnahus_domain::Time(record.recorded_at_us))), "L13: {line:?} of {record:?}");
    }
    let request = GetProtocolRequest { name: case.interview.clone() };
    let merged = act(case.house, "representative-1", REPRESENTATIVE, request).await?.answer.protocol.context("no protocol")?;
    let of_theirs = merged.questions.iter().map(|question| question.lines.last().map(v1::ProtocolLine::fate)).collect::<Vec<_>>();
    ensure!(of_theirs == [Some(v1::Fate::NotAsked)], "L4, the fate of what it was merged into: {of_theirs:?}");
    let own = act(case.house, "welfare-kil-1", WELFARE, GetProtocolRequest { name: case.interview.clone() }).await?.answer.protocol;
    let own = own.context("no protocol")?;
    let theirs = own.questions.iter().all(|question| question.post == case.house.of("posts", "welfare-kil-1"));
    ensure!(!own.whole && theirs && own.questions.len() == 2, "L13, others their own lines: {:?}", own.questions);
    Ok(())
}

async fn reviewed(case: &Case<'_>) -> Result<()> {
    let (house, auditor) = (case.house, "auditor-police-1");
    let list =
        ListRecordsRequest { parent: house.name(), case: case.name.clone(), kind: "question.submitted".into(), ..Default::default() };
    let listed = act(house, auditor, AUDITOR, list).await?;
    ensure!(listed.answer.records.iter().all(|record| record.authority == "police") && listed.answer.records.len() == 1, "U6");
    ensure!(listed.record.query.contains("kind=question.submitted size=100"), "U2: {}", listed.record.query);

    let (until, parent) = (Some(timestamp(house.now())), house.name());
    let draw = DrawSampleRequest { parent, size: 5, from: None, until, seed: String::new() };
    let drawn = act(house, auditor, AUDITOR, draw.clone()).await?.answer;
    let again = act(house, auditor, AUDITOR, DrawSampleRequest { seed: drawn.seed.clone(), ..draw }).await?.answer;
    ensure!((drawn.population, &drawn.records) == (again.population, &again.records) && drawn.records.len() == 5, "U6: the same sample");
    let me = house.client(auditor).await?;
    ensure!(drawn.records.iter().all(|record| record.person != me.pseudonym()), "U6: never from their own");

    let anybody = (Role::Interpreter, Part::None);
    let newest = act(house, "interpreter-so-1", anybody, GetCheckpointRequest { parent: house.name(), since_size: 0 }).await?.answer;
    let since = act(house, "interpreter-so-1", anybody, GetCheckpointRequest { parent: house.name(), since_size: newest.index() + 1 })
        .await?
        .answer;
    ensure!(!since.consistency_proof.is_empty() && since.checkpoint != newest.checkpoint, "U4");

    let mut stream = me.audit().export_records(ExportRecordsRequest { parent: house.name() }).await?.into_inner();
    let mut leaves = 0;
    while let Some(message) = stream.message().await? {
        leaves += message.leaves.len();
    }
    ensure!(leaves == house.size().await?, "an export holds every leaf or its hash, up to its own record");
    Ok(())
}
