//! Whole days, played against a real house over real mutual TLS.

use super::*;

async fn played(scenario: &str, house: &str, now: Time) -> (Result<Transcript, DemoError>, String, bool) {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("house");
    let listen = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    let mut out = Vec::new();
    let outcome = match play(Stage { dir: &dir, house, scenario, listen, now }, &mut out).await {
        Ok(played) => {
            played.running.stop().await;
            Ok(played.transcript)
        }
        Err(error) => Err(error),
    };
    (outcome, String::from_utf8(out).unwrap(), dir.exists())
}

async fn reference_day(from: &str, to: &str) -> Result<Transcript, DemoError> {
    assert!(INTERVIEW_DAY.contains(from), "{from}");
    played(&INTERVIEW_DAY.replacen(from, to, 1), HOUSE, Clock::machine().now()).await.0
}

async fn wrong_step(from: &str, to: &str) -> Box<StepError> {
    match reference_day(from, to).await {
        Err(DemoError::Step(error)) => error,
        other => panic!("no step is wrong: {other:?}"),
    }
}

#[tokio::test]
async fn what_cannot_be_played_is_refused_before_anything_is_made() {
    let now = Clock::machine().now();
    let refused = async |scenario: &str, house: &str| {
        let (outcome, _, made) = played(scenario, house, now).await;
        assert!(!made);
        format!("{:#}", anyhow::Error::from(outcome.err().unwrap()))
    };
    let told = refused(&INTERVIEW_DAY.replace("by = \"welfare-torsby-1\"", "by = \"welfare-oslo-1\""), HOUSE).await;
    assert!(told.starts_with("step 10 of the scenario") && told.contains("no post `welfare-oslo-1`"), "{told}");
    let told = refused(&INTERVIEW_DAY.replace("do = \"object\"", "do = \"protest\""), HOUSE).await;
    assert!(told.starts_with("step 34 of the scenario"), "{told}");
    let told = refused(INTERVIEW_DAY, &HOUSE.replace("\"SE\"", "\"NO\"")).await;
    assert!(told.contains("public holidays of `NO`"), "{told}");
    let told = refused(INTERVIEW_DAY, "[house]").await;
    assert!(told.starts_with("the house file: "), "{told}");
}

#[tokio::test]
async fn the_reference_day_is_played_told_and_verified() {
    let (outcome, story, _) = played(INTERVIEW_DAY, HOUSE, Clock::machine().now()).await;
    let day = outcome.unwrap();
    assert_eq!((day.steps.len(), day.refusals(), day.protocols.len()), (53, 7, 1));
    assert!(day.steps.iter().all(|step| !step.records.is_empty()));
    assert!(day.receipts > 100 && day.records > day.receipts);
    assert!(story.lines().all(|line| line.starts_with("house  ") || line.chars().count() <= story::WIDTH), "{story}");
    for step in &day.steps {
        let (time, log) = (step.moment.time.strftime("%H:%M").to_string(), step.records.last().unwrap().to_string());
        let told = |line: &str| line.starts_with(&time) && line.contains(&step.by) && line.ends_with(&log);
        assert!(story.lines().any(told), "step {} at {time}, {log}\n{story}", step.number);
    }
    assert!(story.contains("refused: SIGN_OFF_MISSING") && story.contains("1 merged"));
    assert!(story.contains(&day.protocols[0]) && day.protocols[0].contains("ended: child tired"));
}

#[tokio::test]
async fn a_step_that_succeeds_where_it_must_be_refused_is_named() {
    let error = wrong_step(
        "at = \"D-4 15:00\"\nby = \"prosecutor-1\"\ndo = \"confirm_interview\"",
        "at = \"D-4 15:00\"\nby = \"prosecutor-1\"\ndo = \"confirm_interview\"\nrefused = \"WRONG_STATE\"",
    )
    .await;
    assert_eq!(
        (error.number, error.at.as_str(), error.by.as_str(), error.verb.as_str()),
        (17, "D-4 15:00", "prosecutor-1", "confirm_interview")
    );
    assert_eq!((error.expected.as_str(), error.found.as_str()), ("refused with WRONG_STATE", "it succeeded: confirmed"));
}

