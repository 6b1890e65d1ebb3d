//! What a step of a scenario is as commands. Remembers what the answers named: cases, interviews, questions by their text.

use std::collections::HashMap;

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_tests::harness::Harness;
use jiff::{Span, Timestamp, civil::Date, tz::TimeZone};
use serde_json::Value;
use toml::{Table, Value as Toml};

use crate::hand::{Hand, Typed, at, zone};

/// One step, as it is written.
pub(crate) struct Step {
    pub(crate) at: String,
    pub(crate) by: String,
    pub(crate) does: String,
    pub(crate) case: String,
    pub(crate) refused: Option<String>,
    keys: Table,
}

/// The steps of a scenario.
pub(crate) fn read(scenario: &str) -> Result<Vec<Step>> {
    let scenario: Table = toml::from_str(scenario)?;
    let steps = scenario.get("step").and_then(Toml::as_array).context("no steps")?;
    let step = |step: &Toml| {
        let mut keys = step.as_table().context("a step is a table")?.clone();
        let mut take = |key: &str| keys.remove(key).and_then(|value| value.as_str().map(str::to_owned));
        let (at, by, does) = (take("at").context("at")?, take("by").context("by")?, take("do").context("do")?);
        Ok(Step { at, by, does, case: take("case").unwrap_or_else(|| "A".to_owned()), refused: take("refused"), keys })
    };
    steps.iter().map(step).collect()
}

impl Step {
    pub(crate) fn text(&self, key: &str) -> Result<String> {
        self.keys.get(key).and_then(Toml::as_str).map(str::to_owned).with_context(|| format!("`{key}`"))
    }

    /// Whether it is marked so.
    pub(crate) fn is(&self, key: &str) -> bool {
        self.keys.get(key) == Some(&Toml::Boolean(true))
    }

    fn number(&self, key: &str) -> Result<i64> {
        self.keys.get(key).and_then(Toml::as_integer).with_context(|| format!("`{key}`"))
    }

    pub(crate) fn list(&self, key: &str) -> Vec<String> {
        let values = self.keys.get(key).and_then(Toml::as_array).into_iter().flatten();
        values.filter_map(|value| value.as_str().map(str::to_owned)).collect()
    }

    pub(crate) fn pairs(&self, key: &str) -> Vec<(String, String)> {
        let values = self.keys.get(key).and_then(Toml::as_table).into_iter().flatten();
        values.filter_map(|(left, right)| Some((left.clone(), right.as_str()?.to_owned()))).collect()
    }
}

/// What is known of the day so far.
pub(crate) struct Day {
    interview_day: Date,
    cases: HashMap<String, Table>,
    /// By the scenario's id: the case's consultation, whose name begins with the case's.
    consultations: HashMap<String, String>,
    interviews: HashMap<String, String>,
    questions: HashMap<String, String>,
    exports: String,
}

impl Day {
    /// Two weeks after the founding, on a working day.
    pub(crate) fn new(house: &Harness, scenario: &str) -> Result<Self> {
        let founded = Timestamp::from_microsecond(house.founded_at().0)?.to_zoned(TimeZone::UTC).date();
        let scenario: Table = toml::from_str(scenario)?;
        let cases = scenario.get("case").and_then(Toml::as_array).into_iter().flatten().filter_map(Toml::as_table);
        let cases = cases.filter_map(|case| Some((case.get("id")?.as_str()?.to_owned(), case.clone()))).collect();
        Ok(Self {
            interview_day: shifted(founded.checked_add(Span::new().days(13))?, 1)?,
            cases,
            consultations: HashMap::new(),
            interviews: HashMap::new(),
            questions: HashMap::new(),
            exports: house.beside().join("export").display().to_string(),
        })
    }

    /// A step as it is typed, by each whose step it is, and held against what the scenario says.
    pub(crate) async fn play(&mut self, hand: &Hand<'_>, step: &Step) -> Result<()> {
        hand.turn_to(self.instant(&step.at)?);
        for post in self.posts(hand, step).await? {
            self.play_as(hand, step, &post).await.with_context(|| format!("at {} `{post}` does `{}`", step.at, step.does))?;
        }
        Ok(())
    }

