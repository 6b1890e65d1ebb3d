//! Ends of interviews (rule L11): kept in the profile until the house has them.
//!
//! Each is a file `ends/REQUEST-ID.toml`, readable by its owner alone, written before anything is sent. It is sent until the house
//! answers: by `barnahus listen` while it runs, else by the profile's next command; where the start is still to come, after that.
//! INVARIANT: such a file goes away only when the house has the end; one that the house refuses is set aside as `.refused`, and that is
//! said. PRIVACY: names, codes and times, no text.

use std::{
    fs, io,
    path::{Path, PathBuf},
};

use barnahus_proto::v1::{EndInterviewRequest, EndReason, ErrorReason, GetInterviewRequest, InterviewState, NotAskedReason, Unasked};
use jiff::{Timestamp, tz::TimeZone};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    args::{Global, Output},
    clock,
    errors::{Exit, Failure},
    names::short,
    output::Screen,
    profile::{Profile, private_file, private_folder},
    session::Session,
    text::Words,
    times,
};

const SUFFIX: &str = "toml";
const REFUSED: &str = "refused";
/// What the house says of an interview that does not run: it is ended already, or its start is still on its way.
const NOT_RUNNING: ErrorReason = ErrorReason::WrongState;

/// One end.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct KeptEnd {
    /// The same at every attempt.
    #[serde(with = "as_text")]
    pub(crate) request_id: Uuid,
    /// The interview, by its full name.
    pub(crate) interview: String,
    /// When it ended.
    #[serde(with = "as_text")]
    pub(crate) happened_at: Timestamp,
    /// Why, as the contract calls it.
    pub(crate) reason: String,
    /// Questions, and why they were not asked.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(crate) unasked: Vec<(String, String)>,
}

impl KeptEnd {
    /// As the contract has it.
    pub(crate) fn request(&self) -> EndInterviewRequest {
        let unasked = self.unasked.iter().map(|(question, reason)| Unasked {
            question: question.clone(),
            reason: NotAskedReason::from_str_name(reason).unwrap_or_default().into(),
        });
        EndInterviewRequest {
            name: self.interview.clone(),
            request_id: self.request_id.to_string(),
            happened_at: Some(times::proto(self.happened_at)),
            reason: EndReason::from_str_name(&self.reason).unwrap_or_default().into(),
            unasked: unasked.collect(),
        }
    }
}

/// What became of an attempt.
#[derive(Debug)]
pub(crate) struct Attempt {
    /// What was sent.
    pub(crate) end: KeptEnd,
    /// What the house said.
    pub(crate) outcome: Outcome,
}

/// See [`Attempt`].
#[derive(Debug)]
pub(crate) enum Outcome {
    /// It is recorded.
    Recorded,
    /// Somebody else had ended it.
    EndedAlready,
    /// The house cannot be reached, or cannot write: it stays kept.
    Waits,
    /// The house does not know that the interview was started: it stays kept, and follows the start.
    Unstarted,
    /// The house said no.
    Refused(Failure),
}

impl Attempt {
    /// True if it is sent again.
    pub(crate) fn stays(&self) -> bool {
        matches!(self.outcome, Outcome::Waits | Outcome::Unstarted)
    }

    /// One line about it.
    pub(crate) fn tell(&self, words: Words, zone: &TimeZone) -> String {
        let (interview, time) = (short(&self.end.interview), times::day_and_time(self.end.happened_at, zone));
        let values: [(&'static str, &dyn std::fmt::Display); 2] = [("interview", &interview), ("time", &time)];
        match &self.outcome {
            Outcome::Recorded => words.tell("say-end-recorded", &values),
            Outcome::EndedAlready => words.tell("say-end-already", &values),
            Outcome::Waits => words.tell("say-end-waits", &values),
            Outcome::Unstarted => {
                let file = format!("ends/{}.{SUFFIX}", self.end.request_id);
                words.tell("say-end-unstarted", &[("interview", &interview), ("time", &time), ("file", &file)])
            }
            Outcome::Refused(failure) => format!("{}\n{}", words.tell("say-end-refused", &values), failure.tell(words, false)),
        }
    }
}

/// Keeps an end, durably.
pub(crate) fn keep(profile: &Profile, end: &KeptEnd) -> Result<(), Failure> {
    let path = file(profile, end);
    private_folder(&folder(profile))?;
    let text = toml::to_string(end).map_err(|error| Failure::file("fail-write", &path, &io::Error::other(error)))?;
    private_file(&path, &text)
}

/// The house has answered.
pub(crate) fn forget(profile: &Profile, end: &KeptEnd) {
    // A file that cannot be removed is sent again, which is safe.
    let _ = fs::remove_file(file(profile, end));
}

/// The ends that are kept, the oldest first; a file that cannot be read is passed over, and stays.
pub(crate) fn kept(profile: &Profile) -> Vec<KeptEnd> {
    let Ok(entries) = fs::read_dir(folder(profile)) else { return Vec::new() };
    let mut paths: Vec<_> = entries.filter_map(|entry| Some(entry.ok()?.path())).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == SUFFIX));
    paths.sort();
    paths.iter().filter_map(|path| toml::from_str(&fs::read_to_string(path).ok()?).ok()).collect()
}

