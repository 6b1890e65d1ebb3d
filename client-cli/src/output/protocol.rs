//! The protocol of an interview (rule L13) as a page: what happened, who was there, and each question with its history, every line with
//! its place in the log.

use barnahus_proto::v1::{
    AbsenceReason, Deviation, EndReason, Fate, InterviewKind, NotAskedReason, Protocol, ProtocolEvent, ProtocolLine, ProtocolParticipant,
    ProtocolQuestion, QuestionState, RejectReason, Role,
};

use super::page::{Page, Row, Shown};
use crate::{
    names::{last, short},
    times,
};

/// Until when the disclosure ban holds; nothing where none was ordered.
pub(crate) fn banned(protocol: &Protocol, page: &Page<'_>) -> String {
    match protocol.disclosure_ban_until {
        Some(until) => page.words.tell("say-ban-until", &[("until", &page.time(Some(until)))]),
        None => String::new(),
    }
}

/// When and where it was booked; nothing that an older house does not say.
pub(crate) fn booked(protocol: &Protocol, page: &Page<'_>) -> String {
    let rooms: Vec<_> = protocol.rooms.iter().map(|room| last(room)).collect();
    [page.span(protocol.starts_at, protocol.ends_at), rooms.join(", ")]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join(" · ")
}

impl Shown for Protocol {
    fn show(&self, page: &mut Page<'_>) {
        page.title(&page.words.tell("say-protocol-of", &[("interview", &short(&self.interview))]));
        page.line(&page.words.say(if self.whole { "say-protocol-whole" } else { "say-protocol-own" }));
        page.fields(
            0,
            &[
                ("label-kind", page.code::<InterviewKind>(self.kind)),
                ("label-police-reference", self.police_reference.clone()),
                ("label-leader", short(&self.leader)),
                ("label-booked", booked(self, page)),
                ("label-telling", telling(self, page)),
                ("label-decided-because", self.further_reason.clone()),
                ("label-recording", self.recording_reference.clone()),
                ("label-ban", banned(self, page)),
                ("label-ban-scope", self.disclosure_ban_scope.clone()),
                ("label-deviations", deviations(self, page)),
                ("label-deviation-reason", self.deviation_reason.clone()),
            ],
        );
        if let Some(closed) = closed(self, page) {
            page.line(&closed);
        }
        if !self.lines.is_empty() {
            page.section("say-events");
            page.rows(2, &self.lines);
            show_texts(2, &self.lines, page);
        }
        if !self.participants.is_empty() {
            page.section("say-participants");
        }
        for participant in &self.participants {
            let deputy = deputy(participant.deputy, page);
            page.indented(2, &format!("{}  {}{deputy}", page.code::<Role>(participant.role), short(&participant.post)));
            page.table(4, OF_ONE, participant.lines.iter().map(|line| of_one(line, page)).collect());
            if let Some(untold) = untold(self, participant) {
                page.indented(4, &page.words.say(untold));
            }
        }
        if !self.questions.is_empty() {
            page.section("say-questions");
        }
        for question in &self.questions {
            show_question(question, page);
        }
    }
}

/// What was missing at the start; once it started, that nothing was.
pub(crate) fn deviations(protocol: &Protocol, page: &Page<'_>) -> String {
    match page.codes::<Deviation>(&protocol.deviations) {
        none if none.is_empty() && tells(&protocol.lines, ProtocolEvent::Started) => page.words.say("say-none"),
        some => some,
    }
}

/// What no record tells of one who had a seat, once the interview has ended: that they never came, or did not check out.
pub(crate) fn untold(protocol: &Protocol, participant: &ProtocolParticipant) -> Option<&'static str> {
    let comes = [ProtocolEvent::CheckedIn, ProtocolEvent::Started];
    let goes = [ProtocolEvent::CheckedOut, ProtocolEvent::Ended, ProtocolEvent::Removed];
    let place = |events: &[ProtocolEvent]| participant.lines.iter().rposition(|line| events.contains(&line.event()));
    match (place(&comes), place(&goes)) {
        _ if !tells(&protocol.lines, ProtocolEvent::Ended) => None,
        (None, _) => Some("say-did-not-come"),
        (came, gone) => (came > gone).then_some("say-out-not-recorded"),
    }
}

fn tells(lines: &[ProtocolLine], event: ProtocolEvent) -> bool {
    lines.iter().any(|line| line.event == event as i32)
}

/// Which of how many times the child was heard (rule B7).
pub(crate) fn telling(protocol: &Protocol, page: &Page<'_>) -> String {
    match (protocol.telling, protocol.tellings) {
        (0, _) => String::new(),
        (telling, tellings) => page.words.tell("say-telling", &[("telling", &telling), ("tellings", &tellings)]),
    }
}

/// That somebody acted as the leader's deputy, after who it was.
pub(crate) fn deputy(is_deputy: bool, page: &Page<'_>) -> String {
    if is_deputy { format!(", {}", page.words.say("say-deputy")) } else { String::new() }
}

