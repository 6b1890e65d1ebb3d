//! A crowd on bad lines, and a server that is killed again and again.
//!
//! 64 listeners watch one interview, each on connections of their own over a line that is down 10 % of the time; 16 of them ask 1,000
//! questions, of which the leader approves some; the server is killed with SIGKILL and started anew 20 times. What must hold (L7, L12, U3):
//!
//! 1. No loss: every acknowledged question stands, and in the end each listener has had every question that they may read, and the
//!    newest counts; what came to them over all streams is what somebody sees who begins only then.
//! 2. No gap: whoever has had a message of log index i has had everything up to i that is for them, over whichever streams; and the counts
//!    that they were told at i are those of i.
//! 3. No duplicate: a stream that resumes from a token brings no message at or below the index that the token stands for, no question
//!    in a version that came by then, and none twice.
//! 4. One order: whatever is shown at once, to whomever and by whichever server, stands in the order L7.
//! 5. No text comes to one who may not read it, and each that came is named, for that person and under their own authority, by a record
//!    at or before the message's index.
//!
//! A token stands for the index of the message that first carried it.

use std::{
    collections::BTreeMap,
    sync::{Arc, atomic::AtomicU32},
    time::Duration,
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_proto::v1::{RoomSnapshot, watch_listening_room_response::Message};
use barnahus_tests::harness::request_id;
use tokio::time::timeout;

use crate::{
    callers::{Caller, PATIENCE, alone, watch},
    crowd::{approved_of, ask, decide, listen},
    heard::Truth,
    kept::Progress,
    line::{Lines, Luck},
    load::Load,
    place::{Engine, LEADER, Person, Place},
    process::Server,
};

const LISTENING: usize = 64;
/// Who listens besides [`crate::place::LISTENERS`].
const CROWD: [(&str, usize); 5] =
    [("investigator-1", 6), ("welfare-kil-1", 18), ("paediatrician-1", 12), ("counsellor-1", 12), ("child-psychiatry-1", 12)];
/// One in so many of them asks.
const ASKS: usize = 4;
const QUESTIONS: u32 = 1_000;
const KILLS: u32 = 20;
/// However slow the machine is, it is over by then.
const LIMIT: Duration = Duration::from_secs(180);

pub(crate) async fn sixty_four_on_bad_lines_lose_repeat_and_miss_nothing_of_a_thousand_questions_and_twenty_kills(
    engine: Engine,
) -> Result<()> {
    let seed = seed()?;
    let tried = timeout(LIMIT, tried(engine, Luck::of(seed))).await;
    tried.context("it does not come to an end").flatten().with_context(|| format!("try it again with BARNAHUS_SEED={seed}"))
}

/// A new one for each run, unless somebody repeats one.
fn seed() -> Result<u64> {
    #[expect(clippy::disallowed_methods, reason = "whoever repeats a failed run gives its seed, and a test has no other arguments")]
    let given = std::env::var("BARNAHUS_SEED");
    match given {
        Ok(seed) => seed.parse().context("BARNAHUS_SEED is a number"),
        Err(_) => Ok(uuid::Uuid::parse_str(&request_id())?.as_u64_pair().1),
    }
}

async fn tried(engine: Engine, mut luck: Luck) -> Result<()> {
    let place = Place::crowded(engine, &CROWD).await?;
    let (mut load, mut lines) = (Load::empty(&place), Lines::in_a_storm());
    seat_all(&place, &mut load, &mut lines, &mut luck).await?;

    let mut server = Server::start(&place.dir()).await?;
    load.serve(&server);
    for kill in 1..=KILLS {
        let part = u64::from(QUESTIONS / (KILLS + 1));
        let goal = u32::try_from(part * u64::from(kill) + luck.below(part))?;
        load.until("more questions are acknowledged", |progress| progress.answered >= goal).await?;
        server.kill()?;
        load.unserved();
        server = Server::start(&place.dir()).await.with_context(|| format!("killed after {goal} questions"))?;
        load.serve(&server);
    }
    let done = |progress: &Progress| progress.answered == QUESTIONS && progress.approved == approved_of(QUESTIONS);
    load.until("everything is asked and decided", done).await?;

    lines.calm();
    let log = place.log().await?;
    let newest = log.iter().rfind(|record| record.kind.starts_with("question.")).context("no question in the log")?.index;
    let all = |heard: &BTreeMap<String, u64>| heard.len() == LISTENING && heard.values().all(|index| *index >= newest);
    load.until("everyone has heard everything", |progress| all(&progress.heard)).await?;
    let kept = load.stop().await?;
    ensure!(lines.cuts() > QUESTIONS / 10, "the lines were cut {} times", lines.cuts());
    let (listened, asked) = (kept.heard.len(), kept.asked.len());
    ensure!(listened == LISTENING && asked == QUESTIONS as usize, "{listened} listened, {asked} were asked");

    let truth = Truth::of(&kept)?;
    for heard in &kept.heard {
        let person = &heard.person;
        let snapshot = afresh(&place, person, &server).await?;
        let due = heard.is_what_was_due(&truth).and_then(|()| heard.comes_to(&snapshot, &truth));
        due.with_context(|| format!("{} ({}), {} streams", person.pseudonym, person.post, heard.streams.len()))?;
    }
    server.kill()?;
    kept.stands_in(&place.log().await?)
}

/// Lays a line for each listener, and one for the leader who decides.
async fn seat_all(place: &Place, load: &mut Load, lines: &mut Lines, luck: &mut Luck) -> Result<()> {
    let (shared, left) = (load.shared(), Arc::new(AtomicU32::new(QUESTIONS)));
    for (at, person) in place.listeners().enumerate() {
        let line = lines.lay(load.whereabouts(), luck.fork()).await?;
        let caller = || Caller::new(place, person.clone(), &line, &shared.progress);
        load.seat(listen(caller(), Arc::clone(&shared)));
        if at.is_multiple_of(ASKS) {
            load.seat(ask(caller(), Arc::clone(&shared), Arc::clone(&left), luck.fork()));
        }
    }
    let line = lines.lay(load.whereabouts(), luck.fork()).await?;
    let leader = Caller::new(place, place.person(LEADER)?, &line, &shared.progress);
    load.seat(decide(leader, shared, QUESTIONS));
    Ok(())
}

/// What somebody sees who begins to watch only now.
async fn afresh(place: &Place, person: &Person, server: &Server) -> Result<RoomSnapshot> {
    let mut caller = alone(place, person.clone(), server);
    let mut stream = watch(&mut caller, &place.interview, "").await??;
    match timeout(PATIENCE, stream.message()).await??.and_then(|first| first.message) {
        Some(Message::Snapshot(snapshot)) => Ok(snapshot),
        other => bail!("a stream begins with {other:?}"),
    }
}
