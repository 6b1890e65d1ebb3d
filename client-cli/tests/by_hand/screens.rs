//! The interview day of `tests/scenarios` on the screens: leader, listener and interviewer each sit at `barnahus listen` on a terminal of
//! their own and press keys, from check-in to the confirmed fates. Whatever a screen does not do, and whoever has none, is typed.
//!
//! In the middle the server is killed while somebody writes, and started anew. What each of the three sees at the moments that matter is
//! in `snapshots/`, all three in one file: after a change of the screens, run this test with `INSTA_UPDATE=always` and read what changed.

mod hand;
mod steps;
mod terminal;
mod words;

use std::process::ExitCode;

use anyhow::{Context as _, Result, ensure};
use barnahus_tests::harness::{
    Harness,
    apart::{self, Server},
};
use jiff::SignedDuration;
use libtest_mimic::{Arguments, Failed, Trial};
use serde_json::json;

use hand::{Hand, Typed};
use steps::{Day, Step};
use terminal::{ENTER, Terminal};
use words::say;

const INTERVIEW_DAY: &str = include_str!("../../../tests/scenarios/interview-day.toml");
/// What is half written when the server is killed, and the rest of it.
const HALVES: [&str; 2] = ["Vem hämtar dig ", "i skolan i dag?"];

fn main() -> ExitCode {
    if let Some(served) = apart::served() {
        return served;
    }
    let test = Trial::test("leader_listener_and_interviewer_sit_through_the_day_at_their_screens", || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(the_day()).map_err(|error| Failed::from(format!("{error:#}")))
    });
    libtest_mimic::run(&Arguments::from_args(), vec![test]).exit_code()
}

async fn the_day() -> Result<()> {
    let mut house = Harness::start().await?;
    let mut day = Day::new(&house, INTERVIEW_DAY)?;
    let steps = steps::read(INTERVIEW_DAY)?;
    let (before, on_the_day) = steps.split_at(steps.iter().position(|step| step.at.starts_with("D0")).context("no such day")?);
    let hand = Hand::of(&house)?;
    for step in before {
        day.play(&hand, step).await?;
    }
    house.stop().await;
    let mut room = Room::opens(&house, day).await?;
    for step in on_the_day {
        room.step(step).await.with_context(|| format!("at {} `{}` does `{}`", step.at, step.by, step.does))?;
        room.moment(step).await.with_context(|| format!("after {} `{}`", step.at, step.does))?;
    }
    room.ends().await
}

/// The house in a process of its own, and who sits there.
struct Room<'a> {
    house: &'a Harness,
    hand: Hand<'a>,
    day: Day,
    server: Server,
    leader: Terminal,
    listener: Terminal,
    interviewer: Terminal,
}

impl<'a> Room<'a> {
    async fn opens(house: &'a Harness, day: Day) -> Result<Self> {
        let server = Server::start_at(&house.dir(), house.address(), house.now()).await?;
        let hand = Hand::of(house)?;
        let interview = day.interview("A")?;
        let leader = Terminal::sits(&hand, "prosecutor-1", &interview).await?;
        let listener = Terminal::sits(&hand, "welfare-kil-1", &interview).await?;
        let interviewer = Terminal::sits(&hand, "interviewer-1", &interview).await?;
        Ok(Self { house, hand, day, server, leader, listener, interviewer })
    }

    /// A step, by keys where its person has a screen that does it; those without one go first.
    async fn step(&mut self, step: &Step) -> Result<()> {
        // The interview began some moments after the full minute, from which the day counts the offsets of fates.
        let late = SignedDuration::from_mins(i64::from(step.does == "note_fate"));
        self.hand.turn_to(self.day.instant(&step.at)?.checked_add(late)?);
        self.server.turn_to(self.house.now())?;
        let mut posts = self.day.posts(&self.hand, step).await?;
        posts.sort_by_key(|post| self.screen(post).is_some());
        for post in posts {
            if self.screen(&post).is_none() || !self.pressed(step, &post).await? {
                self.day.play_as(&self.hand, step, &post).await?;
            }
        }
        Ok(())
    }

    fn screen(&self, post: &str) -> Option<&Terminal> {
        [&self.leader, &self.listener, &self.interviewer].into_iter().find(|screen| screen.post == post)
    }