/// Sends what is kept, and these that could not be kept, on a connection of its own so that it waits for nothing else; tells what became
/// of each.
pub(crate) async fn send(profile: &Profile, screen: &Screen, unkept: &[KeptEnd]) -> Vec<Attempt> {
    let mut attempts = Vec::new();
    for end in kept(profile).into_iter().chain(unkept.iter().cloned()) {
        let outcome = attempt(profile, screen, &end).await;
        match &outcome {
            Outcome::Recorded | Outcome::EndedAlready => forget(profile, &end),
            Outcome::Refused(_) => {
                let path = file(profile, &end);
                // A file that cannot be moved is sent again, which is safe.
                let _ = fs::rename(&path, path.with_extension(REFUSED));
            }
            Outcome::Waits | Outcome::Unstarted => (),
        }
        attempts.push(Attempt { end, outcome });
    }
    attempts
}

async fn attempt(profile: &Profile, screen: &Screen, end: &KeptEnd) -> Outcome {
    let global = Global { profile: None, output: Output::Json, lang: None, request_id: None, verbose: false };
    let session = Session::new(profile.clone(), screen.clone(), global, "interview end".to_owned());
    // Whatever keeps a session from being made, a certificate or a file: the end stays until the house itself has said something.
    let Ok(session) = session else { return Outcome::Waits };
    let mut session = session.quiet();
    let Err(mut failure) = session.call_as(end.request(), end.request_id).await else { return Outcome::Recorded };
    if failure.is(NOT_RUNNING) {
        let answered = session.call(GetInterviewRequest { name: end.interview.clone() }).await;
        match answered.map(|answer| answer.interview.unwrap_or_default().state()) {
            Err(_) => return Outcome::Waits,
            Ok(InterviewState::Ended | InterviewState::Documented) => return Outcome::EndedAlready,
            Ok(state) if !runs(state) => return Outcome::Unstarted,
            // What was refused before the start is refused for ever under its id.
            Ok(_) => match session.call_as(end.request(), clock::request_id()).await {
                Ok(_) => return Outcome::Recorded,
                Err(again) if again.is(NOT_RUNNING) => return Outcome::Waits,
                Err(again) => failure = again,
            },
        }
    }
    if failure.reason().is_some() && failure.exit != Exit::TryAgain { Outcome::Refused(failure) } else { Outcome::Waits }
}

/// Whether an interview in this state can be ended.
pub(crate) fn runs(state: InterviewState) -> bool {
    matches!(state, InterviewState::InProgress | InterviewState::Break | InterviewState::Closing | InterviewState::Interrupted)
}

fn folder(profile: &Profile) -> PathBuf {
    profile.folder.join("ends")
}

fn file(profile: &Profile, end: &KeptEnd) -> PathBuf {
    folder(profile).join(Path::new(&end.request_id.to_string()).with_extension(SUFFIX))
}

/// Values in the file as people write them.
mod as_text {
    use std::{fmt::Display, str::FromStr};

    use serde::{Deserialize as _, Deserializer, Serializer, de::Error as _};

    pub(super) fn serialize<T: Display, S: Serializer>(value: &T, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(value)
    }

    pub(super) fn deserialize<'de, T: FromStr<Err: Display>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{EndInterviewResponse, GetInterviewResponse, Interview};
    use prost::Message as _;
    use tonic::Code;

    use super::*;
    use crate::door::{Canned, Fault, World, refusal};

    fn end() -> KeptEnd {
        KeptEnd {
            request_id: clock::request_id(),
            interview: "houses/v/cases/A/interviews/1".into(),
            happened_at: "2026-11-23T10:55:03Z".parse().unwrap(),
            reason: EndReason::ChildTired.as_str_name().into(),
            unasked: vec![("houses/v/cases/A/interviews/1/questions/3".into(), NotAskedReason::ChildTired.as_str_name().into())],
        }
    }