/// That the leader closed it, and whether it is still what was closed.
pub(crate) fn closed(protocol: &Protocol, page: &Page<'_>) -> Option<String> {
    let closing = protocol.closing.as_ref()?;
    let stands = match protocol.digest.as_str() {
        "" => "say-protocol-closed",
        digest if digest == closing.digest => "say-protocol-as-closed",
        _ => "say-protocol-not-as-closed",
    };
    let (time, index) = (page.time(closing.closed_at), closing.record_index);
    Some(page.words.tell(stands, &[("time", &time), ("index", &index), ("digest", &closing.digest)]))
}

fn show_question(question: &ProtocolQuestion, page: &mut Page<'_>) {
    let urgent = page.urgent(question.urgent_protection);
    let (role, state) = (page.code::<Role>(question.role), page.code::<QuestionState>(question.state));
    page.line("");
    page.indented(2, &format!("{}. {urgent}{role}  {}  {state}", last(&question.name), short(&question.post)));
    if !question.text.is_empty() {
        page.indented(4, &format!("”{}”", question.text));
    }
    page.rows(4, &question.lines);
    show_texts(4, &question.lines, page);
    for line in question.lines.iter().filter(|line| !line.objection.is_empty()) {
        page.indented(4, &page.words.tell("say-objection", &[("text", &line.objection)]));
    }
}

/// Wordings and reasons, which are too long for a cell.
fn show_texts(indent: u16, lines: &[ProtocolLine], page: &mut Page<'_>) {
    for line in lines.iter().filter(|line| !line.text.is_empty()) {
        let event = page.code::<ProtocolEvent>(line.event);
        let text = page.words.tell("say-text-of", &[("event", &event), ("log", &line.record_index), ("text", &line.text)]);
        page.indented(indent, &text);
    }
}

impl Row for ProtocolLine {
    const HEAD: &'static [&'static str] = &["label-time", "label-event", "label-detail", "label-who", "label-log"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![time(self, page), page.code::<ProtocolEvent>(self.event), detail(self, page), who(self, page), self.record_index.to_string()]
    }
}

const OF_ONE: &[&str] = &["label-time", "label-event", "label-detail", "label-log"];

fn of_one(line: &ProtocolLine, page: &Page<'_>) -> Vec<String> {
    vec![time(line, page), page.code::<ProtocolEvent>(line.event), detail(line, page), line.record_index.to_string()]
}

/// When it happened; where that was claimed, also when it was recorded.
pub(crate) fn time(line: &ProtocolLine, page: &Page<'_>) -> String {
    match line.happened_at {
        None => page.time(line.recorded_at),
        Some(_) => {
            let (happened, recorded) = (page.time(line.happened_at), page.time(line.recorded_at));
            // The day is said once.
            let recorded = match (happened.get(..10), recorded.get(..10)) {
                (Some(one), Some(other)) if one == other && happened != recorded => page.clock(line.recorded_at),
                _ => recorded,
            };
            if happened == recorded {
                happened
            } else {
                page.words.tell("say-recorded-later", &[("happened", &happened), ("recorded", &recorded)])
            }
        }
    }
}

fn who(line: &ProtocolLine, page: &Page<'_>) -> String {
    let who = if line.post.is_empty() { page.code::<Role>(line.role) } else { short(&line.post) };
    who + &deputy(line.deputy, page)
}