    /// Presses the keys of a step; says whether there are any.
    async fn pressed(&mut self, step: &Step, post: &str) -> Result<bool> {
        let screen = self.screen(post).context("no screen")?;
        match step.does.as_str() {
            "check_in" => {
                screen.opens("I", "say-pick-check-in", say("say-sure-ban")?).await?;
                screen.does(ENTER, "say-key-check-in").await?;
            }
            "freeze_roster" => {
                screen.opens("F", "say-pick-freeze", say("say-key-freeze")?).await?;
                screen.does(ENTER, "say-key-freeze").await?;
            }
            "record_child_informed" => drop(screen.does("i", "say-key-informed").await?),
            "start_interview" => {
                screen.presses("S")?;
                screen.sees(say("say-ask-recording")?).await?;
                screen.does(&format!("{}{ENTER}", step.text("recording_reference")?), "say-key-start").await?;
            }
            "submit_question" => self.asked(step, post).await?,
            "expect_nothing_delivered" => {
                let (shown, known) = (screen.shows().await?, self.leader.rows());
                let asked: Vec<_> = known.iter().map(|row| row.trim()).filter(|row| row.ends_with('?')).collect();
                ensure!(!asked.is_empty() && !asked.iter().any(|text| shown.contains(text)), "{asked:?}\n{shown}");
            }
            "triage" => self.triaged(step).await?,
            "object" => {
                screen.chooses(&step.text("to")?).await?;
                screen.presses("o")?;
                screen.does(&format!("{}{ENTER}", step.text("text")?), "say-key-object").await?;
            }
            "call_break" => {
                screen.does("b", "say-key-break").await?;
                let shown = screen.shows().await?;
                let places: Vec<_> = step.list("delivered_in_order").iter().map(|text| shown.find(text)).collect();
                ensure!(places.iter().all(Option::is_some) && places.is_sorted(), "not in this order: {places:?}\n{shown}");
            }
            "acknowledge_delivery" => drop(screen.does(" ", "say-key-acknowledge").await?),
            "resume_interview" => drop(screen.does("g", "say-key-resume").await?),
            "begin_closing" => drop(screen.does("c", "say-key-closing").await?),
            "sign_off" => drop(screen.does("s", "say-key-sign-off").await?),
            "end_interview" => {
                // The end carries the time that the screen shows.
                screen.sees_the_time("10:55").await?;
                screen.opens("E", "say-pick-end", say("end-reason-child-tired")?).await?;
                screen.presses(ENTER)?;
                screen.sees(say("say-end-recorded")?).await?;
            }
            "confirm_fates" => self.confirmed().await?,
            _ => return Ok(false),
        }
        Ok(true)
    }

    async fn asked(&mut self, step: &Step, post: &str) -> Result<()> {
        let screen = self.screen(post).context("no screen")?;
        let (text, urgent) = (step.text("text")?, step.is("urgent_protection"));
        let (key, title) = if urgent { ("Q", "say-ask-urgent") } else { ("q", "ask-question") };
        screen.presses(key)?;
        screen.sees(say(title)?).await?;
        let told = screen.does(&format!("{text}{ENTER}"), "say-key-ask").await?;
        let hint = step.text("hint").ok();
        if let Some(hint) = &hint {
            screen.sees(say(&format!("hint-{}", hint.to_lowercase()))?).await?;
        }
        // What a typed question would have answered: later steps name it by its text.
        let number = told.split(':').next().and_then(|told| told.rsplit(' ').next()).context("no number")?;
        let (case, interview) =
            self.day.interview("A")?.split_once('/').map(|(case, of)| (case.to_owned(), of.to_owned())).context("a name")?;
        let name = format!("houses/varmland/cases/{case}/interviews/{interview}/questions/{number}");
        let hints: Vec<_> = hint.iter().map(|hint| format!("HINT_{hint}")).collect();
        self.day.learn(step, &Typed { words: Vec::new(), stdin: text }, json!({ "question": { "name": name }, "hints": hints }))
    }

    async fn triaged(&self, step: &Step) -> Result<()> {
        for text in step.list("approve") {
            self.leader.chooses(&text).await?;
            self.leader.does("a", "say-key-approve").await?;
        }
        for (text, into) in step.pairs("merge") {
            self.leader.chooses(&text).await?;
            self.leader.opens("m", "say-pick-merge", &into).await?;
            self.leader.does(ENTER, "say-key-merge").await?;
        }
        for (text, why) in step.pairs("reject") {
            self.leader.chooses(&text).await?;
            self.leader.opens("r", "say-pick-reject", say(&format!("reject-reason-{}", why.to_lowercase()))?).await?;
            self.leader.does(ENTER, "say-key-reject").await?;
        }
        self.leader.chooses(&HALVES.concat()).await?;
        self.leader.does("d", "say-key-defer").await?;
        Ok(())
    }

    /// The fates that were noted are right; that of the question for which the child was too tired is put right.
    async fn confirmed(&self) -> Result<()> {
        let (screen, looked) = (&self.interviewer, "[x]");
        for text in ["Finns det syskon", "Vad använde han", "Var barnet ensamt"] {
            screen.chooses(text).await?;
            screen.presses("y")?;
        }
        screen.chooses("Har barnet fortfarande ont").await?;
        let tired = format!("{}: {}", say("fate-not-asked")?, say("not-asked-reason-child-tired")?);
        screen.opens("f", "say-pick-fate", &tired).await?;
        screen.presses(ENTER)?;
        screen.sees(looked).await?;
        screen.does(ENTER, "say-key-confirm-fates").await?;
        Ok(())
    }