    /// One post's part of it.
    pub(crate) async fn play_as(&mut self, hand: &Hand<'_>, step: &Step, post: &str) -> Result<()> {
        for typed in self.commands(step, post)? {
            let said = hand.types(post, &typed).await?;
            match &step.refused {
                None => self.learn(step, &typed, said.done()?)?,
                Some(reason) => ensure!(said.refused()? == *reason, "`{reason}` was due: {said:?}"),
            }
        }
        Ok(())
    }

    /// `D-4 10:30` as an instant.
    pub(crate) fn instant(&self, at: &str) -> Result<Timestamp> {
        let wall = self.wall(at)?;
        Ok(wall.parse::<jiff::civil::DateTime>()?.to_zoned(zone()?)?.timestamp())
    }

    /// `D-4 10:30` as people type it; without a time, noon.
    fn wall(&self, at: &str) -> Result<String> {
        let (day, time) = at.split_once(' ').unwrap_or((at, "12:00"));
        let days = match day.strip_prefix('D').context("a day is counted from D0")? {
            "0" => 0,
            days => days.parse::<i32>()?,
        };
        Ok(format!("{} {time}", shifted(self.interview_day, days)?))
    }

    /// The posts that a step's `by` stands for.
    pub(crate) async fn posts(&self, hand: &Hand<'_>, step: &Step) -> Result<Vec<String>> {
        if !step.by.starts_with("each ") {
            return Ok(vec![step.by.clone()]);
        }
        let words = ["interview", "show", &self.interview(&step.case)?].map(str::to_owned).to_vec();
        let shown = hand.types("prosecutor-1", &Typed { words, stdin: String::new() }).await?.done()?;
        let list = if step.by == "each invited" { "/interview/invitations" } else { "/interview/observers" };
        let seats = at(&shown, list).as_array().context("nobody is there")?;
        let seats = seats.iter().filter(|seat| step.by == "each invited" || at(seat, "/role") != "ROLE_CHILD_INTERVIEWER");
        let posts = seats.filter_map(|seat| at(seat, "/post").as_str()?.rsplit('/').next().map(str::to_owned));
        let except = step.list("except");
        Ok(posts.filter(|post| !except.contains(post)).collect())
    }

    /// `VRM-2026-0142/1`.
    pub(crate) fn interview(&self, case: &str) -> Result<String> {
        self.interviews.get(case).cloned().with_context(|| format!("case {case} has no interview yet"))
    }

    fn question(&self, text: &str) -> Result<String> {
        self.questions.get(text).cloned().with_context(|| format!("nobody asked \"{text}\" yet"))
    }

