//! The house over the wire on both engines: each test is one function that runs on SQLite and on PostgreSQL. Where PostgreSQL is not
//! installed its half is shown as ignored, and under `CI=true` it fails.

use std::{
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_audit::{
    Hash, Trust,
    export::{Leaf, Writer, verify},
};
use barnahus_proto::v1::{
    self, ErrorReason, ExportRecordsRequest, InterviewState, Outcome, SubmitQuestionRequest, WatchListeningRoomRequest,
    exported_leaf::Form, watch_listening_room_response::Message,
};
use barnahus_tests::{
    harness::{
        Answer as _, Harness, Options,
        day::{Case, Plan, Point},
        refused, request_id,
    },
    postgres::{self, Cluster},
};
use libtest_mimic::{Arguments, Failed, Trial};
use tokio::task::JoinSet;

type Test = fn(Options) -> Result<()>;

/// Names each function, and runs its future.
macro_rules! tests {
    ($($name:ident),* $(,)?) => {
        &[$((stringify!($name), |options| run($name(options)))),*]
    };
}

const ON_BOTH: &[(&str, Test)] = tests![
    a_day_comes_to_its_documentation_and_is_the_same_after_a_restart,
    many_at_once_are_brought_into_one_order_and_of_two_bookings_one_wins_b2,
    a_repeat_is_known_after_a_restart_and_other_content_is_refused,
    an_act_with_watchers_is_one_commit_and_what_is_shown_is_in_it,
    an_export_verifies,
    what_is_refused_is_recorded_and_changes_nothing,
];

fn main() -> ExitCode {
    let cluster = Arc::new(OnceLock::new());
    let mut trials = Vec::new();
    for (name, test) in ON_BOTH {
        trials.push(Trial::test(format!("sqlite::{name}"), || finished(test(Options::default()))));
        let cluster = Arc::clone(&cluster);
        let trial = Trial::test(format!("postgres::{name}"), move || finished(on_postgres(&cluster).and_then(*test)));
        trials.push(match postgres::absent() {
            None => trial,
            Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
        });
    }
    let outcome = libtest_mimic::run(&Arguments::from_args(), trials);
    // Here, not at exit: nothing drops what a process leaves behind.
    drop(cluster);
    outcome.exit_code()
}

/// Two new databases: one for the log, one for the keys.
fn on_postgres(cluster: &OnceLock<Cluster>) -> Result<Options> {
    if cluster.get().is_none() {
        // Whoever came second drops what they made.
        drop(cluster.set(Cluster::start()?));
    }
    let cluster = cluster.get().context("no cluster")?;
    Ok(Options { postgres: Some((cluster.database()?, cluster.database()?)), ..Options::default() })
}

fn run(test: impl Future<Output = Result<()>>) -> Result<()> {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?.block_on(test)
}

fn finished(outcome: Result<()>) -> Result<(), Failed> {
    outcome.map_err(|error| Failed::from(format!("{error:#}")))
}

async fn a_day_comes_to_its_documentation_and_is_the_same_after_a_restart(options: Options) -> Result<()> {
    let mut house = Harness::start_with(options).await?;
    let (interview, before) = {
        let mut case = Case::at(&house, Point::Live).await?;
        let asked = case.ask("welfare-kil-1", "var är syskonen").await?;
        case.approve(&asked.name).await?;
        case.to(Point::Documented).await?;
        (case.interview.clone(), case.look("prosecutor-1").await?)
    };
    ensure!(before.state() == InterviewState::Documented);
    house.restart().await?;
    let leader = house.client("prosecutor-1").await?;
    let after = leader.call(v1::GetInterviewRequest { name: interview.clone() }).await?.interview;
    ensure!(after.as_ref() == Some(&before), "{after:?}");
    let question = leader.call(v1::GetQuestionRequest { name: format!("{interview}/questions/1") }).await?.question;
    ensure!(question.is_some_and(|question| question.text == "var är syskonen"));
    let log = house.log().await?;
    ensure!(log.iter().zip(0..).all(|(record, index)| record.index == index));
    Ok(())
}

async fn many_at_once_are_brought_into_one_order_and_of_two_bookings_one_wins_b2(options: Options) -> Result<()> {
    let house = Harness::start_with(options).await?;
    let (first, second) = (Case::at(&house, Point::Opened).await?, Case::of(&house, Plan::other(), Point::Opened).await?);
    let starts_at = house.now().plus_us(86_400_000_000);
    let (one, other) =
        (first.booking(starts_at), v1::BookInterviewRequest { rooms: first.booking(starts_at).rooms, ..second.booking(starts_at) });
    let (ours, theirs) = (house.client("coordinator-1").await?, house.client("coordinator-2").await?);
    let (one, other) = tokio::join!(ours.call(one), theirs.call(other));
    ensure!(one.is_ok() != other.is_ok(), "{one:?} and {other:?}");
    refused(if one.is_ok() { other } else { one }, ErrorReason::ResourceTaken)?;

    let case = Case::of(&house, Plan { days: 3, ..Plan::default() }, Point::Live).await?;
    let before = house.size().await?;
    let mut calls = JoinSet::new();
    for (at, post) in (0..40).zip(["investigator-1", "welfare-kil-1", "paediatrician-1"].into_iter().cycle()) {
        let asker = house.client(post).await?;
        let (parent, text) = (case.interview.clone(), format!("fråga {at}"));
        calls
            .spawn(async move { asker.call(SubmitQuestionRequest { parent, request_id: request_id(), text, ..Default::default() }).await });
    }
    while let Some(outcome) = calls.join_next().await {
        outcome??;
    }
    ensure!(house.log().await?.since(before).iter().filter(|record| record.outcome() == Outcome::Done).count() == 40);
    Ok(())
}

async fn a_repeat_is_known_after_a_restart_and_other_content_is_refused(options: Options) -> Result<()> {
    let mut house = Harness::start_with(options).await?;
    let interview = Case::at(&house, Point::Live).await?.interview;
    let asker = house.client("paediatrician-1").await?;
    let request =
        SubmitQuestionRequest { parent: interview, request_id: request_id(), text: "har barnet ont".into(), ..Default::default() };
    let first = asker.call(request.clone()).await?;
    house.restart().await?;
    let again = asker.call(request.clone()).await?;
    ensure!(again.question == first.question && again.index() == first.index());
    refused(asker.call(SubmitQuestionRequest { text: "något annat".into(), ..request }).await, ErrorReason::RequestIdReused)?;
    Ok(())
}

async fn an_act_with_watchers_is_one_commit_and_what_is_shown_is_in_it(options: Options) -> Result<()> {
    let house = Harness::start_with(options).await?;
    let case = Case::at(&house, Point::Live).await?;
    let mut streams = Vec::new();
    for post in ["prosecutor-1", "investigator-1"] {
        let request = WatchListeningRoomRequest { name: case.interview.clone(), ..Default::default() };
        streams.push(house.client(post).await?.room().watch_listening_room(request).await?.into_inner());
    }
    let before = house.log().await?;
    case.ask("welfare-kil-1", "var är syskonen").await?;
    let after = house.log().await?;
    ensure!(
        after.kinds_since(before.len()) == ["question.submitted", "room.shown", "room.shown"]
            && after.checkpoints.len() == before.checkpoints.len() + 1
    );
    for stream in &mut streams {
        loop {
            let message = tokio::time::timeout(std::time::Duration::from_secs(8), stream.message()).await??.context("it ended")?;
            if let Some(Message::Question(question)) = message.message {
                ensure!(question.text == "var är syskonen");
                break;
            }
        }
    }
    Ok(())
}

async fn an_export_verifies(options: Options) -> Result<()> {
    let house = Harness::start_with(options).await?;
    Case::at(&house, Point::Ended).await?;
    let auditor = house.client("auditor-police-1").await?;
    let mut stream = auditor.audit().export_records(ExportRecordsRequest { parent: house.name() }).await?.into_inner();
    let folder = house.beside().join("export");
    let mut writer = Writer::create(&folder)?;
    while let Some(message) = stream.message().await? {
        for leaf in message.leaves.into_iter().filter_map(|leaf| leaf.form) {
            match leaf {
                Form::Leaf(bytes) => writer.leaf(Leaf::Held(&bytes))?,
                Form::LeafHash(hash) => writer.leaf(Leaf::Withheld(Hash::from_slice(&hash).context("a hash")?))?,
            };
        }
        message.checkpoints.iter().try_for_each(|note| writer.checkpoint(note))?;
    }
    writer.finish()?;
    let trust: Trust = house.founded().trust.parse()?;
    let report = verify(&folder, Some(&trust), &mut |_, _| {})?;
    ensure!(report.size == house.size().await? as u64 && report.withheld > 0, "{report:?}");
    Ok(())
}

async fn what_is_refused_is_recorded_and_changes_nothing(options: Options) -> Result<()> {
    let house = Harness::start_with(options).await?;
    let case = Case::at(&house, Point::Booked).await?;
    let outsider = house.client("welfare-torsby-1").await?;
    let before = house.size().await?;
    let told = refused(outsider.call(v1::GetCaseRequest { name: case.name.clone() }).await, ErrorReason::NotFound)?;
    let log = house.log().await?;
    ensure!(log.len() == before + 1 && log.at(told.record.context("no record")?)?.person == outsider.pseudonym());
    Ok(())
}