#[tokio::test]
async fn a_refusal_that_the_scenario_does_not_know_is_named_with_its_reason() {
    let error = wrong_step("refused = \"RESOURCE_TAKEN\"", "").await;
    assert_eq!((error.number, error.expected.as_str()), (14, "success"));
    assert!(error.found.starts_with("refused with RESOURCE_TAKEN: "), "{error}");
    let error = wrong_step("refused = \"IDENTITY_NUMBER_IN_TEXT\"", "refused = \"TEXT_EMPTY\"").await;
    assert_eq!((error.number, error.expected.as_str()), (1, "refused with TEXT_EMPTY"));
}

#[tokio::test]
async fn what_must_be_seen_is_held_against_what_is_seen() {
    let error = wrong_step("hint = \"LEADING\"\n", "hint = \"MULTIPLE\"\n").await;
    let expected = "the hint \"multiple\" to its author";
    assert_eq!((error.number, error.expected.as_str(), error.found.as_str()), (27, expected, "hints [\"leading\"]"));
    let order = "  \"Finns det syskon som är ensamma med honom i kväll?\",\n  \"Vad använde han när han slog?\",\n";
    let turned = "  \"Vad använde han när han slog?\",\n  \"Finns det syskon som är ensamma med honom i kväll?\",\n";
    let error = wrong_step(order, turned).await;
    assert!(error.number == 35 && error.expected.starts_with("delivered in this order: "), "{error}");
    assert!(error.to_string().contains("\n  expected  delivered in this order"));
}

/// Verbs that the reference day does not need, in a house without holidays, over the end of summer time.
const OTHER_DAY: &str = r#"
[[case]]
id = "A"
child_age_band = "4_TO_6"
crime_type = "NEGLECT"
relation_to_child = "PARENT"
protection = "NONE"
home_board = "Säffle"
[[step]]
at = "D-1 08:00"
by = "welfare-kil-1"
do = "request_consultation"
kind = "ACUTE"
identity = "ANONYMOUS"
reason = "Uppgifter från förskolan"
[[step]]
at = "D-1 08:10"
by = "coordinator-1"
do = "schedule_consultation"
invite = ["prosecutor-1", "investigator-1"]
[[step]]
at = "D-1 09:00"
by = "coordinator-1"
do = "hold_consultation"
[[step]]
at = "D-1 09:30"
by = "prosecutor-1"
do = "open_investigation"
police_reference = "5000-K000009-26"
[[step]]
at = "D-1 10:00"
by = "coordinator-1"
do = "book_interview"
kind = "FIRST"
need = ["INVESTIGATION_LEADER", "CHILD_INTERVIEWER", "POLICE_INVESTIGATOR", "PAEDIATRICIAN"]
on = "D0"
from = "09:00"
minutes = 60
[[step]]
at = "D-1 10:10"
by = "each invited"
except = ["paediatrician-1"]
do = "accept_booking"
[[step]]
at = "D-1 10:20"
by = "paediatrician-1"
do = "decline_booking"
reason = "ILLNESS"
[[step]]
at = "D-1 10:30"
by = "prosecutor-1"
do = "confirm_interview"
refused = "ACCEPTANCE_MISSING"
[[step]]
at = "D-1 10:30"
by = "coordinator-1"
do = "invite_post"
post = "paediatrician-1"
instead_of = "paediatrician-1"
[[step]]
at = "D-1 10:31"
by = "prosecutor-1"
do = "confirm_interview"
waive = { paediatrician-1 = "Barnet är redan undersökt" }
[[step]]
at = "D-1 10:32"
by = "prosecutor-1"
do = "admit_observers"
who = ["investigator-1"]
[[step]]
at = "D0 08:50"
by = "each observer"
do = "check_in"
[[step]]
at = "D0 09:00"
by = "interviewer-1"
do = "start_interview"
recording_reference = "REC-9"
refused = "FORMALITY_MISSING"
[[step]]
at = "D0 09:01"
by = "interviewer-1"
do = "start_interview"
recording_reference = "REC-9"
reason = "Barnet var klart att berätta"
[[step]]
at = "D0 09:10"
by = "investigator-1"
do = "submit_question"
text = "Vem lagar maten hemma?"
[[step]]
at = "D0 09:11"
by = "investigator-1"
do = "withdraw_question"
question = "Vem lagar maten hemma?"
[[step]]
at = "D0 09:12"
by = "investigator-1"
do = "submit_question"
text = "Vad äter barnet till frukost?"
[[step]]
at = "D0 09:13"
by = "prosecutor-1"
do = "triage"
approve = ["Vad äter barnet till frukost?"]
[[step]]
at = "D0 09:15"
by = "interviewer-1"
do = "interrupt_interview"
reason = "TECHNICAL"
[[step]]
at = "D0 09:20"
by = "interviewer-1"
do = "resume_interview"
[[step]]
at = "D0 09:25"
by = "interviewer-1"
do = "call_break"
[[step]]
at = "D0 09:26"
by = "interviewer-1"
do = "acknowledge_delivery"
[[step]]
at = "D0 09:27"
by = "interviewer-1"
do = "acknowledge_delivery"
refused = "NO_SUCH_BREAK"
[[step]]
at = "D0 09:30"
by = "investigator-1"
do = "check_out"
[[step]]
at = "D0 09:35"
by = "each observer"
do = "end_interview"
reason = "AS_PLANNED"
[[step]]
at = "D0 09:40"
by = "auditor-police-1"
do = "review_sample"
size = 3
[[step]]
at = "D0 09:41"
by = "coordinator-1"
do = "verify_log"
refused = "PERMISSION_DENIED"
"#;