    /// The commands of one post's part of a step.
    fn commands(&self, step: &Step, post: &str) -> Result<Vec<Typed>> {
        let consultation = || self.consultations.get(&step.case).cloned().context("no consultation yet");
        let case = || Ok::<_, anyhow::Error>(consultation()?.split('/').next().unwrap_or_default().to_owned());
        let interview = || self.interview(&step.case);
        let asked = || self.question(&step.text("question")?);
        let one = |words: &[&str]| vec![typed(words, "")];
        Ok(match step.does.as_str() {
            "request_consultation" => self.request(step)?,
            "schedule_consultation" => {
                let mut words = vec!["consultation".to_owned(), "schedule".to_owned(), consultation()?];
                words.extend(step.list("invite").into_iter().flat_map(|post| ["--invite".to_owned(), post]));
                vec![Typed { words, stdin: String::new() }]
            }
            "hold_consultation" => {
                let mut words = vec!["consultation".to_owned(), "hold".to_owned(), consultation()?];
                words.extend(step.pairs("absent").into_iter().flat_map(|(post, why)| ["--absent".to_owned(), format!("{post}={why}")]));
                let actions = step.keys.get("actions").and_then(Toml::as_array).into_iter().flatten();
                let line = |action: &Toml| {
                    let part = |key: &str| action.get(key).and_then(Toml::as_str).context("an action has what, owner and due");
                    Ok(format!("{} {} {}", part("owner")?, self.wall(part("due")?)?.split(' ').next().unwrap_or_default(), part("what")?))
                };
                let stdin = actions.map(line).collect::<Result<Vec<_>>>()?.join("\n");
                words.extend(["--action", "-"].map(str::to_owned));
                vec![Typed { words, stdin }]
            }
            "hold_after_meeting" => one(&["consultation", "after-meeting", &interview()?]),
            "open_investigation" => {
                let (police, identity, ground) = (step.text("police_reference")?, step.text("identity")?, step.text("ground")?);
                one(&["case", "open", &case()?, "--police-reference", &police, "--identity", &identity, "--ground", &ground])
            }
            "name_deputy" => one(&["case", "deputy", &case()?, &step.text("post")?]),
            "set_embargo" => vec![typed(&["case", "embargo", "set", &case()?, "--reason", "-"], &step.text("reason")?)],
            "lift_embargo" => vec![typed(&["case", "embargo", "lift", &case()?, "--reason", "-"], &step.text("reason")?)],
            "record_special_representative" => {
                let (state, court) = (step.text("state")?, step.text("court_reference")?);
                let mut words = one(&["case", "representative", &case()?, "--state", &state, "--court-reference", &court]);
                if let (Ok(post), Some(only)) = (step.text("post"), words.first_mut()) {
                    only.words.extend(["--post".to_owned(), post]);
                }
                words
            }
            "record_guardians_informed" => one(&["case", "guardians-informed", &case()?]),
            "book_interview" => vec![self.book(step, case()?)?],
            "accept_booking" => one(&["interview", "accept", &interview()?]),
            "confirm_interview" => match step.text("defence_note") {
                Ok(note) => vec![typed(&["interview", "confirm", &interview()?, "--defence-note", "-"], &note)],
                Err(_) => one(&["interview", "confirm", &interview()?]),
            },
            "order_disclosure_ban" => {
                let until = self.wall(&step.text("until")?)?;
                vec![typed(&["interview", "ban", &interview()?, "--until", &until, "--scope", "-"], &step.text("scope")?)]
            }
            "admit_observers" => {
                let mut words = vec!["interview".to_owned(), "admit".to_owned(), interview()?];
                words.extend(step.list("who"));
                vec![Typed { words, stdin: String::new() }]
            }
            "submit_question" => {
                let mut typed = typed(&["question", "ask", &interview()?], &step.text("text")?);
                if step.is("urgent_protection") {
                    typed.words.push("--urgent".to_owned());
                }
                vec![typed]
            }
            "revise_question" | "reword_question" => {
                let does = step.does.trim_end_matches("_question");
                vec![typed(&["question", does, &asked()?], &step.text("text")?)]
            }
            "defer_question" => one(&["question", "defer", &asked()?]),
            "rank_question" => one(&["question", "rank", &asked()?, &step.number("rank")?.to_string()]),
            "unmark_urgency" => vec![typed(&["question", "not-urgent", &asked()?], &step.text("reason")?)],
            "mark_acted_on" => one(&["question", "acted-on", &asked()?]),
            "deliver_note" => one(&["question", "note", &asked()?]),
            "request_break" => one(&["interview", "ask-break", &interview()?]),
            "allow_notes" if step.is("allowed") => one(&["interview", "notes", &interview()?]),
            "allow_notes" => one(&["interview", "notes", &interview()?, "--off"]),
            "decide_further_interview" => {
                let kind = step.text("kind")?;
                vec![typed(&["interview", "further", &interview()?, "--kind", &kind], &step.text("reason")?)]
            }
            "close_protocol" => one(&["interview", "close-protocol", &interview()?]),
            "add_remark" => vec![typed(&["interview", "remark", &interview()?], &step.text("text")?)],
            "check_in" => one(&["interview", "check-in", &interview()?, "--acknowledge-ban"]),
            "freeze_roster" => one(&["interview", "freeze", &interview()?]),
            "record_child_informed" => one(&["interview", "child-informed", &interview()?]),
            "start_interview" => one(&["interview", "start", &interview()?, "--recording", &step.text("recording_reference")?]),
            "expect_nothing_delivered" | "read_question_text" | "expect_questions" => one(&["question", "list", &interview()?]),
            "triage" => self.triage(step)?,
            "object" => vec![typed(&["question", "object", &self.question(&step.text("to")?)?], &step.text("text")?)],
            "call_break" => one(&["interview", "break", &interview()?]),
            "acknowledge_delivery" => one(&["interview", "acknowledge", &interview()?]),
            "resume_interview" => one(&["interview", "resume", &interview()?]),
            "note_fate" => {
                let mut fate = one(&["question", "fate", &self.question(&step.text("question")?)?, &step.text("fate")?]);
                if let Some(only) = fate.first_mut() {
                    only.words.extend(match (step.number("offset"), step.text("reason")) {
                        (Ok(minutes), _) => ["--offset".to_owned(), format!("{minutes}:00")],
                        (_, Ok(reason)) => ["--reason".to_owned(), reason],
                        _ => bail!("a fate has an offset or a reason"),
                    });
                }
                fate
            }
            "begin_closing" => one(&["interview", "closing", &interview()?]),
            "sign_off" => one(&["interview", "sign-off", &interview()?]),
            "end_interview" => {
                let mut words: Vec<String> =
                    ["interview", "end", &interview()?, "--reason", &step.text("reason")?].map(str::to_owned).to_vec();
                for (text, why) in step.pairs("unasked") {
                    let question = self.question(&text)?;
                    words.extend(["--unasked".to_owned(), format!("{}={why}", question.rsplit('/').next().unwrap_or_default())]);
                }
                vec![Typed { words, stdin: String::new() }]
            }
            "confirm_fates" => one(&["interview", "confirm-fates", &interview()?]),
            "document_interview" => one(&["interview", "document", &interview()?]),
            "review_sample" => one(&["audit", "sample", "--size", "10"]),
            "verify_log" => {
                let export = format!("{}-{post}", self.exports);
                one(&["audit", "export", &export]).into_iter().chain(one(&["audit", "verify", &export])).collect()
            }
            other => bail!("no command is known for `{other}`"),
        })
    }

