//! A room for tests: the interview of VRM-2026-0142 with its people and four questions.

use barnahus_proto::v1::{
    Batch, Break, Interview, InterviewState, NotAskedReason, Observer, Question, QuestionState, RejectReason, Role, RoleCheck, RoleCount,
    RoomSnapshot, WatchListeningRoomResponse, watch_listening_room_response::Message,
};
use jiff::{SignedDuration, Timestamp};

use super::state::Me;
use crate::times;

/// 10:26:30 in Karlstad, 36 and a half minutes into the interview.
pub(super) const NOW: Timestamp = Timestamp::constant(1_795_425_990, 0);

pub(super) const INTERVIEW: &str = "houses/v/cases/VRM-2026-0142/interviews/1";

/// So many minutes before [`NOW`].
pub(super) fn ago(minutes: i64) -> Option<prost_types::Timestamp> {
    Some(times::proto(NOW.checked_sub(SignedDuration::from_secs(minutes * 60 + 30)).unwrap()))
}

pub(super) fn me(post: &str) -> Me {
    Me { person: format!("houses/v/persons/p-{post}"), posts: vec![format!("houses/v/posts/{post}")], part: None }
}

pub(super) fn message(index: u64, message: Message) -> WatchListeningRoomResponse {
    WatchListeningRoomResponse { resume_token: index.to_string(), index, message: Some(message) }
}

pub(super) fn name(number: u32) -> String {
    format!("{INTERVIEW}/questions/{number}")
}

pub(super) fn question(number: u32, role: Role, state: QuestionState) -> Question {
    Question {
        name: name(number),
        role: role.into(),
        state: state.into(),
        text: format!("Text {number}?"),
        etag: "e".into(),
        ..Question::default()
    }
}

/// The day's questions, of which the child welfare officer's are `own` where she looks.
pub(super) fn questions(own: bool) -> Vec<Question> {
    let text = |text: &str, question| Question { text: text.into(), ..question };
    vec![
        Question {
            role_rank: 2, ..text("Vad använde han när han slog?", question(2, Role::PoliceInvestigator, QuestionState::Approved))
        },
        Question {
            role_rank: 4,
            own,
            reject_reason: RejectReason::Leading.into(),
            objected: true,
            objection: "Frågan om tillhygge behöver ställas på annat sätt".into(),
            ..text("Visst slog pappa dig med bältet?", question(4, Role::ChildWelfareOfficer, QuestionState::Rejected))
        },
        Question {
            role_rank: 4,
            own,
            urgent_protection: true,
            ..text("Finns det syskon som är ensamma med honom i kväll?", question(5, Role::ChildWelfareOfficer, QuestionState::Submitted))
        },
        Question {
            role_rank: 3,
            merged_into: name(5),
            target_state: QuestionState::Submitted.into(),
            ..text("Var syskonen hemma?", question(6, Role::SpecialRepresentative, QuestionState::Merged))
        },
    ]
}

pub(super) fn interview(state: InterviewState) -> Interview {
    let seat = |post: &str, role: Role| Observer {
        person: format!("houses/v/persons/p-{post}"),
        post: format!("houses/v/posts/{post}"),
        role: role.into(),
        checked_in_at: ago(66),
        ..Observer::default()
    };
    let begun = !matches!(state, InterviewState::Tentative | InterviewState::Confirmed | InterviewState::Ready);
    let over = matches!(state, InterviewState::Ended | InterviewState::Documented);
    Interview {
        name: INTERVIEW.into(),
        state: state.into(),
        disclosure_ban: true,
        disclosure_ban_until: ago(-60 * 24 * 30),
        disclosure_ban_scope: "det som sägs vid förhöret, och att det hålls".into(),
        observers: vec![
            seat("prosecutor-1", Role::InvestigationLeader),
            Observer { checked_in_at: None, ..seat("interviewer-1", Role::ChildInterviewer) },
            seat("investigator-1", Role::PoliceInvestigator),
            Observer { signed_off_at: ago(0), ..seat("representative-1", Role::SpecialRepresentative) },
            seat("welfare-kil-1", Role::ChildWelfareOfficer),
            Observer { checked_out_at: ago(1), ..seat("paediatrician-1", Role::Paediatrician) },
        ],
        roster_frozen_at: ago(61),
        starts_at: ago(41),
        ends_at: ago(-49),
        started_at: if begun { ago(36) } else { None },
        ended_at: if over { ago(0) } else { None },
        closing_check: if over || state == InterviewState::Closing { closing_check() } else { Vec::new() },
        ..Interview::default()
    }
}

fn closing_check() -> Vec<RoleCheck> {
    let check = |role: Role, signed_off, unasked| RoleCheck { role: role.into(), signed_off, absent: false, unasked };
    vec![
        check(Role::InvestigationLeader, false, 0),
        check(Role::PoliceInvestigator, false, 1),
        check(Role::SpecialRepresentative, true, 0),
        check(Role::ChildWelfareOfficer, false, 1),
    ]
}

fn counts() -> Vec<RoleCount> {
    let count = |role: Role, waiting, total| RoleCount { role: role.into(), waiting, total };
    vec![count(Role::PoliceInvestigator, 1, 1), count(Role::SpecialRepresentative, 0, 2), count(Role::ChildWelfareOfficer, 1, 2)]
}

/// As who sees every question.
pub(super) fn snapshot(state: InterviewState) -> WatchListeningRoomResponse {
    room(interview(state), questions(false))
}

pub(super) fn room(interview: Interview, questions: Vec<Question>) -> WatchListeningRoomResponse {
    message(5, Message::Snapshot(RoomSnapshot { interview: Some(interview), questions, counts: counts() }))
}

/// Four questions, delivered in the first break; after the end with their fates.
pub(super) fn delivered(state: InterviewState) -> WatchListeningRoomResponse {
    let over = state == InterviewState::Ended;
    let texts = [
        (5, "Finns det syskon som är ensamma med honom i kväll?", true, QuestionState::Answered),
        (2, "Vad använde han när han slog?", false, QuestionState::Asked),
        (
            1,
            "Var barnet ensamt hemma när det hände, och i så fall hur länge innan någon vuxen kom hem igen?",
            false,
            QuestionState::NotAsked,
        ),
        (3, "Har barnet fortfarande ont någonstans?", false, QuestionState::NotAsked),
    ];
    let offset = |minutes: i64| Some(prost_types::Duration { seconds: minutes * 60 + 12, nanos: 0 });
    let questions = texts.map(|(number, text, urgent, fate)| Question {
        text: text.into(),
        urgent_protection: urgent,
        offset: if over && fate != QuestionState::NotAsked { offset(30) } else { None },
        not_asked_reason: if over && fate == QuestionState::NotAsked { NotAskedReason::ChildTired.into() } else { 0 },
        ..question(number, Role::ChildWelfareOfficer, if over { fate } else { QuestionState::Delivered })
    });
    let batch = Batch {
        number: 1,
        questions: questions.iter().map(|question| question.name.clone()).collect(),
        delivered_at: ago(0),
        acknowledged_at: if over { ago(0) } else { None },
    };
    let lasting = Break { number: 1, called_at: ago(0), resumed_at: if over { ago(0) } else { None }, batches: vec![batch] };
    room(Interview { breaks: vec![lasting], ..interview(state) }, questions.to_vec())
}
