//! SIGKILL under load, again and again.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::v1::{QuestionState, SubmitQuestionRequest, WatchListeningRoomResponse};
use barnahus_tests::harness::request_id;
use tokio::{task::spawn_blocking, time::timeout};
use tonic::Streaming;

use crate::{
    callers::{PATIENCE, end, lone, same, submit, watch},
    kept::Seen,
    load::{Load, brought},
    place::{AUDITORS, Engine, LEADER, LISTENERS, Place},
    process::Server,
    proof::{listed, lists_all},
};

/// When a server is killed, after how many more acknowledged questions.
const KILLS: [(u32, Moment); 10] = [
    (1, Moment::Any),
    (9, Moment::Checkpoint),
    (25, Moment::Lagging),
    (60, Moment::Any),
    (3, Moment::Checkpoint),
    (40, Moment::Lagging),
    (90, Moment::Checkpoint),
    (15, Moment::Any),
    (70, Moment::Lagging),
    (30, Moment::Checkpoint),
];
/// So long a checkpoint that is being put in place is looked out for.
const GLANCE: Duration = Duration::from_secs(2);

/// What goes on when a server is killed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Moment {
    /// Anything.
    Any,
    /// The newest checkpoint is about to be put in place outside the database.
    Checkpoint,
    /// The newest checkpoints did not get there: the next server finds an old one, and a half-written one beside it.
    Lagging,
}

pub(crate) async fn a_server_that_is_killed_again_and_again_loses_nothing_repeats_nothing_and_shows_nothing_unrecorded(
    engine: Engine,
) -> Result<()> {
    let place = Place::live(engine).await?;
    let mut load = Load::start(&place)?;
    let mut server = Server::start(&place.dir()).await?;
    load.serve(&server);
    for (more, moment) in KILLS {
        let older = fs::read(place.checkpoint())?;
        let goal = load.answered() + more;
        load.until("more questions are acknowledged", |progress| progress.answered >= goal).await?;
        if moment == Moment::Checkpoint {
            glimpse(place.checkpoint().with_extension("next")).await?;
        }
        load.unserved();
        server.kill()?;
        place.holds_what_its_checkpoint_says().await?;
        if moment == Moment::Lagging {
            lag(&place.checkpoint(), &older)?;
        }
        server = Server::start(&place.dir()).await.with_context(|| format!("killed after {goal} questions ({moment:?})"))?;
        load.serve(&server);
    }
    load.rest().await?;
    load.go_on();

    let goal = load.answered() + 20;
    load.until("everyone asks again", |progress| progress.answered >= goal).await?;
    load.end(&place)?;
    load.unserved();
    server.kill()?;
    server = Server::start(&place.dir()).await.context("killed at the end")?;
    load.serve(&server);
    load.until("the interview has ended", |progress| progress.ended).await?;

    // The house after one more start is what its people last saw.
    load.unserved();
    server.kill()?;
    server = Server::start(&place.dir()).await.context("killed after the end")?;
    load.serve(&server);
    let all = listed(&place, &mut lone(&place, LEADER, &server)?).await?;
    load.until("the leader saw what is there", |progress| progress.watched.get(LEADER) == Some(&all)).await?;
    let kept = load.stop().await?;
    ensure!(kept.ended.is_some() && kept.asked.len() > 300, "{} questions", kept.asked.len());
    lists_all(&kept, &all)?;

    for post in LISTENERS {
        let mut asker = lone(&place, post, &server)?;
        for asked in kept.asked.iter().filter(|asked| asked.person.post == post) {
            let again = submit(&mut asker, &asked.request).await?;
            same(&asked.answer, &again.context("a repeat is refused")?)?;
        }
    }
    for auditor in AUDITORS {
        kept.hold_against_an_export(&place, &mut lone(&place, auditor, &server)?).await?;
    }
    server.kill()?;
    kept.stands_in(&place.log().await?)
}

/// Looks out for a file that is there for an instant only. Not to see it is no fault.
async fn glimpse(path: impl AsRef<Path> + Send + 'static) -> Result<()> {
    let looked = spawn_blocking(move || {
        let begun = Instant::now();
        while !path.as_ref().exists() && begun.elapsed() < GLANCE {
            std::hint::spin_loop();
        }
    });
    Ok(looked.await?)
}

/// Puts back an older checkpoint, with the beginning of a newer one beside it.
fn lag(checkpoint: &Path, older: &[u8]) -> Result<()> {
    fs::write(checkpoint, older)?;
    fs::write(checkpoint.with_extension("next"), older.get(..older.len() / 2).unwrap_or_default())?;
    Ok(())
}

/// What one commit shows comes in several messages: whoever is cut off between them gets the rest from the next stream.
pub(crate) async fn a_watcher_who_is_cut_off_within_a_group_misses_nothing_of_it(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let server = Server::start(&place.dir()).await?;
    let mut leader = lone(&place, LEADER, &server)?;
    for number in 1..=20 {
        let text = format!("Fråga {number}");
        let request = SubmitQuestionRequest { parent: place.interview.clone(), request_id: request_id(), text, ..Default::default() };
        submit(&mut leader, &request).await??;
    }
    let mut watchers = Vec::new();
    for messages in [1, 2, 10, 21] {
        let mut stream = watch(&mut leader, &place.interview, "").await??;
        read(&mut stream, 1).await?;
        watchers.push((messages, stream));
    }
    end(&mut leader, &place.interview).await??;
    let all = listed(&place, &mut leader).await?;
    ensure!(all.len() == 20 && all.values().all(|question| question.state() == QuestionState::NotAsked), "the end decided too little");
    for (messages, mut stream) in watchers {
        let (mut seen, token) = read(&mut stream, messages).await?;
        drop(stream);
        let (rest, _) = read(&mut watch(&mut leader, &place.interview, &token).await??, 1).await?;
        seen.extend(rest);
        ensure!(seen == all, "cut off after {messages} messages, a watcher misses some");
    }
    Ok(())
}

/// Reads so many messages of a stream: the questions in them, and the token of the last.
async fn read(stream: &mut Streaming<WatchListeningRoomResponse>, messages: usize) -> Result<(Seen, String)> {
    let (mut seen, mut token) = (Seen::new(), String::new());
    for _ in 0..messages {
        let message = timeout(PATIENCE, stream.message()).await??.context("the stream ends")?;
        seen.extend(brought(message.message).into_iter().map(|question| (question.name.clone(), question)));
        token = message.resume_token;
    }
    Ok((seen, token))
}
