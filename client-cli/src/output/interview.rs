//! What an interview looks like to a person: in short after an act, whole when it is asked for.

use barnahus_proto::v1::{
    AbsenceReason, Batch, Break, CallBreakResponse, Deviation, EndReason, GetInterviewResponse, Interview, InterviewKind, InterviewState,
    Invitation, InvitationState, Observer, Role,
};

use super::page::{Page, Row, Shown};
use crate::names::{last, short, shorts};

impl Shown for Interview {
    fn show(&self, page: &mut Page<'_>) {
        title(self, page);
        let answered = self.invitations.iter().filter(|invitation| invitation.state != InvitationState::Open as i32).count();
        let (inside, seats) = (inside(self).count(), self.observers.iter().filter(|seat| listens(seat)).count());
        page.fields(
            0,
            &[
                ("label-booked", page.span(self.starts_at, self.ends_at)),
                ("label-rooms", shorts(&self.rooms)),
                ("label-answers", format!("{answered}/{}", self.invitations.len())),
                ("label-present", format!("{inside}/{seats}")),
                ("label-etag", page.only_verbose(&self.etag)),
            ],
        );
    }
}

impl Shown for GetInterviewResponse {
    fn show(&self, page: &mut Page<'_>) {
        let Some(interview) = &self.interview else { return };
        title(interview, page);
        facts(interview, page);
        if !interview.invitations.is_empty() {
            page.section("say-invitations");
            page.rows(2, &interview.invitations);
        }
        if !interview.observers.is_empty() {
            page.section("say-roster");
            page.rows(2, &interview.observers);
        }
        if !interview.breaks.is_empty() {
            page.section("say-breaks");
            page.rows(2, &interview.breaks);
        }
        if !interview.notes.is_empty() {
            page.section("say-notes");
            page.rows(2, &interview.notes);
        }
    }
}

impl Shown for CallBreakResponse {
    fn show(&self, page: &mut Page<'_>) {
        self.interview.show(page);
        let newest = self.interview.iter().flat_map(|interview| &interview.breaks).next_back();
        let (number, batch) = newest.map_or((0, 0), |newest| (newest.number, newest.batches.last().map_or(0, |batch| batch.number)));
        if self.delivered.is_empty() {
            page.line("");
            page.title(&page.words.tell("say-break-number", &[("number", &number)]));
            page.indented(2, &page.words.say("say-nothing-delivered"));
            return;
        }
        page.line("");
        page.title(&page.words.tell("say-delivery", &[("break", &number), ("batch", &batch)]));
        for (place, question) in (1..).zip(&self.delivered) {
            page.indented(2, &super::question::ordered(place, question, page));
        }
    }
}

/// Those who are in the listening room now.
pub(super) fn inside(interview: &Interview) -> impl Iterator<Item = &Observer> {
    interview.observers.iter().filter(|seat| listens(seat) && seat.checked_in_at.is_some() && seat.checked_out_at.is_none())
}

/// The interviewer stands on the roster too, but sits with the child.
fn listens(seat: &Observer) -> bool {
    seat.role != Role::ChildInterviewer as i32
}

fn title(interview: &Interview, page: &mut Page<'_>) {
    let state = page.code::<InterviewState>(interview.state);
    page.title(&format!("{}  {state}", short(&interview.name)));
}