/// What the line adds to its event, without other people's words.
pub(crate) fn detail(line: &ProtocolLine, page: &Page<'_>) -> String {
    let number = |key: &str, number: u32| if number == 0 { String::new() } else { page.words.tell(key, &[("number", &number)]) };
    let batch = if line.break_number == 0 { "say-note-number" } else { "say-batch-number" };
    let rank = match (ProtocolEvent::try_from(line.event), line.rank) {
        (Ok(ProtocolEvent::QuestionRanked), 0) => page.words.say("say-rank-taken-back"),
        (_, rank) => number("say-rank", rank),
    };
    let parts = [
        number("say-break-number", line.break_number),
        number(batch, line.batch_number),
        if line.break_number == 0 { String::new() } else { number("say-place", line.place) },
        page.code::<Fate>(line.fate),
        line.offset.map(|offset| page.words.tell("say-at-offset", &[("offset", &times::offset_in_hours(offset))])).unwrap_or_default(),
        page.code::<RejectReason>(line.reject_reason),
        page.code::<NotAskedReason>(line.not_asked_reason),
        page.code::<AbsenceReason>(line.absence_reason),
        if line.absence_reason == 0 { String::new() } else { page.words.tell("say-recorded-by", &[("who", &who(line, page))]) },
        page.code::<EndReason>(line.end_reason),
        if line.merged_into.is_empty() { String::new() } else { page.words.tell("say-into", &[("question", &last(&line.merged_into))]) },
        rank,
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use jiff::tz::TimeZone;
    use prost_types::Duration;

    use super::*;
    use crate::text::{Lang, Words};

    fn line(index: u64, clock: &str, event: ProtocolEvent, post: &str) -> ProtocolLine {
        let recorded_at = Some(times::proto(format!("2026-11-23T{clock}:00Z").parse().unwrap()));
        ProtocolLine {
            record_index: index,
            recorded_at,
            event: event.into(),
            post: format!("houses/v/posts/{post}"),
            ..ProtocolLine::default()
        }
    }

    fn deputys(line: ProtocolLine) -> ProtocolLine {
        ProtocolLine { deputy: true, ..line }
    }

    fn protocol() -> Protocol {
        let mut ended = deputys(line(61, "09:55", ProtocolEvent::Ended, "prosecutor-2"));
        ended.end_reason = EndReason::ChildTired.into();
        let mut delivered = line(51, "09:26", ProtocolEvent::QuestionDelivered, "interviewer-1");
        (delivered.break_number, delivered.batch_number) = (1, 1);
        let mut noted = line(55, "09:38", ProtocolEvent::QuestionFateNoted, "investigator-1");
        (noted.fate, noted.offset) = (Fate::Answered.into(), Some(Duration { seconds: 2880, nanos: 0 }));
        let mut late = line(24, "08:30", ProtocolEvent::CheckedIn, "investigator-1");
        late.happened_at = Some(times::proto("2026-11-23T08:20:00Z".parse().unwrap()));
        let mut rejected = line(44, "09:15", ProtocolEvent::QuestionRejected, "prosecutor-1");
        rejected.reject_reason = RejectReason::Leading.into();
        let mut objected = line(46, "09:16", ProtocolEvent::QuestionObjected, "welfare-kil-1");
        objected.objection = "Frågan om tillhygge behöver ställas på annat sätt".into();
        let question = |number: u32, text: &str, state: QuestionState, lines| ProtocolQuestion {
            name: format!("houses/v/cases/VRM-2026-0142/interviews/1/questions/{number}"),
            role: Role::ChildWelfareOfficer.into(),
            post: "houses/v/posts/welfare-kil-1".into(),
            text: text.into(),
            urgent_protection: number == 5,
            state: state.into(),
            lines,
            ..ProtocolQuestion::default()
        };
        let submitted = |index, clock| line(index, clock, ProtocolEvent::QuestionSubmitted, "welfare-kil-1");
        Protocol {
            interview: "houses/v/cases/VRM-2026-0142/interviews/1".into(),
            whole: true,
            lines: vec![line(30, "08:50", ProtocolEvent::Started, "interviewer-1"), ended.clone()],
            participants: vec![
                ProtocolParticipant {
                    role: Role::ChildInterviewer.into(),
                    post: "houses/v/posts/interviewer-1".into(),
                    lines: vec![line(30, "08:50", ProtocolEvent::Started, "interviewer-1"), ended],
                    deputy: false,
                },
                ProtocolParticipant {
                    role: Role::PoliceInvestigator.into(),
                    post: "houses/v/posts/investigator-1".into(),
                    lines: vec![late, line(62, "10:00", ProtocolEvent::CheckedOut, "investigator-1")],
                    deputy: false,
                },
                ProtocolParticipant {
                    role: Role::InvestigationLeader.into(),
                    post: "houses/v/posts/prosecutor-2".into(),
                    lines: vec![deputys(line(23, "08:19", ProtocolEvent::CheckedIn, "prosecutor-2"))],
                    deputy: true,
                },
            ],
            kind: InterviewKind::Supplementary.into(),
            telling: 2,
            tellings: 2,
            further_reason: "nya uppgifter från skolan".into(),
            recording_reference: "5000-K000001-26".into(),
            disclosure_ban_until: line(1, "17:00", ProtocolEvent::Started, "prosecutor-1").recorded_at,
            disclosure_ban_scope: "det som sägs vid förhöret".into(),
            questions: vec![
                question(4, "Visst slog pappa dig med bältet?", QuestionState::Rejected, vec![submitted(40, "09:02"), rejected, objected]),
                question(
                    5,
                    "Finns det syskon som är ensamma med honom i kväll?",
                    QuestionState::Answered,
                    vec![submitted(41, "09:05"), delivered, noted],
                ),
            ],
            deviations: vec![Deviation::ChildNotInformed.into()],
            deviation_reason: "barnet var oroligt".into(),
            ..Protocol::default()
        }
    }

    #[test]
    fn each_line_of_a_protocol_has_its_place_in_the_log() {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let mut pages = Vec::new();
        for lang in [Lang::Sv, Lang::En] {
            let mut page = Page::new(Words { lang }, &zone, false);
            protocol().show(&mut page);
            pages.push(page.text());
        }
        assert!(
            ["30", "61", "24", "62", "40", "44", "46", "41", "51", "55"].iter().all(|index| pages.iter().all(|page| page.contains(index)))
        );
        insta::assert_snapshot!(pages.join("\n---\n"));
    }
}