    /// What comes between the steps, and what is seen at the moments that matter.
    async fn moment(&mut self, step: &Step) -> Result<()> {
        let screens = [&self.leader, &self.listener, &self.interviewer];
        match (step.at.as_str(), step.does.as_str()) {
            (_, "check_in") => {
                for screen in screens {
                    screen.misses(say("say-screen-absent")?).await?;
                }
                self.seen("checked_in").await
            }
            (_, "submit_question") if step.is("urgent_protection") => {
                self.leader.sees(&step.text("text")?).await?;
                self.leader.sees(say("say-screen-urgent")?).await?;
                self.seen("urgent").await
            }
            (_, "submit_question") if step.refused.is_some() => {
                let interview = self.day.interview("A")?;
                let (code, left) = Terminal::is_sent_away(&self.hand, "welfare-karlstad-1", &interview).await?;
                ensure!(code == Some(4) && left.starts_with("fel: det finns inte"), "who has no part gets no screen: {code:?}\n{left}");
                Ok(())
            }
            ("D0 10:06", "submit_question") => self.the_server_is_killed_while_she_writes().await,
            (_, "triage") if step.refused.is_none() => {
                self.listener.sees(say("question-state-deferred")?).await?;
                self.leader.sees(say("question-state-deferred")?).await?;
                self.seen("triaged").await
            }
            (_, "call_break") => {
                for screen in screens {
                    screen.sees(&format!("{} 1", say("say-screen-break")?)).await?;
                }
                self.seen("break").await
            }
            ("D0 10:44", "note_fate") => {
                self.leader.chooses(&step.text("question")?).await?;
                self.leader.sees(say("not-asked-reason-answered-spontaneously")?).await?;
                self.seen("fates_noted").await
            }
            (_, "sign_off") if step.by == "each observer" => self.seen("closing_check").await,
            (_, "end_interview") => {
                for screen in screens {
                    screen.sees(&format!("  {}  ", say("interview-state-ended")?.to_uppercase())).await?;
                }
                self.seen("ended").await
            }
            (_, "confirm_fates") => {
                for screen in screens {
                    screen.sees(say("label-fates-confirmed")?).await?;
                }
                self.seen("fates_confirmed").await
            }
            _ => Ok(()),
        }
    }

    /// What she has typed stays, the screens say what happened, and the question arrives when all is back.
    async fn the_server_is_killed_while_she_writes(&mut self) -> Result<()> {
        self.listener.presses("q")?;
        self.listener.presses(HALVES[0])?;
        self.listener.sees(HALVES[0].trim()).await?;
        // Later than the killed one's clock has run.
        self.hand.turn_to(self.day.instant("D0 10:13")?);
        self.server.die()?;
        for screen in [&self.leader, &self.listener, &self.interviewer] {
            screen.sees(say("say-screen-lost")?).await?;
        }
        self.seen("connection_lost").await?;
        self.server = Server::start_at(&self.house.dir(), self.house.address(), self.house.now()).await?;
        for screen in [&self.leader, &self.listener, &self.interviewer] {
            screen.sees(say("say-screen-back")?).await?;
        }
        self.listener.sees(HALVES[0].trim()).await?;
        self.listener.does(&format!("{}{ENTER}", HALVES[1]), "say-key-ask").await?;
        self.leader.sees(&HALVES.concat()).await
    }

    async fn seen(&self, moment: &str) -> Result<()> {
        let mut seen = String::new();
        for (who, screen) in [("leader", &self.leader), ("listener", &self.listener), ("interviewer", &self.interviewer)] {
            seen += &format!("---------- {who}\n{}\n", screen.shows().await?);
        }
        insta::assert_snapshot!(moment, seen);
        Ok(())
    }

    /// All go home; what was decided and done at the screens stands in the protocol.
    async fn ends(self) -> Result<()> {
        let interview = self.day.interview("A")?;
        let read = self.hand.reads("prosecutor-1", "sv", &["interview", "protocol", &interview]).await?;
        let deferred = HALVES.concat();
        let told = [say("end-reason-child-tired")?, say("not-asked-reason-child-tired")?, deferred.as_str(), "Frågan om tillhygge"];
        ensure!(read.code == 0 && told.iter().all(|told| read.out.contains(told)), "{read:?}");
        for screen in [self.leader, self.listener, self.interviewer] {
            screen.leaves().await?;
        }
        Ok(())
    }
}
