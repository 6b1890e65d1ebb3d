//! A made-up interview and its protocol with a line of every kind, for the tests of the papers.

use barnahus_proto::v1::{
    AbsenceReason, Deviation, EndReason, Fate, GetProtocolResponse, Interview, InterviewKind, Invitation, InvitationState, NotAskedReason,
    Observer, Protocol, ProtocolClosing, ProtocolEvent as Event, ProtocolLine, ProtocolParticipant, ProtocolQuestion, QuestionState,
    Receipt, RejectReason, Role,
};
use prost_types::{Duration, Timestamp};

use crate::times;

pub(super) const INTERVIEW: &str = "houses/v/cases/VRM-2026-0142/interviews/1";
/// What a page must show, and must not do.
pub(super) const HOSTILE: &str = "<script>alert('x')</script></q></td>&lt;b&gt; \"och\"\u{202e} sen\nannan rad";

const LEADER: (Role, &str) = (Role::InvestigationLeader, "prosecutor-1");
const DEPUTY: (Role, &str) = (Role::InvestigationLeader, "prosecutor-2");
const INTERVIEWER: (Role, &str) = (Role::ChildInterviewer, "interviewer-1");
const INVESTIGATOR: (Role, &str) = (Role::PoliceInvestigator, "investigator-1");
const WELFARE: (Role, &str) = (Role::ChildWelfareOfficer, "welfare-kil-1");
const DEFENCE: (Role, &str) = (Role::DefenceCounsel, "defence-1");
const COORDINATOR: (Role, &str) = (Role::Coordinator, "coordinator-1");

/// On the day, by the house's clock.
pub(super) fn at(clock: &str) -> Option<Timestamp> {
    Some(times::proto(format!("2026-11-23T{clock}:00+01:00").parse().unwrap()))
}

fn line(index: u64, clock: &str, event: Event, by: (Role, &str)) -> ProtocolLine {
    ProtocolLine {
        record_index: index,
        recorded_at: at(clock),
        event: event.into(),
        role: by.0.into(),
        post: format!("houses/v/posts/{}", by.1),
        ..ProtocolLine::default()
    }
}

fn with(mut line: ProtocolLine, change: impl FnOnce(&mut ProtocolLine)) -> ProtocolLine {
    change(&mut line);
    line
}

fn noted(line: ProtocolLine, fate: Fate, seconds: i64) -> ProtocolLine {
    with(line, |line| (line.fate, line.offset) = (fate.into(), Some(Duration { seconds, nanos: 0 })))
}

fn of_batch(line: ProtocolLine, number: u32, batch: u32) -> ProtocolLine {
    with(line, |line| (line.break_number, line.batch_number) = (number, batch))
}

fn texted(line: ProtocolLine, text: &str) -> ProtocolLine {
    with(line, |line| line.text = text.into())
}

/// As the leader reads it.
pub(super) fn answer() -> GetProtocolResponse {
    let protocol = Protocol {
        interview: INTERVIEW.into(),
        whole: true,
        lines: course(),
        participants: participants(),
        questions: questions(),
        deviations: vec![Deviation::RosterNotFrozen.into()],
        deviation_reason: "barnet var trött & ville börja".into(),
        digest: "00ff".into(),
        kind: InterviewKind::Concluding.into(),
        telling: 2,
        tellings: 2,
        further_reason: "försvaret ska få ställa sina frågor".into(),
        recording_reference: "5000-K000001-26".into(),
        disclosure_ban_until: at("17:00"),
        disclosure_ban_scope: "det som sägs vid förhöret".into(),
        starts_at: at("09:30"),
        ends_at: at("11:00"),
        rooms: vec!["houses/v/rooms/interview-1".into(), "houses/v/rooms/listening-1".into()],
        leader: "houses/v/posts/prosecutor-1".into(),
        police_reference: "5000-K000001-26".into(),
        closing: Some(ProtocolClosing { record_index: 86, closed_at: None, digest: "00ff".into() }),
    };
    let receipt = Some(Receipt { index: 99, ..Receipt::default() });
    GetProtocolResponse { protocol: Some(protocol), receipt, ..GetProtocolResponse::default() }
}

