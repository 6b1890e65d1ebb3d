//! The days of `tests/scenarios` by hand: every step typed as `barnahus` commands, each person with a profile that the administrator made.
//!
//! The house is served in this process on a clock that the test turns; the program is the one that people run. What a step means is
//! `steps`, which also holds the outcome against what the scenario says. The same day at full screens is the program beside: `screens.rs`.

mod hand;
mod papers;
mod sitter;
mod steps;

use anyhow::{Context as _, Result, ensure};
use barnahus_tests::harness::Harness;

use hand::{Hand, Typed};
use sitter::Sitter;
use steps::Day;

const INTERVIEW_DAY: &str = include_str!("../../../tests/scenarios/interview-day.toml");
const DEFENCE_DAY: &str = include_str!("../../../tests/scenarios/defence-day.toml");

#[tokio::test(flavor = "multi_thread")]
async fn every_step_of_the_day_can_be_done_by_hand_and_is_refused_where_it_must_be() -> Result<()> {
    let house = Harness::start().await?;
    let hand = Hand::of(&house)?;
    let day = played(&house, &hand, INTERVIEW_DAY).await?;
    beside_the_day(&hand, &day.interview("A")?).await?;
    papers::are_written_and_never_over_each_other(&hand, &day.interview("A")?).await?;
    in_both_languages(&hand, &day).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_defence_asks_and_what_was_deferred_comes_back_in_another_interview_by_hand_l10_b7() -> Result<()> {
    let house = Harness::start().await?;
    let hand = Hand::of(&house)?;
    let day = played(&house, &hand, DEFENCE_DAY).await?;
    let read = hand.reads("defence-1", "sv", &["interview", "protocol", &day.interview("A")?.replace("/3", "/2")]).await?;
    let told =
        ["”Var det inte så att du själv ville följa med?”", "omformulerad av ledaren", "”Berätta hur det gick till när ni gick därifrån.”"];
    ensure!(read.code == 0 && told.iter().all(|told| read.out.contains(told)), "both wordings stand (L4): {read:?}");
    ensure!(read.out.contains("Stängt av ledaren") && read.out.contains("anmärkning på det stängda protokollet"), "L13: {read:?}");
    let whole = hand.reads("investigator-1", "sv", &["interview", "protocol", &day.interview("A")?.replace("/3", "/2")]).await?;
    ensure!(whole.out.contains("Det är som det stängdes"), "L13: {whole:?}");
    ensure!(!read.out.contains("Vilka var kvar när ni gick?"), "and no other's (L13): {read:?}");
    Ok(())
}

async fn played(house: &Harness, hand: &Hand<'_>, scenario: &str) -> Result<Day> {
    let mut day = Day::new(house, scenario)?;
    let steps = steps::read(scenario)?;
    for (at, step) in steps.iter().enumerate() {
        day.play(hand, step).await.with_context(|| format!("step {}", at + 1))?;
    }
    ensure!(steps.len() > 50, "only {} steps were played", steps.len());
    Ok(day)
}

#[tokio::test(flavor = "multi_thread")]
async fn leader_listener_and_interviewer_sit_through_a_day_at_their_terminals_by_lines() -> Result<()> {
    let house = Harness::start().await?;
    let hand = Hand::of(&house)?;
    let mut day = Day::new(&house, INTERVIEW_DAY)?;
    for step in steps::read(INTERVIEW_DAY)?.iter().take_while(|step| step.does != "record_child_informed") {
        day.play(&hand, step).await?;
    }
    let interview = day.interview("A")?;
    hand.turn_to(day.instant("D0 09:40")?);
    let mut leader = Sitter::sits(&hand, "prosecutor-1", &interview).await?;
    let mut listener = Sitter::sits(&hand, "welfare-kil-1", &interview).await?;
    let mut interviewer = Sitter::sits(&hand, "interviewer-1", &interview).await?;
    interviewer.says_and_hears("informed", "child informed: recorded").await?;
    hand.turn_to(day.instant("D0 09:50")?);
    interviewer.says_and_hears("start REC-1", "start: recorded").await?;

    // What is asked reaches the leader, and the interviewer not before the break (L8).
    hand.turn_to(day.instant("D0 10:05")?);
    listener.says_and_hears("ask Visst slog pappa dig med bältet?", "hint: it suggests its answer").await?;
    listener.says_and_hears("urgent Finns det syskon som är ensamma med honom i kväll?", "ask 3: recorded").await?;
    leader.hears("Finns det syskon").await?;
    leader.says_and_hears("reject 2 leading", "reject 2: recorded").await?;
    listener.hears("leading").await?;
    listener.says_and_hears("object 2 Den behövs ändå", "object 2: recorded").await?;
    leader.hears("the asker objects: Den behövs ändå").await?;
    leader.says_and_hears("approve 1", "approve 1: recorded").await?;
    leader.says_and_hears("godkänn 3", "approve 3: recorded").await?;
    leader.says_and_hears("reword 1 Berätta vilka som var hemma.", "reword 1: recorded").await?;
    leader.says_and_hears("wish-break", "wish for a break: recorded").await?;
    let remove = ["interview", "remove", interview.as_str(), "paediatrician-1"].map(ToOwned::to_owned);
    hand.types("prosecutor-1", &Typed { words: remove.into(), stdin: String::new() }).await?.done()?;
    leader.hears("paediatrician-1").await?;
    leader.says_and_hears("admit paediatrician-1", "let somebody in: recorded").await?;
    ensure!(!interviewer.transcript().contains("syskon"), "{}", interviewer.transcript());

    hand.turn_to(day.instant("D0 10:26")?);
    interviewer.says_and_hears("break", "1) 3 [URGENT]").await?;
    interviewer.hears("2) 1 Berätta vilka som var hemma.").await?;
    interviewer.says_and_hears("acknowledge", "acknowledge: recorded").await?;
    interviewer.says_and_hears("resume", "go on: recorded").await?;
    // One note outside the break, where the leader allows it (L8).
    listener.says_and_hears("ask Vem hämtar dig i dag?", "ask 4: recorded").await?;
    leader.says_and_hears("approve 4", "approve 4: recorded").await?;
    leader.says_and_hears("notes on", "notes on/off: recorded").await?;
    leader.says_and_hears("note 4", "deliver as a note 4: recorded").await?;
    interviewer.hears("Vem hämtar dig i dag?").await?;
    interviewer.says_and_hears("acknowledge", "acknowledge: recorded").await?;
    leader.hears("Note: Acknowledged").await?;
    hand.turn_to(day.instant("D0 10:41")?);
    leader.says_and_hears("fate 3 ANSWERED 48:00", "note fate 3: recorded").await?;
    listener.hears("answered").await?;
    leader.says_and_hears("not-urgent 3 Patrullen är där", "not urgent 3: recorded").await?;
    listener.hears("Not urgent any more, because: Patrullen är där").await?;
    interviewer.says_and_hears("approve 1", "not done").await?;

    // The end is shown before the house has answered (L11).
    hand.turn_to(day.instant("D0 10:55")?);
    leader.says_and_hears("closing", "begin closing: recorded").await?;
    listener.says_and_hears("sign-off", "nothing left: recorded").await?;
    leader.says_and_hears("status", "Scope of the ban: what is said at the interview").await?;
    leader.hears("MISSING in the closing check: investigation leader").await?;
    leader.says_and_hears("end CHILD_TIRED", "ENDED").await?;
    leader.hears("is recorded now").await?;
    interviewer.hears("ended").await?;
    interviewer.says_and_hears("confirm-fates 1=NOT_ASKED:CHILD_TIRED", "confirm all fates: recorded").await?;
    for sitter in [leader, listener, interviewer] {
        sitter.leaves().await?;
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
