//! The live view of a listening room: each role sees exactly its texts, others' as counts, and what was shown is recorded with the act.

mod cut;
mod lost;
mod resume;
mod slow;

use std::{collections::BTreeSet, time::Duration};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_proto::v1::{
    self, AcknowledgeDeliveryRequest, CallBreakRequest, Fate, InterviewState, MergeQuestionRequest, NoteFateRequest, QuestionState,
    RejectQuestionRequest, RejectReason, WatchListeningRoomRequest, WatchListeningRoomResponse, watch_listening_room_response::Message,
};
use barnahus_tests::harness::{
    Client, Harness, Refused,
    day::{Case, Point},
    request_id,
};
use tonic::Streaming;

/// Less than a heartbeat: what comes within it, came at once.
const AT_ONCE: Duration = Duration::from_secs(8);

/// One who watches.
struct Watcher {
    post: String,
    stream: Streaming<WatchListeningRoomResponse>,
    /// Of the newest message.
    token: String,
}

impl Watcher {
    /// Begins to watch, and gives the snapshot.
    async fn begin(case: &Case<'_>, client: &Client, token: &str) -> Result<(Self, v1::RoomSnapshot)> {
        let request = WatchListeningRoomRequest { name: case.interview.clone(), resume_token: token.to_owned() };
        let stream = client.room().watch_listening_room(request).await.map_err(Refused::from)?.into_inner();
        let mut watcher = Self { post: client.post.clone(), stream, token: String::new() };
        match watcher.next().await? {
            Message::Snapshot(snapshot) => Ok((watcher, snapshot)),
            other => bail!("a stream begins with {other:?}"),
        }
    }

    /// The next message that is no sign of life.
    async fn next(&mut self) -> Result<Message> {
        loop {
            let message = tokio::time::timeout(AT_ONCE, self.stream.message()).await;
            let message =
                message.with_context(|| format!("nothing comes to `{}`", self.post))?.map_err(Refused::from)?.context("it ended")?;
            ensure!(!message.resume_token.is_empty(), "a message without a token");
            self.token = message.resume_token;
            match message.message.context("an empty message")? {
                Message::Heartbeat(_) => {}
                message => return Ok(message),
            }
        }
    }

    /// Everything up to the interview's change to this state.
    async fn until(&mut self, state: InterviewState) -> Result<Vec<Message>> {
        let mut seen = Vec::new();
        loop {
            let message = self.next().await?;
            let is_last = matches!(&message, Message::Interview(interview) if interview.state() == state);
            seen.push(message);
            if is_last {
                return Ok(seen);
            }
        }
    }

    /// Why the stream ended: at once, and with nothing more before.
    async fn cut_off(&mut self) -> Result<Refused> {
        loop {
            match tokio::time::timeout(AT_ONCE, self.stream.message()).await.with_context(|| format!("`{}` still watches", self.post))? {
                Err(status) => return Ok(Refused::from(status)),
                Ok(None) => bail!("it ended without a reason"),
                Ok(Some(WatchListeningRoomResponse { message: Some(Message::Question(question)), .. })) => {
                    bail!("it was shown {question:?}")
                }
                Ok(Some(_)) => {}
            }
        }
    }
}

fn texts(messages: &[Message]) -> Vec<(String, QuestionState)> {
    let question = |message: &Message| match message {
        Message::Question(question) => Some((question.text.clone(), question.state())),
        _ => None,
    };
    messages.iter().filter_map(question).collect()
}

fn totals(messages: &[Message]) -> u32 {
    let total = |message: &Message| match message {
        Message::Counts(counts) => Some(counts.counts.iter().map(|count| count.total).sum()),
        _ => None,
    };
    messages.iter().filter_map(total).max().unwrap_or_default()
}

/// Eight who watch one room: everybody of the roles table who may, one of them from two places.
async fn eight<'a>(house: &Harness, case: &Case<'a>) -> Result<Vec<Watcher>> {
    let mut clients = Vec::new();
    for post in ["prosecutor-1", "investigator-1", "welfare-kil-1", "paediatrician-1", "interviewer-1", "coordinator-1", "coordinator-2"] {
        clients.push(house.client(post).await?);
    }
    let leader = case.leader().await?;
    clients.push(leader.elsewhere(house).await?);
    let mut watchers = Vec::new();
    for client in &clients {
        watchers.push(Watcher::begin(case, client, "").await?.0);
    }
    Ok(watchers)
}

