//! SIGKILL under load, again and again.

use std::{
    fs,
    path::Path,
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result, ensure};
use tokio::task::spawn_blocking;

use crate::{
    load::{Load, lone, same, submit},
    place::{AUDITORS, Engine, LEADER, Place},
    process::Server,
    proof::{lists_all, listed},
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

    for asked in &kept.asked {
        let again = submit(&mut lone(&place, asked.person.post, &server)?, &asked.request).await?;
        same(&asked.answer, &again.context("a repeat is refused")?)?;
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