fn course() -> Vec<ProtocolLine> {
    vec![
        line(20, "08:00", Event::Booked, COORDINATOR),
        line(21, "08:10", Event::Confirmed, LEADER),
        line(22, "08:11", Event::DisclosureBanOrdered, LEADER),
        line(30, "09:22", Event::RosterFrozen, LEADER),
        line(31, "09:40", Event::ChildInformed, INTERVIEWER),
        line(32, "09:50", Event::Started, INTERVIEWER),
        line(45, "10:18", Event::NotesAllowed, LEADER),
        of_batch(line(47, "10:20", Event::DeliveryAcknowledged, INTERVIEWER), 0, 1),
        line(48, "10:21", Event::NotesEnded, LEADER),
        line(49, "10:24", Event::BreakRequested, LEADER),
        with(line(50, "10:26", Event::BreakCalled, INTERVIEWER), |line| line.break_number = 1),
        of_batch(line(52, "10:27", Event::DeliveryAcknowledged, INTERVIEWER), 1, 1),
        of_batch(line(53, "10:29", Event::Delivered, LEADER), 1, 2),
        of_batch(line(54, "10:30", Event::DeliveryAcknowledged, INTERVIEWER), 1, 2),
        line(55, "10:36", Event::Resumed, INTERVIEWER),
        line(56, "10:38", Event::ChildInformed, INTERVIEWER),
        with(line(60, "10:40", Event::Interrupted, COORDINATOR), |line| line.end_reason = EndReason::Technical.into()),
        line(61, "10:42", Event::Resumed, INTERVIEWER),
        line(70, "10:50", Event::ClosingBegun, INTERVIEWER),
        with(line(80, "11:05", Event::Ended, LEADER), |line| {
            (line.end_reason, line.happened_at) = (EndReason::ChildTired.into(), at("10:55"));
        }),
        line(82, "11:10", Event::FatesConfirmed, INTERVIEWER),
        texted(line(84, "11:20", Event::FurtherDecided, LEADER), "försvaret ska få ställa sina frågor"),
        line(85, "11:30", Event::Documented, COORDINATOR),
        line(86, "11:40", Event::Closed, LEADER),
        texted(line(87, "11:50", Event::Remarked, DEFENCE), HOSTILE),
    ]
}

fn participants() -> Vec<ProtocolParticipant> {
    let one = |(role, post): (Role, &str), lines| ProtocolParticipant {
        role: role.into(),
        post: format!("houses/v/posts/{post}"),
        lines,
        ..ProtocolParticipant::default()
    };
    let ended = with(line(80, "11:05", Event::Ended, LEADER), |line| line.happened_at = at("10:55"));
    let deputys = with(line(25, "09:24", Event::CheckedIn, DEPUTY), |line| line.deputy = true);
    let late = with(line(24, "09:30", Event::CheckedIn, INVESTIGATOR), |line| line.happened_at = at("09:20"));
    vec![
        one(INTERVIEWER, vec![line(32, "09:50", Event::Started, INTERVIEWER), ended]),
        ProtocolParticipant { deputy: true, ..one(DEPUTY, vec![deputys]) },
        one(LEADER, vec![line(23, "09:19", Event::CheckedIn, LEADER), line(72, "10:52", Event::SignedOff, LEADER)]),
        one(
            INVESTIGATOR,
            vec![late, line(73, "10:53", Event::SignedOff, INVESTIGATOR), line(81, "11:00", Event::CheckedOut, INVESTIGATOR)],
        ),
        one(
            (Role::Paediatrician, "paediatrician-1"),
            vec![line(28, "09:20", Event::Admitted, LEADER), line(29, "09:21", Event::Removed, LEADER)],
        ),
        one(
            WELFARE,
            vec![
                line(24, "09:24", Event::Admitted, LEADER),
                line(26, "09:25", Event::CheckedIn, WELFARE),
                line(36, "10:08", Event::CheckedOut, WELFARE),
                line(37, "10:12", Event::CheckedIn, WELFARE),
                with(line(83, "11:15", Event::Absent, COORDINATOR), |line| line.absence_reason = AbsenceReason::Illness.into()),
            ],
        ),
    ]
}