#[tokio::test(flavor = "multi_thread")]
async fn each_role_sees_exactly_its_texts_and_others_as_counts() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let mut watchers = eight(&house, &case).await?;
    let texts_asked = [("welfare-kil-1", "från socialtjänsten"), ("paediatrician-1", "från läkaren"), ("prosecutor-1", "från åklagaren")];
    let mut names = Vec::new();
    for (post, text) in texts_asked {
        names.push(case.ask(post, text).await?.name);
    }
    case.approve(&names[0]).await?;
    let reason = RejectReason::Time.into();
    case.call(
        "prosecutor-1",
        RejectQuestionRequest { name: names[1].clone(), request_id: request_id(), etag: String::new(), reason, happened_at: None },
    )
    .await?;
    case.call("interviewer-1", CallBreakRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() }).await?;
    for watcher in &mut watchers {
        let seen = watcher.until(InterviewState::Break).await?;
        let texts: BTreeSet<String> = texts(&seen).into_iter().map(|(text, _)| text).collect();
        let due: &[&str] = match watcher.post.as_str() {
            "prosecutor-1" | "investigator-1" => &["från läkaren", "från socialtjänsten", "från åklagaren"],
            "welfare-kil-1" => &["från socialtjänsten"],
            "paediatrician-1" => &["från läkaren"],
            _ => &[],
        };
        ensure!(texts.iter().eq(due), "`{}` was shown {texts:?}", watcher.post);
        // The interviewer's screen stays quiet (L8).
        let due = if watcher.post == "interviewer-1" { 0 } else { 3 };
        ensure!(totals(&seen) == due, "`{}` counts {}", watcher.post, totals(&seen));
    }
    // L8: what was delivered, and only that, comes to the interviewer with the break. L6: the asker is told at once.
    let interviewer = watchers.iter_mut().find(|watcher| watcher.post == "interviewer-1").context("no interviewer")?;
    let Message::Question(delivered) = interviewer.next().await? else { bail!("nothing is delivered") };
    ensure!((delivered.text.as_str(), delivered.state()) == ("från socialtjänsten", QuestionState::Delivered), "{delivered:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_asker_is_told_of_a_rejection_at_once_l6() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let asked = case.ask("paediatrician-1", "har barnet ont").await?;
    let (mut watcher, snapshot) = Watcher::begin(&case, &house.client("paediatrician-1").await?, "").await?;
    ensure!(snapshot.questions == [asked.clone()] && snapshot.interview.is_some(), "{snapshot:?}");
    let request = RejectQuestionRequest {
        name: asked.name,
        request_id: request_id(),
        etag: String::new(),
        reason: RejectReason::Duplicate.into(),
        happened_at: None,
    };
    case.call("prosecutor-1", request).await?;
    let Message::Question(told) = watcher.next().await? else { bail!("no question came") };
    ensure!(told.state() == QuestionState::Rejected && told.reject_reason() == RejectReason::Duplicate && told.text == "har barnet ont");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_asked_what_was_merged_is_told_of_the_fate_at_once_and_not_of_the_text_l4() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Live).await?;
    let target = case.ask("welfare-kil-1", "vad såg barnet").await?.name;
    let asked = case.ask("paediatrician-1", "såg barnet något").await?.name;
    case.approve(&target).await?;
    let merge = MergeQuestionRequest {
        name: asked.clone(),
        request_id: request_id(),
        etag: String::new(),
        into: target.clone(),
        happened_at: None,
    };
    case.call("prosecutor-1", merge).await?;
    let (mut watcher, snapshot) = Watcher::begin(&case, &house.client("paediatrician-1").await?, "").await?;
    ensure!(snapshot.questions.iter().all(|question| question.target_state() == QuestionState::Approved), "{snapshot:?}");
    case.call("interviewer-1", CallBreakRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() }).await?;
    house.pass_minutes(2);
    let offset = Some(prost_types::Duration { seconds: 75, nanos: 0 });
    let fate = Fate::Answered.into();
    case.call("investigator-1", NoteFateRequest { name: target, request_id: request_id(), fate, offset, ..Default::default() }).await?;
    let mut told = Vec::new();
    while told.len() < 2 {
        if let Message::Question(question) = watcher.next().await? {
            ensure!(question.name == asked && question.text == "såg barnet något" && question.merged_into.is_empty(), "{question:?}");
            told.push((question.state(), question.target_state(), question.offset));
        }
    }
    let merged = |target, offset| (QuestionState::Merged, target, offset);
    ensure!(told == [merged(QuestionState::Delivered, None), merged(QuestionState::Answered, offset)], "{told:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn with_eight_who_watch_an_act_is_one_commit_and_what_is_shown_is_recorded_in_it_u3() -> Result<()> {
    let house = Harness::start().await?;
    let mut case = Case::at(&house, Point::Live).await?;
    let mut watchers = eight(&house, &case).await?;
    let log = house.log().await?;
    ensure!(log.iter().filter(|record| record.kind == "room.watched").count() == 8);
    let (records, commits) = (log.len(), log.checkpoints.len());

    case.ask("welfare-kil-1", "var är syskonen").await?;
    let log = house.log().await?;
    ensure!(log.checkpoints.len() == commits + 1, "{} commits for one act", log.checkpoints.len() - commits);
    // One for each authority whose people watch: its own auditor finds it (U6).
    let [submitted, shown @ ..] = log.since(records) else { bail!("no record") };
    ensure!(
        submitted.kind == "question.submitted" && shown.iter().all(|record| record.kind == "room.shown"),
        "{:?}",
        log.kinds_since(records)
    );
    let checkpoint = log.checkpoints.last().context("no checkpoint")?;
    ensure!(checkpoint.size == (records + 1 + shown.len()) as u64, "the event and its showings do not stand in one checkpoint");
    let due = [
        ("Karlstad", &["coordinator-1", "coordinator-2"][..], &["question_counts"][..]),
        ("Kil", &["welfare-kil-1"], &["question_counts", "question_text"]),
        ("police", &["investigator-1"], &["question_counts", "question_text"]),
        ("prosecution", &["prosecutor-1"], &["question_counts", "question_text"]),
        ("region", &["paediatrician-1"], &["question_counts"]),
    ];
    ensure!(shown.len() == due.len(), "{shown:?}");
    for (record, (authority, posts, categories)) in shown.iter().zip(due) {
        let mut persons = Vec::new();
        for post in posts {
            persons.push(house.client(post).await?.pseudonym().to_owned());
        }
        persons.sort();
        ensure!(record.authority == authority && record.recipients == persons && record.data_categories == categories, "{record:?}");
        let texts = if categories.contains(&"question_text") { vec![submitted.index] } else { Vec::new() };
        ensure!(record.showings.iter().all(|showing| showing.texts == texts) && record.showings.len() == posts.len(), "{record:?}");
        ensure!(record.object == case.interview && record.outcome() == v1::Outcome::Shown, "{record:?}");
        ensure!(!record.policies.is_empty() && record.policies.is_sorted(), "U2, to watch and to read: {record:?}");
        ensure!(
            record.case_alias == submitted.case_alias && record.owner_authority == "Kil",
            "U6: the owner's auditor finds it: {record:?}"
        );
    }
    let each = 1 + shown.len();

    for at in 0..10 {
        case.ask("investigator-1", &format!("fråga {at}")).await?;
    }
    let after = house.log().await?;
    ensure!(after.checkpoints.len() == log.checkpoints.len() + 10 && after.len() == log.len() + 10 * each, "ten acts are ten commits");
    let log = after;

    // What changes nothing shows nothing; and every act is one commit.
    case.house.pass_minutes(1);
    let (records, commits) = (log.len(), log.checkpoints.len());
    case.to(Point::Break).await?;
    let request = AcknowledgeDeliveryRequest {
        name: case.interview.clone(),
        request_id: request_id(),
        etag: String::new(),
        break_number: 1,
        batch_number: 1,
        happened_at: None,
    };
    let _nothing_was_delivered = case.try_call("interviewer-1", request).await?;
    let log = house.log().await?;
    let kinds = log.kinds_since(records);
    let ([first, between @ .., last], shown) = (kinds.as_slice(), ["room.shown"; 5]) else { bail!("{kinds:?}") };
    ensure!(*first == "room.break_called" && between == shown && *last == "access.refused", "{kinds:?}");
    let [_, shown @ .., _] = log.since(records) else { bail!("no record") };
    ensure!(shown.iter().all(|record| record.data_categories == ["interview"] && record.showings.iter().all(|to| to.texts.is_empty())));
    ensure!(log.checkpoints.len() == commits + 2);
    for watcher in &mut watchers {
        watcher.until(InterviewState::Break).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_a_record_names_is_ever_sent() -> Result<()> {
    let house = Harness::start().await?;
    let mut case = Case::at(&house, Point::Live).await?;
    let mut watchers = eight(&house, &case).await?;
    for at in 0..5 {
        let asked = case.ask(["welfare-kil-1", "paediatrician-1", "investigator-1"][at % 3], &format!("fråga {at}")).await?;
        case.approve(&asked.name).await?;
    }
    case.to(Point::Break).await?;
    case.to(Point::Closing).await?;
    let log = house.log().await?;
    for watcher in &mut watchers {
        let seen = watcher.until(InterviewState::Closing).await?;
        let person = house.client(&watcher.post).await?.pseudonym().to_owned();
        for message in seen {
            let Message::Question(question) = message else { continue };
            let text = log
                .iter()
                .find(|record| record.kind == "question.submitted" && record.object == question.name)
                .context("no such question")?;
            let named = log
                .iter()
                .flat_map(|record| &record.showings)
                .any(|showing| showing.person == person && showing.texts.contains(&text.index));
            ensure!(named && !question.text.is_empty(), "`{}` saw `{}` without a record", watcher.post, question.text);
        }
    }
    Ok(())
}
