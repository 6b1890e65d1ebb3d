//! The interview day by hand: every step of `tests/scenarios/interview-day.toml` typed as `barnahus` commands, each person with a profile
//! that the administrator made.
//!
//! The house is served in this process on a clock that the test turns; the program is the one that people run. What a step means is
//! `steps`; this file plays them and holds the outcome against what the scenario says.

mod hand;
mod steps;

use anyhow::{Context as _, Result, ensure};
use barnahus_tests::harness::Harness;

use hand::{Hand, Typed};
use steps::{Day, Step};

const SCENARIO: &str = include_str!("../../../tests/scenarios/interview-day.toml");

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_day_can_be_done_by_hand_and_is_refused_where_it_must_be() -> Result<()> {
    let house = Harness::start().await?;
    let hand = Hand::of(&house)?;
    let mut day = Day::new(&house)?;
    let steps = steps::read(SCENARIO)?;
    for (at, step) in steps.iter().enumerate() {
        play(&mut day, &hand, step).await.with_context(|| format!("step {}, at {} `{}` does `{}`", at + 1, step.at, step.by, step.does))?;
    }
    ensure!(steps.len() > 50, "only {} steps were played", steps.len());
    beside_the_day(&hand, &day.interview("A")?).await?;
    in_both_languages(&hand, &day).await
}

async fn play(day: &mut Day, hand: &Hand<'_>, step: &Step) -> Result<()> {
    hand.turn_to(day.instant(&step.at)?);
    for post in day.posts(hand, step).await? {
        for typed in day.commands(step, &post)? {
            let said = hand.types(&post, &typed).await?;
            match &step.refused {
                None => day.learn(step, &typed, said.done()?)?,
                Some(reason) => ensure!(said.refused()? == *reason, "`{reason}` was due: {said:?}"),
            }
        }
    }
    Ok(())
}

/// What the day does not need: an admission that is taken back, and somebody asked in another's place.
async fn beside_the_day(hand: &Hand<'_>, interview: &str) -> Result<()> {
    let typed = |words: &[&str]| Typed { words: words.iter().map(ToString::to_string).collect(), stdin: String::new() };
    let remove = typed(&["interview", "remove", interview, "paediatrician-1"]);
    hand.types("prosecutor-1", &remove).await?.done()?;
    ensure!(hand.types("prosecutor-1", &remove).await?.refused()? == "NOBODY_FITS", "once");
    let accepted = typed(&["interview", "invite", interview, "interviewer-2", "--instead-of", "interviewer-1"]);
    ensure!(hand.types("coordinator-1", &accepted).await?.refused()? == "INVALID_FIELD", "an acceptance is kept");
    Ok(())
}

/// The protocol as the leader reads it, and a refusal, in Swedish and in English.
async fn in_both_languages(hand: &Hand<'_>, day: &Day) -> Result<()> {
    let interview = day.interview("A")?;
    for (language, ended, refused) in
        [("sv", "barnet var trött", "fel: det får du inte göra"), ("en", "the child was tired", "error: you may not do this")]
    {
        let read = hand.reads("prosecutor-1", language, &["interview", "protocol", &interview]).await?;
        ensure!(read.code == 0 && read.out.contains(ended), "{read:?}");
        let refusal = hand.reads("investigator-1", language, &["interview", "confirm", &interview]).await?;
        ensure!(refusal.code == 3 && refusal.err.starts_with(refused), "{refusal:?}");
    }
    Ok(())
}