fn questions() -> Vec<ProtocolQuestion> {
    let question = |number: u32, (role, post): (Role, &str), text: &str, state: QuestionState, lines| ProtocolQuestion {
        name: format!("{INTERVIEW}/questions/{number}"),
        role: role.into(),
        post: format!("houses/v/posts/{post}"),
        text: text.into(),
        urgent_protection: number == 2,
        state: state.into(),
        lines,
        ..ProtocolQuestion::default()
    };
    let rejected = with(line(41, "10:15", Event::QuestionRejected, LEADER), |line| line.reject_reason = RejectReason::Leading.into());
    let objected = with(line(43, "10:16", Event::QuestionObjected, DEFENCE), |line| line.objection = HOSTILE.into());
    let merged = with(line(42, "10:15", Event::QuestionMerged, LEADER), |line| line.merged_into = format!("{INTERVIEW}/questions/2"));
    let not_asked = with(line(64, "10:45", Event::QuestionFateCorrected, INTERVIEWER), |line| {
        (line.fate, line.not_asked_reason) = (Fate::NotAsked.into(), NotAskedReason::JudgedUnsuitable.into());
    });
    vec![
        question(
            1,
            DEFENCE,
            "Visst slog pappa dig med bältet?",
            QuestionState::Answered,
            vec![
                with(line(33, "10:02", Event::QuestionSubmitted, DEFENCE), |line| line.happened_at = at("09:58")),
                texted(line(34, "10:03", Event::QuestionRevised, DEFENCE), HOSTILE),
                rejected,
                objected,
                texted(line(44, "10:17", Event::QuestionReworded, LEADER), "Vad hände i köket?"),
                line(46, "10:19", Event::QuestionApproved, LEADER),
                of_batch(line(46, "10:19", Event::QuestionDelivered, LEADER), 0, 1),
                noted(line(58, "10:39", Event::QuestionFateNoted, INVESTIGATOR), Fate::Answered, 4_510),
            ],
        ),
        question(
            2,
            WELFARE,
            "Finns det syskon som är ensamma med honom i kväll?",
            QuestionState::NotAsked,
            vec![
                line(35, "10:05", Event::QuestionSubmitted, WELFARE),
                line(38, "10:13", Event::QuestionActedOn, LEADER),
                texted(line(39, "10:14", Event::QuestionUrgencyUnmarked, LEADER), "socialjouren är där"),
                with(line(40, "10:14", Event::QuestionRanked, LEADER), |line| line.rank = 3),
                line(40, "10:15", Event::QuestionRanked, LEADER),
                with(of_batch(line(51, "10:26", Event::QuestionDelivered, INTERVIEWER), 1, 1), |line| line.place = 1),
                noted(line(59, "10:39", Event::QuestionFateNoted, INVESTIGATOR), Fate::NoAnswer, 2_950),
                not_asked,
            ],
        ),
        question(
            3,
            INVESTIGATOR,
            "Är någon annan hemma?",
            QuestionState::Merged,
            vec![line(36, "10:06", Event::QuestionSubmitted, INVESTIGATOR), merged],
        ),
        question(
            4,
            WELFARE,
            "Vem hämtar från skolan?",
            QuestionState::Deferred,
            vec![line(19, "08:00", Event::QuestionCarried, COORDINATOR), line(65, "10:47", Event::QuestionDeferred, LEADER)],
        ),
        question(
            5,
            WELFARE,
            "",
            QuestionState::Withdrawn,
            vec![line(66, "10:48", Event::QuestionSubmitted, WELFARE), line(67, "10:49", Event::QuestionWithdrawn, WELFARE)],
        ),
    ]
}

/// In a break: one has left, one is called and not admitted.
pub(super) fn interview() -> Interview {
    let seat = |(role, post): (Role, &str), inside: &str, out: Option<Timestamp>| Observer {
        person: format!("houses/v/persons/p-of-{post}"),
        post: format!("houses/v/posts/{post}"),
        role: role.into(),
        checked_in_at: at(inside),
        checked_out_at: out,
        ban_acknowledged: true,
        ..Observer::default()
    };
    let called = Invitation {
        post: "houses/v/posts/paediatrician-1".into(),
        role: Role::Paediatrician.into(),
        state: InvitationState::Accepted.into(),
        ..Invitation::default()
    };
    Interview {
        name: INTERVIEW.into(),
        rooms: vec!["houses/v/rooms/interview-1".into(), "houses/v/rooms/listening-1".into()],
        starts_at: at("09:45"),
        ends_at: at("11:15"),
        invitations: vec![called],
        disclosure_ban: true,
        disclosure_ban_until: at("17:00"),
        observers: vec![
            Observer { checked_in_at: None, ban_acknowledged: false, ..seat(INTERVIEWER, "09:00", None) },
            seat(LEADER, "09:19", None),
            seat(INVESTIGATOR, "09:20", None),
            seat(WELFARE, "09:25", None),
            seat((Role::ChildWelfareOfficer, "welfare-arvika-1"), "09:26", None),
            seat((Role::ChildPsychiatry, "child-psychiatry-1"), "09:27", None),
            seat((Role::Counsellor, "counsellor-1"), "09:27", None),
            seat(DEFENCE, "09:28", at("10:01")),
            seat((Role::SpecialRepresentative, "representative-1"), "09:28", None),
        ],
        child_informed_at: at("09:40").into_iter().collect(),
        started_at: at("09:50"),
        ..Interview::default()
    }
}
