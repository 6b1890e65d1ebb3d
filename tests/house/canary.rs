//! Every private text of a day holds a word that stands nowhere else: it is found in answers to those who may see it, and in no file, log
//! line or error.

use std::{
    collections::BTreeSet,
    fs, io,
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::time::DAY_US;
use barnahus_proto::{METHODS, Recorded, v1};
use barnahus_server::clock::random;
use barnahus_tests::harness::{
    Client, Harness, Refused,
    day::{Case, Plan, Point, consultation},
    request_id, timestamp,
};
use prost::Message as _;

use crate::{
    export,
    refusals::{
        bare,
        form::{Place, forms},
    },
};

/// Letters in a word that was made up.
const LETTERS: usize = 24;

/// Everything that the house's own crates say, at TRACE.
#[derive(Clone, Default)]
struct Said(Arc<Mutex<Vec<u8>>>);

impl io::Write for Said {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Said {
    /// Listens to the whole process from here on.
    fn listen() -> Result<Self> {
        let said = Self::default();
        let (writer, names) = (said.clone(), ["server", "domain", "policy", "audit", "store", "proto", "tests"]);
        let filter = names.map(|name| format!("barnahus_{name}=trace")).join(",");
        let subscriber = tracing_subscriber::fmt().with_env_filter(format!("info,{filter}")).with_writer(move || writer.clone()).finish();
        tracing::subscriber::set_global_default(subscriber).context("somebody else listens")?;
        Ok(said)
    }

    fn bytes(&self) -> Vec<u8> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Words that were made up, and what for.
#[derive(Default)]
struct Words(Vec<(&'static str, String)>);

impl Words {
    /// A sentence with a new word in it: letters only, so that it is no number of anybody's.
    fn text(&mut self, what: &'static str) -> Result<String> {
        let letters = random::<LETTERS>()?.map(|byte| char::from(b'a' + byte % 26));
        let word: String = letters.iter().collect();
        self.0.push((what, word.clone()));
        Ok(format!("här står {word}, och inget annat"))
    }

    /// What is found: words are so long that hardly anything else is a run of as many letters.
    fn found_in(&self, bytes: &[u8]) -> Vec<&'static str> {
        let runs = bytes.split(|byte| !byte.is_ascii_lowercase()).filter(|run| run.len() >= LETTERS);
        let grams: BTreeSet<&[u8]> = runs.flat_map(|run| run.windows(LETTERS)).collect();
        self.0.iter().filter(|(_, word)| grams.contains(word.as_bytes())).map(|(what, _)| *what).collect()
    }

    /// No word stands in any file below this folder.
    fn search(&self, folder: &Path) -> Result<usize> {
        let mut searched = 0;
        for path in files(folder)? {
            let bytes = match fs::read(&path) {
                Ok(bytes) => bytes,
                // Renamed or removed since it was listed.
                Err(error) if error.kind() == io::ErrorKind::NotFound => continue,
                Err(error) => return Err(error).with_context(|| format!("`{}`", path.display())),
            };
            let found = self.found_in(&bytes);
            ensure!(found.is_empty(), "`{}` holds {found:?}", path.display());
            searched += 1;
        }
        Ok(searched)
    }
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    Ok(found)
}

/// A day in which every private text holds a word of its own, up to the break.
async fn a_day<'a>(house: &'a Harness, words: &mut Words) -> Result<Case<'a>> {
    let plan = Plan { texts: [words.text("request")?, words.text("ban")?], ..Plan::default() };
    let mut case = Case::of(house, plan, Point::Scheduled).await?;
    let due_at = Some(timestamp(house.now().plus_us(DAY_US)));
    let actions = vec![v1::Action { what: words.text("action")?, owner: house.of("posts", "coordinator-1"), due_at }];
    let request = v1::HoldConsultationRequest { name: case.consultation.clone(), request_id: request_id(), actions, ..Default::default() };
    case.call("coordinator-1", request).await?;
    case.already(Point::Held);
    case.to(Point::Opened).await?;
    let reason = words.text("embargo set")?;
    case.call("prosecutor-1", v1::SetEmbargoRequest { name: case.name.clone(), request_id: request_id(), reason, ..Default::default() })
        .await?;
    let reason = words.text("embargo lifted")?;
    case.call("prosecutor-1", v1::LiftEmbargoRequest { name: case.name.clone(), request_id: request_id(), reason, ..Default::default() })
        .await?;
    case.to(Point::Booked).await?;
    for post in ["interviewer-1", "investigator-1", "prosecutor-1"] {
        let request = v1::AcceptBookingRequest { name: case.interview.clone(), request_id: request_id(), etag: String::new() };
        case.call(post, request).await?;
    }
    let waiver = v1::Waiver { post: house.of("posts", "welfare-kil-1"), reason: words.text("waiver")? };
    let request =
        v1::ConfirmInterviewRequest { name: case.interview.clone(), request_id: request_id(), waivers: vec![waiver], ..Default::default() };
    case.call("prosecutor-1", request).await?;
    case.ban_and_admit().await?;
    case.already(Point::Confirmed);
    for post in case.present() {
        let request = v1::CheckInRequest {
            name: case.interview.clone(),
            request_id: request_id(),
            acknowledge_disclosure_ban: true,
            ..Default::default()
        };
        case.call(post, request).await?;
    }
    // Neither frozen nor told: it starts with a reason (B6).
    let reason = words.text("deviation")?;
    let request = v1::StartInterviewRequest { name: case.interview.clone(), request_id: request_id(), reason, ..Default::default() };
    case.call("interviewer-1", request).await?;
    case.already(Point::Live);
    questions(&case, words).await?;
    case.already(Point::Break);
    Ok(case)
}

/// From the break to the after-meeting.
async fn ended(case: &mut Case<'_>, words: &mut Words) -> Result<()> {
    case.to(Point::Ended).await?;
    let due_at = Some(timestamp(case.house.now().plus_us(DAY_US)));
    let action = v1::Action { what: words.text("after-meeting")?, owner: case.house.of("posts", "coordinator-1"), due_at };
    let request = v1::HoldAfterMeetingRequest {
        interview: case.interview.clone(),
        request_id: request_id(),
        actions: vec![action],
        happened_at: None,
    };
    case.call("coordinator-1", request).await?;
    further(case, words).await
}

/// A concluding interview without the defence.
async fn further(case: &Case<'_>, words: &mut Words) -> Result<()> {
    let kind = v1::InterviewKind::Concluding.into();
    let reason = words.text("further interview")?;
    let request =
        v1::DecideFurtherInterviewRequest { name: case.interview.clone(), request_id: request_id(), kind, reason, ..Default::default() };
    case.call("prosecutor-1", request).await?;
    let mut booking = v1::BookInterviewRequest { kind, ..case.booking(case.house.now().plus_us(7 * DAY_US)) };
    booking.needs.truncate(2);
    let booked = case.call("coordinator-1", booking).await?.interview.context("no interview")?;
    case.call("interviewer-1", v1::AcceptBookingRequest { name: booked.name.clone(), request_id: request_id(), ..Default::default() })
        .await?;
    let defence_note = words.text("note on the defence")?;
    let request = v1::ConfirmInterviewRequest { name: booked.name, request_id: request_id(), defence_note, ..Default::default() };
    case.call("prosecutor-1", request).await?;
    Ok(())
}

async fn questions(case: &Case<'_>, words: &mut Words) -> Result<()> {
    let delivered = case.ask("welfare-kil-1", &words.text("delivered question")?).await?;
    case.approve(&delivered.name).await?;
    let rejected = case.ask("paediatrician-1", &words.text("rejected question")?).await?;
    case.ask("investigator-1", &words.text("waiting question")?).await?;
    let reason = v1::RejectReason::Leading.into();
    case.call(
        "prosecutor-1",
        v1::RejectQuestionRequest { name: rejected.name.clone(), request_id: request_id(), etag: String::new(), reason, happened_at: None },
    )
    .await?;
    let text = words.text("objection")?;
    let request = v1::ObjectToDecisionRequest { name: rejected.name, request_id: request_id(), etag: String::new(), text };
    case.call("paediatrician-1", request).await?;
    case.call("interviewer-1", v1::CallBreakRequest { name: case.interview.clone(), request_id: request_id(), ..Default::default() })
        .await?;
    Ok(())
}

/// Texts in calls that are refused, for whatever reason: none comes back, and none stays.
async fn refused_texts(case: &Case<'_>, words: &mut Words) -> Result<()> {
    let parent = case.interview.clone();
    let question = |text: String| v1::SubmitQuestionRequest {
        parent: parent.clone(),
        request_id: request_id(),
        text,
        urgent_protection: false,
        happened_at: None,
    };
    let mut told = Vec::new();
    let outsider = case.house.client("welfare-torsby-1").await?;
    told.push(outsider.call(question(words.text("denied text")?)).await.err());
    let asker = case.house.client("investigator-1").await?;
    told.push(asker.call(question(format!("{} 20000105-2380", words.text("text with an identity number")?))).await.err());
    told.push(asker.call(question(words.text("text that is too long")?.repeat(40))).await.err());
    told.push(asker.call(question(format!("{}\u{202e}", words.text("text with a control character")?))).await.err());
    told.push(asker.call(question(words.text("text too late")?)).await.err());
    let mut unnamed = question(words.text("text without a place")?);
    unnamed.parent = "nowhere".into();
    told.push(asker.call(unnamed).await.err());
    let misplaced = v1::GetCaseRequest { name: words.text("text as a name")? };
    told.push(asker.call(misplaced).await.err());
    let mut huge = question(words.text("text beyond the limit")?);
    huge.text.push_str(&"x".repeat(100_000));
    told.push(asker.call(huge).await.err());
    let mut opening = consultation(case.house, &Plan::default());
    (opening.reason, opening.home_board) = (words.text("text beside a bad field")?, "Kil".into());
    told.push(case.house.client("welfare-kil-1").await?.call(opening).await.err());
    for refused in told {
        let refused: Refused = refused.context("it was not refused")?;
        let all = format!("{refused} {:?}", refused.status);
        ensure!(
            words.found_in(all.as_bytes()).is_empty() && words.found_in(refused.status.details()).is_empty(),
            "an error repeats a text: {all}"
        );
    }
    Ok(())
}

/// The words in everything that a caller can read about the case.
async fn readable(caller: &Client, case: &Case<'_>, words: &Words) -> Result<BTreeSet<&'static str>> {
    let place = Place::new(case.house, &case.name, &caller.person);
    let mut seen = BTreeSet::new();
    for method in METHODS.iter().filter(|method| method.recorded != Recorded::Act) {
        let mut targets = BTreeSet::new();
        for place in [place.clone(), place.with_question(2), place.with_question(3)] {
            for form in forms(method, &place, case.house.now())?.into_iter().filter(|form| targets.insert(form.target.clone())) {
                if let Ok(answer) = bare::call(&caller.channel(), method, form.message.encode_to_vec()).await {
                    seen.extend(words.found_in(&answer));
                }
            }
        }
    }
    Ok(seen)
}

/// Everyone reads everything they can: each finds exactly the words of the roles table (Roles, L8, L13).
async fn texts_are_for_those_who_listen(case: &Case<'_>, words: &Words, after_the_end: bool) -> Result<()> {
    for caller in case.house.everyone().await? {
        let seen = readable(&caller, case, words).await?;
        let of_questions = ["delivered question", "objection", "rejected question", "waiting question"];
        let due: &[&str] = match caller.post.as_str() {
            "prosecutor-1" | "investigator-1" => &of_questions,
            "interviewer-1" if after_the_end => &of_questions,
            "interviewer-1" | "welfare-kil-1" => &["delivered question"],
            "paediatrician-1" => &["objection", "rejected question"],
            _ => &[],
        };
        let questions: Vec<_> = seen.iter().filter(|what| of_questions.contains(what)).collect();
        ensure!(questions.iter().copied().eq(due), "`{}` can read {questions:?}, after the end: {after_the_end}", caller.post);
        let has_a_part =
            case.present().contains(&caller.post.as_str()) || caller.post == "interviewer-1" || caller.post.starts_with("coordinator-");
        ensure!(has_a_part || seen.is_empty(), "`{}` has no part and can read {seen:?}", caller.post);
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_private_text_stands_nowhere_but_in_answers_to_those_who_may_see_it() -> Result<()> {
    let said = Said::listen()?;
    let mut house = Harness::start().await?;
    let mut words = Words::default();
    let name = {
        let mut case = a_day(&house, &mut words).await?;
        texts_are_for_those_who_listen(&case, &words, false).await?;
        ended(&mut case, &mut words).await?;
        refused_texts(&case, &mut words).await?;
        texts_are_for_those_who_listen(&case, &words, true).await?;
        let leader = readable(&case.leader().await?, &case, &words).await?;
        for what in ["request", "ban", "action", "deviation", "objection"] {
            ensure!(leader.contains(what), "the leader cannot read the {what}: {leader:?}");
        }
        let request = v1::GetConsultationRequest { name: format!("{}/consultations/2", case.name) };
        let meeting = case.call("prosecutor-1", request).await?.encode_to_vec();
        ensure!(words.found_in(&meeting) == ["after-meeting"]);
        export::folder(&house, "auditor-police-1", "canary").await?;
        case.name.clone()
    };
    let searched = words.search(house.beside())?;
    ensure!(searched >= 12, "only {searched} files were searched");
    house.stop().await;
    words.search(house.beside())?;
    let log = said.bytes();
    let text = String::from_utf8_lossy(&log);
    ensure!(text.contains("the house is served"), "the server says nothing: {text}");
    ensure!(words.found_in(&log).is_empty(), "the server says {:?}", words.found_in(&log));

    without_keys(&mut house, &name, &words).await
}

/// What is sealed opens with its keys only: without them the house is not served, with them everybody reads as before.
async fn without_keys(house: &mut Harness, case: &str, words: &Words) -> Result<()> {
    let aside = house.beside().join("keys");
    fs::create_dir(&aside)?;
    let is_key = |path: &PathBuf| path.file_name().is_some_and(|name| name.to_string_lossy().starts_with("keys.db"));
    let moved = |from: PathBuf, to: &Path| -> Result<()> { Ok(fs::rename(&from, to.join(from.file_name().context("a name")?))?) };
    files(&house.dir())?.into_iter().filter(is_key).try_for_each(|path| moved(path, &aside))?;
    let refused = house.restart().await.err().map(|error| format!("{error:#}")).context("it is served without its keys")?;
    ensure!(refused.contains("is not in the key store") && words.found_in(refused.as_bytes()).is_empty(), "{refused}");
    files(&house.dir())?.into_iter().filter(is_key).try_for_each(fs::remove_file).context("the files are not at rest")?;
    files(&aside)?.into_iter().try_for_each(|path| moved(path, &house.dir()))?;
    house.restart().await?;
    let question = v1::GetQuestionRequest { name: format!("{case}/interviews/1/questions/1") };
    let read = house.client("prosecutor-1").await?.call(question).await?.encode_to_vec();
    ensure!(words.found_in(&read) == ["delivered question"], "{:?}", words.found_in(&read));
    Ok(())
}