    fn request(&self, step: &Step) -> Result<Vec<Typed>> {
        let described = self.cases.get(&step.case).context("the case is not described")?;
        let about = |key: &str| described.get(key).and_then(Toml::as_str).map(str::to_owned).with_context(|| format!("`{key}`"));
        let words = [
            ("--kind", step.text("kind")?),
            ("--identity", step.text("identity")?),
            ("--home-board", about("home_board")?),
            ("--age", about("child_age_band")?),
            ("--crime", about("crime_type")?),
            ("--relation", about("relation_to_child")?),
            ("--protection", about("protection")?),
            ("--reason", "-".to_owned()),
        ];
        let words = words.into_iter().flat_map(|(flag, value)| [flag.to_owned(), value]);
        let words = ["consultation", "request"].map(str::to_owned).into_iter().chain(words).collect();
        Ok(vec![Typed { words, stdin: step.text("reason")? }])
    }

    fn book(&self, step: &Step, case: String) -> Result<Typed> {
        let interviewer = step.text("interviewer").ok();
        let named = |role: String| match &interviewer {
            Some(post) if role == "CHILD_INTERVIEWER" => format!("{role}={post}"),
            _ => role,
        };
        let starts = self.wall(&format!("{} {}", step.text("on")?, step.text("from")?))?;
        let mut words = vec!["interview".to_owned(), "book".to_owned(), case, "--kind".to_owned(), step.text("kind")?];
        words.extend(["--starts".to_owned(), starts, "--minutes".to_owned(), step.number("minutes")?.to_string()]);
        words.extend(step.list("need").into_iter().flat_map(|role| ["--need".to_owned(), named(role)]));
        words.extend(step.list("wish").into_iter().flat_map(|role| ["--wish".to_owned(), role]));
        words.extend(step.list("rooms").into_iter().flat_map(|room| ["--room".to_owned(), room]));
        Ok(Typed { words, stdin: String::new() })
    }