#[tokio::test]
async fn any_other_day_of_the_form_is_played() {
    let house = HOUSE.replace("holidays = \"SE\"", "");
    let (outcome, story, _) = played(OTHER_DAY, &house, Clock::machine().now()).await;
    let day = outcome.unwrap_or_else(|error| panic!("{error}\n{story}"));
    assert_eq!((day.steps.len(), day.refusals(), day.protocols.len()), (27, 4, 1));
    let said = |number: usize| day.steps[number - 1].outcomes.clone();
    assert_eq!(said(14), [Outcome::Done("it runs, 2 missing".into())]);
    assert_eq!(said(25).len(), 1, "the leader alone is still in the room");
    let protocol = &day.protocols[0];
    assert!(protocol.contains("interrupted: technical") && protocol.contains("Barnet var klart att berätta"), "{protocol}");
    assert!(protocol.contains("1. investigator-1 (police investigator): withdrawn"), "{protocol}");
    assert!(protocol.contains("2. investigator-1 (police investigator): not asked"), "{protocol}");
}

#[tokio::test]
async fn a_signal_ends_the_day_and_removes_a_temporary_house_but_no_other() {
    let mut out = Vec::new();
    let ended = run(Options::default(), std::future::ready("asked to end"), &mut out).await;
    assert!(matches!(ended, Err(DemoError::Stopped("asked to end"))), "{ended:?}");
    assert!(String::from_utf8(out).unwrap().contains("The house is removed; "));

    let folder = tempfile::tempdir().unwrap();
    let (dir, mut out) = (folder.path().join("house"), Vec::new());
    let options = Options { dir: Some(dir.clone()), ..Options::default() };
    let ended = run(options, std::future::ready("interrupted"), &mut out).await;
    assert!(matches!(ended, Err(DemoError::Stopped("interrupted"))) && dir.exists());
    assert!(String::from_utf8(out).unwrap().contains(&format!("`barnahus-server serve --dir {}`", dir.display())));
}

#[tokio::test]
async fn a_reader_who_has_gone_is_no_error() {
    struct Gone;
    impl Write for Gone {
        fn write(&mut self, _: &[u8]) -> io::Result<usize> {
            Err(io::ErrorKind::BrokenPipe.into())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }
    run(Options::default(), std::future::pending(), &mut Gone).await.unwrap();
}