    /// What becomes of a kept end at a door that answers so.
    async fn sent(world: &World, answers: Vec<Canned>) -> (Profile, Vec<Attempt>) {
        let (port, door) = world.open(answers).await;
        let session = world.session(&Fault::None, port, "whoami");
        let (profile, screen) = (session.profile.clone(), session.screen.clone());
        if kept(&profile).is_empty() {
            keep(&profile, &end()).unwrap();
        }
        let attempts = tokio::select! {
            attempts = send(&profile, &screen, &[]) => attempts,
            () = door => unreachable!("it stays open"),
        };
        (profile, attempts)
    }

    #[tokio::test]
    async fn an_end_is_kept_until_the_house_has_it_and_is_always_the_same_request() {
        let world = World::new();
        let (profile, attempts) = sent(&world, vec![Canned::HangUp]).await;
        assert!(matches!(attempts[0].outcome, Outcome::Waits), "{attempts:?}");
        let kept_end = kept(&profile);
        assert_eq!(kept_end.len(), 1);

        let put_off = Canned::Refuse(refusal(Code::Unavailable, ErrorReason::Unavailable, None));
        let (_, attempts) = sent(&world, vec![put_off]).await;
        assert!(matches!(attempts[0].outcome, Outcome::Waits));

        let (profile, attempts) = sent(&world, vec![Canned::Say(vec![EndInterviewResponse::default().encode_to_vec()])]).await;
        assert!(matches!(attempts[0].outcome, Outcome::Recorded));
        assert!(kept(&profile).is_empty());
        let asked: Vec<_> = world.asked().iter().map(|asked| EndInterviewRequest::decode(asked.as_slice()).unwrap()).collect();
        assert_eq!(asked, [kept_end[0].request(), kept_end[0].request()]);
        assert_eq!(asked[0].happened_at.unwrap().seconds, kept_end[0].happened_at.as_second());
    }

    #[tokio::test]
    async fn an_end_that_another_was_faster_with_is_done_and_a_refused_one_is_set_aside() {
        let world = World::new();
        let wrong = || Canned::Refuse(refusal(Code::FailedPrecondition, ErrorReason::WrongState, None));
        let is = |state: InterviewState| {
            let interview = Interview { state: state.into(), ..Interview::default() };
            Canned::Say(vec![GetInterviewResponse { interview: Some(interview), ..Default::default() }.encode_to_vec()])
        };
        let (profile, attempts) = sent(&world, vec![wrong(), is(InterviewState::Confirmed)]).await;
        assert!(matches!(attempts[0].outcome, Outcome::Unstarted), "the start is still on its way: {attempts:?}");
        assert_eq!(kept(&profile).len(), 1);
        let recorded = Canned::Say(vec![EndInterviewResponse::default().encode_to_vec()]);
        let (profile, attempts) = sent(&world, vec![wrong(), is(InterviewState::InProgress), recorded]).await;
        assert!(matches!(attempts[0].outcome, Outcome::Recorded) && kept(&profile).is_empty(), "under a new id: {attempts:?}");
        let (profile, attempts) = sent(&world, vec![wrong(), is(InterviewState::Ended)]).await;
        assert!(matches!(attempts[0].outcome, Outcome::EndedAlready) && kept(&profile).is_empty());

        let denied = Canned::Refuse(refusal(Code::PermissionDenied, ErrorReason::PermissionDenied, None));
        let (profile, attempts) = sent(&world, vec![denied]).await;
        assert!(matches!(attempts[0].outcome, Outcome::Refused(_)) && kept(&profile).is_empty());
        let aside = fs::read_dir(folder(&profile)).unwrap().map(|entry| entry.unwrap().path());
        assert_eq!(aside.filter(|path| path.extension().unwrap() == REFUSED).count(), 1);
    }

    #[test]
    fn the_file_holds_names_codes_and_times_and_is_its_owners_alone() {
        use std::os::unix::fs::PermissionsExt as _;
        let world = World::new();
        let profile = world.session(&Fault::None, 1, "whoami").profile;
        let end = end();
        keep(&profile, &end).unwrap();
        let path = file(&profile, &end);
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        assert!(fs::read_to_string(&path).unwrap().contains("happened_at = \"2026-11-23T10:55:03Z\""));
        assert_eq!(kept(&profile), [end]);
    }
}