    fn triage(&self, step: &Step) -> Result<Vec<Typed>> {
        let mut all = Vec::new();
        for text in step.list("approve") {
            all.push(typed(&["question", "approve", &self.question(&text)?], ""));
        }
        for (text, into) in step.pairs("merge") {
            all.push(typed(&["question", "merge", &self.question(&text)?, "--into", &self.question(&into)?], ""));
        }
        for (text, why) in step.pairs("reject") {
            all.push(typed(&["question", "reject", &self.question(&text)?, "--reason", &why], ""));
        }
        Ok(all)
    }

    /// Remembers what an answer named, and holds it against what the step expects to be seen.
    pub(crate) fn learn(&mut self, step: &Step, typed: &Typed, answer: Value) -> Result<()> {
        let short = |name: &Value| {
            let parts: Vec<&str> = name.as_str().unwrap_or_default().split('/').collect();
            parts.iter().skip(3).step_by(2).copied().collect::<Vec<_>>().join("/")
        };
        match step.does.as_str() {
            "request_consultation" => drop(self.consultations.insert(step.case.clone(), short(at(&answer, "/consultation/name")))),
            "book_interview" => drop(self.interviews.insert(step.case.clone(), short(at(&answer, "/interview/name")))),
            "submit_question" => {
                self.questions.insert(typed.stdin.clone(), short(at(&answer, "/question/name")));
                let hint = step.text("hint").map(|hint| Value::from(format!("HINT_{hint}")));
                let given = at(&answer, "/hints").as_array();
                ensure!(hint.is_err() || given.zip(hint.ok()).is_some_and(|(given, hint)| given.contains(&hint)), "{answer}");
            }
            "revise_question" | "reword_question" => {
                self.questions.insert(typed.stdin.clone(), short(at(&answer, "/question/name")));
            }
            "expect_questions" => {
                let questions = at(&answer, "/questions").as_array().into_iter().flatten();
                let waits = |question: &&Value| {
                    ["QUESTION_STATE_SUBMITTED", "QUESTION_STATE_APPROVED"].map(Value::from).contains(at(question, "/state"))
                };
                let waiting: Vec<_> = questions.filter(waits).collect();
                ensure!(waiting.iter().map(|question| at(question, "/text")).eq(&step.list("in_order")), "{waiting:?}");
                for question in waiting {
                    let text = at(question, "/text").as_str().unwrap_or_default().to_owned();
                    self.questions.insert(text, short(at(question, "/name")));
                }
            }
            "call_break" => {
                let delivered: Vec<_> =
                    at(&answer, "/delivered").as_array().into_iter().flatten().map(|question| at(question, "/text").clone()).collect();
                ensure!(delivered == step.list("delivered_in_order"), "delivered: {delivered:?}");
            }
            "expect_nothing_delivered" => {
                ensure!(at(&answer, "/questions").as_array().is_none_or(Vec::is_empty), "{answer}");
            }
            _ => {}
        }
        Ok(())
    }
}

fn typed(words: &[&str], stdin: &str) -> Typed {
    Typed { words: words.iter().map(ToString::to_string).collect(), stdin: stdin.to_owned() }
}

/// So many working days later; from a day of rest, the next working day is the first.
fn shifted(from: Date, days: i32) -> Result<Date> {
    let (mut day, mut left) = (from, days.abs());
    while left > 0 {
        day = if days < 0 { day.yesterday()? } else { day.tomorrow()? };
        let rests = matches!(day.weekday(), jiff::civil::Weekday::Saturday | jiff::civil::Weekday::Sunday);
        left -= i32::from(!rests);
    }
    Ok(day)
}