fn facts(interview: &Interview, page: &mut Page<'_>) {
    let ban = if interview.disclosure_ban {
        page.words.tell("say-ban-until", &[("until", &page.time(interview.disclosure_ban_until))])
    } else {
        page.words.say("say-no")
    };
    let informed: Vec<_> = interview.child_informed_at.iter().map(|time| page.time(Some(*time))).collect();
    page.fields(
        0,
        &[
            ("label-kind", page.code::<InterviewKind>(interview.kind)),
            ("label-booked", page.span(interview.starts_at, interview.ends_at)),
            ("label-rooms", shorts(&interview.rooms)),
            ("label-ban", ban),
            ("label-ban-scope", interview.disclosure_ban_scope.clone()),
            ("label-roster-frozen", page.time(interview.roster_frozen_at)),
            ("label-child-informed", informed.join(", ")),
            (
                "label-child-to-be-told",
                if interview.child_to_be_told && interview.started_at.is_some() { page.yes(true) } else { String::new() },
            ),
            ("label-started", page.time(interview.started_at)),
            ("label-recording", interview.recording_reference.clone()),
            ("label-deviations", page.codes::<Deviation>(&interview.deviations)),
            ("label-break-requested", page.time(interview.break_requested_at)),
            ("label-notes", if interview.notes_allowed { page.yes(true) } else { String::new() }),
            ("label-ended", page.time(interview.ended_at)),
            ("label-end-reason", page.code::<EndReason>(interview.end_reason)),
            ("label-fates-confirmed", page.time(interview.fates_confirmed_at)),
            ("label-documented", page.time(interview.documented_at)),
            ("label-protocol-closed", page.time(interview.protocol_closed_at)),
            ("label-follows", short(&interview.follows)),
            ("label-further", page.code::<InterviewKind>(interview.further_kind)),
            ("label-further-reason", interview.further_reason.clone()),
            ("label-etag", page.only_verbose(&interview.etag)),
        ],
    );
}

impl Row for Interview {
    const HEAD: &'static [&'static str] = &["label-interview", "label-state", "label-kind", "label-booked", "label-rooms"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            short(&self.name),
            page.code::<InterviewState>(self.state),
            page.code::<InterviewKind>(self.kind),
            page.span(self.starts_at, self.ends_at),
            shorts(&self.rooms),
        ]
    }
}

/// A listener who was admitted, and for which authority.
pub(crate) struct Admitted {
    /// Where they stand on the roster.
    pub(crate) seat: Observer,
    /// Whose post it is.
    pub(crate) authority: String,
}

impl Row for Admitted {
    const HEAD: &'static [&'static str] = &["label-admitted", "label-role", "label-authority", "label-person"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![short(&self.seat.post), page.code::<Role>(self.seat.role), short(&self.authority), short(&self.seat.person)]
    }
}

impl Row for Invitation {
    const HEAD: &'static [&'static str] = &["label-post", "label-role", "label-required", "label-answer", "label-reason", "label-person"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            short(&self.post),
            page.code::<Role>(self.role),
            page.yes(self.required),
            page.code::<InvitationState>(self.state),
            page.code::<AbsenceReason>(self.reason),
            short(&self.person),
        ]
    }
}

impl Row for Observer {
    const HEAD: &'static [&'static str] = &[
        "label-post",
        "label-role",
        "label-person",
        "label-by-right",
        "label-in",
        "label-out",
        "label-ban",
        "label-signed-off",
        "label-absent",
    ];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            short(&self.post),
            page.code::<Role>(self.role),
            short(&self.person),
            page.yes(self.by_right),
            page.clock(self.checked_in_at),
            page.clock(self.checked_out_at),
            page.yes(self.ban_acknowledged),
            page.clock(self.signed_off_at),
            page.code::<AbsenceReason>(self.absence_reason),
        ]
    }
}

impl Row for Batch {
    const HEAD: &'static [&'static str] = &["label-note", "label-question", "label-delivered", "label-acknowledged"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        let questions: Vec<_> = self.questions.iter().map(|name| last(name)).collect();
        vec![self.number.to_string(), questions.join(", "), page.clock(self.delivered_at), page.clock(self.acknowledged_at)]
    }
}

impl Row for Break {
    const HEAD: &'static [&'static str] = &["label-break", "label-from", "label-until", "label-delivered"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        let batches = self.batches.iter().map(|batch| {
            let questions: Vec<_> = batch.questions.iter().map(|name| last(name)).collect();
            let seen = page.clock(batch.acknowledged_at);
            let seen = if seen.is_empty() {
                page.words.say("say-not-acknowledged")
            } else {
                page.words.tell("say-acknowledged-at", &[("time", &seen)])
            };
            page.words.tell("say-batch", &[("number", &batch.number), ("questions", &questions.join(", ")), ("seen", &seen)])
        });
        vec![self.number.to_string(), page.clock(self.called_at), page.clock(self.resumed_at), batches.collect::<Vec<_>>().join("\n")]
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Batch, Phase, Question, QuestionState};
    use jiff::tz::TimeZone;
    use prost_types::Timestamp;

    use super::*;
    use crate::text::{Lang, Words};

    fn at(clock: &str) -> Option<Timestamp> {
        Some(crate::times::proto(format!("2026-11-23T{clock}:00Z").parse().unwrap()))
    }

    fn invitation(post: &str, role: Role, state: InvitationState) -> Invitation {
        let person = if state == InvitationState::Accepted { format!("houses/v/persons/p-{post}") } else { String::new() };
        let reason = if state == InvitationState::Declined { AbsenceReason::Illness } else { AbsenceReason::Unspecified };
        Invitation {
            post: format!("houses/v/posts/{post}"),
            role: role.into(),
            required: role != Role::Paediatrician,
            state: state.into(),
            person,
            reason: reason.into(),
        }
    }

    fn interview() -> Interview {
        let observer = Observer {
            person: "houses/v/persons/p-1".into(),
            post: "houses/v/posts/prosecutor-1".into(),
            role: Role::InvestigationLeader.into(),
            by_right: true,
            checked_in_at: at("08:20"),
            ban_acknowledged: true,
            ..Observer::default()
        };
        let batch = Batch {
            number: 1,
            questions: vec!["houses/v/cases/A/interviews/1/questions/4".into(), "houses/v/cases/A/interviews/1/questions/1".into()],
            delivered_at: at("09:26"),
            acknowledged_at: at("09:27"),
        };
        Interview {
            name: "houses/v/cases/VRM-2026-0142/interviews/1".into(),
            kind: InterviewKind::First.into(),
            state: InterviewState::Break.into(),
            phase: Phase::Live.into(),
            rooms: vec!["houses/v/rooms/interview-1".into(), "houses/v/rooms/listening-1".into()],
            starts_at: at("08:45"),
            ends_at: at("10:15"),
            invitations: vec![
                invitation("prosecutor-1", Role::InvestigationLeader, InvitationState::Accepted),
                invitation("paediatrician-1", Role::Paediatrician, InvitationState::Declined),
            ],
            disclosure_ban: true,
            disclosure_ban_until: at("16:00"),
            disclosure_ban_scope: "vad som sägs vid förhöret".into(),
            observers: vec![observer],
            roster_frozen_at: at("08:25"),
            child_informed_at: vec![at("08:40").unwrap()],
            started_at: at("08:50"),
            recording_reference: "REC-1".into(),
            deviations: vec![Deviation::RosterNotFrozen.into()],
            breaks: vec![Break { number: 1, called_at: at("09:26"), resumed_at: None, batches: vec![batch] }],
            etag: "e7".into(),
            ..Interview::default()
        }
    }

    fn page(thing: &dyn Shown, lang: Lang) -> String {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let mut page = Page::new(Words { lang }, &zone, false);
        thing.show(&mut page);
        page.text()
    }

    #[test]
    fn an_interview_whole_and_in_short() {
        let whole = GetInterviewResponse { interview: Some(interview()), receipt: None };
        let question = Question {
            name: "houses/v/cases/A/interviews/1/questions/4".into(),
            text: "Finns det syskon som är ensamma med honom i kväll?".into(),
            urgent_protection: true,
            state: QuestionState::Delivered.into(),
            ..Question::default()
        };
        let answer = CallBreakResponse { interview: Some(interview()), receipt: None, delivered: vec![question] };
        let pages = [
            page(&whole, Lang::Sv),
            page(&whole, Lang::En),
            page(&interview(), Lang::Sv),
            page(&answer, Lang::Sv),
            page(&vec![interview()], Lang::En),
        ];
        insta::assert_snapshot!(pages.join("\n---\n"));
    }
}
