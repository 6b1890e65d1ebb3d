//! An interview's protocol (L13) as text of 80 columns: each line with its log index.
//!
//! Shows what the house answered and adds nothing.

use barnahus_proto::v1::{
    Deviation, EndReason, Fate, NotAskedReason, Protocol, ProtocolEvent, ProtocolLine, ProtocolQuestion, QuestionState, RejectReason, Role,
};
use jiff::{Timestamp, tz::TimeZone};

use super::{
    code::words,
    rpc::{last, short},
    story::{WIDTH, fit, wrapped},
};

const INDENT: usize = 3;
const WHEN: usize = 12;
const WHO: usize = 18;
const LOG: usize = 5;
const WHAT: usize = WIDTH - INDENT - WHEN - 1 - 1 - WHO - 1 - LOG;

/// The protocol, in the wall clock of this zone.
pub(crate) fn text(protocol: &Protocol, zone: &TimeZone) -> String {
    let scope = if protocol.whole { "whole" } else { "own lines only" };
    let mut page = Page { zone, lines: vec![format!("Protocol of {} ({scope})", short(&protocol.interview)), String::new()] };
    page.head("Course of the interview");
    protocol.lines.iter().for_each(|line| page.line(line, true));
    page.head("Participants");
    for participant in &protocol.participants {
        page.text(0, &format!("{} ({})", last(&participant.post), words::<Role>(participant.role)));
        participant.lines.iter().for_each(|line| page.line(line, false));
    }
    page.head("Questions, in the order of arrival");
    protocol.questions.iter().for_each(|question| page.question(question));
    page.head("Deviations at the start");
    let deviations: Vec<_> = protocol.deviations.iter().map(|deviation| words::<Deviation>(*deviation)).collect();
    page.text(INDENT, if deviations.is_empty() { "none".to_owned() } else { deviations.join(", ") }.as_str());
    if !protocol.deviation_reason.is_empty() {
        page.text(INDENT, &format!("reason: {}", protocol.deviation_reason));
    }
    page.lines.join("\n")
}

struct Page<'a> {
    zone: &'a TimeZone,
    lines: Vec<String>,
}

impl Page<'_> {
    fn head(&mut self, title: &str) {
        if self.lines.last().is_some_and(|line| !line.is_empty()) {
            self.lines.push(String::new());
        }
        let log = WIDTH - title.chars().count();
        self.lines.push(format!("{title}{:>log$}", "log"));
    }

    fn text(&mut self, indent: usize, text: &str) {
        self.lines.extend(wrapped(text, WIDTH - indent).into_iter().map(|line| format!("{:indent$}{line}", "")));
    }

    fn question(&mut self, question: &ProtocolQuestion) {
        let urgent = if question.urgent_protection { ", urgent" } else { "" };
        let asker = format!("{} ({})", last(&question.post), words::<Role>(question.role));
        self.text(0, &format!("{}. {asker}{urgent}: {}", last(&question.name), words::<QuestionState>(question.state)));
        if !question.text.is_empty() {
            self.text(INDENT, &format!("\"{}\"", question.text));
        }
        question.lines.iter().for_each(|line| self.line(line, true));
    }

    fn line(&mut self, line: &ProtocolLine, with_who: bool) {
        let at = line.happened_at.as_ref().or(line.recorded_at.as_ref());
        let when = at.map(|at| self.wall_clock(at)).unwrap_or_default();
        let who = if with_who { last(&line.post) } else { "" };
        let (what, log, indent) = (wrapped(&told(line), WHAT), line.record_index, INDENT + WHEN + 1);
        let first = what.first().map_or("", String::as_str);
        self.lines.push(format!("{:INDENT$}{when:WHEN$} {first:WHAT$} {:WHO$} {log:>LOG$}", "", fit(who, WHO)));
        self.lines.extend(what.iter().skip(1).map(|more| format!("{:indent$}{more}", "")));
        for text in [&line.objection, &line.text].into_iter().filter(|text| !text.is_empty()) {
            self.text(indent, &format!("\"{text}\""));
        }
    }

    fn wall_clock(&self, at: &prost_types::Timestamp) -> String {
        let instant = Timestamp::new(at.seconds, at.nanos).map(|instant| instant.to_zoned(self.zone.clone()));
        instant.map_or_else(|_| "?".to_owned(), |instant| instant.strftime("%d %b %H:%M").to_string())
    }
}

/// What a line tells, with all its details.
fn told(line: &ProtocolLine) -> String {
    let event = words::<ProtocolEvent>(line.event);
    let event = event.strip_prefix("question ").unwrap_or(&event);
    let place = match (line.break_number, line.batch_number) {
        (0, 0) => String::new(),
        (0, note) => format!("note {note}"),
        (number, 0) => format!("break {number}"),
        (number, batch) => format!("break {number}, batch {batch}"),
    };
    let place = if line.place == 0 || line.break_number == 0 { place } else { format!("{place}, place {}", line.place) };
    let merged_into = if line.merged_into.is_empty() { String::new() } else { format!("into question {}", last(&line.merged_into)) };
    let offset = line.offset.as_ref().map(|offset| format!("at {} min", offset.seconds / 60)).unwrap_or_default();
    let details = [
        place,
        if line.rank == 0 { String::new() } else { line.rank.to_string() },
        words::<Fate>(line.fate),
        words::<NotAskedReason>(line.not_asked_reason),
        words::<RejectReason>(line.reject_reason),
        words::<EndReason>(line.end_reason),
        merged_into,
        offset,
    ];
    let details: Vec<_> = details.into_iter().filter(|detail| !detail.is_empty()).collect();
    if details.is_empty() { event.to_owned() } else { format!("{event}: {}", details.join(", ")) }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::ProtocolParticipant;

    use super::*;

    #[test]
    fn l13_every_line_stands_with_its_time_and_log_index_within_80_columns() {
        let at = |seconds| Some(prost_types::Timestamp { seconds, nanos: 0 });
        let line = |event: ProtocolEvent| ProtocolLine {
            record_index: 1234,
            recorded_at: at(1_795_423_800),
            event: event.into(),
            ..Default::default()
        };
        let protocol = Protocol {
            interview: "houses/v/cases/VRM-2026-0142/interviews/1".into(),
            whole: true,
            lines: vec![ProtocolLine {
                end_reason: EndReason::ChildTired.into(),
                post: "houses/v/posts/prosecutor-1".into(),
                ..line(ProtocolEvent::Ended)
            }],
            participants: vec![ProtocolParticipant {
                deputy: false,
                role: Role::InvestigationLeader.into(),
                post: "houses/v/posts/prosecutor-1".into(),
                lines: vec![ProtocolLine { happened_at: at(1_795_423_200), ..line(ProtocolEvent::CheckedIn) }],
            }],
            questions: vec![ProtocolQuestion {
                name: "houses/v/cases/VRM-2026-0142/interviews/1/questions/7".into(),
                text: "ord ".repeat(60),
                state: QuestionState::Rejected.into(),
                lines: vec![ProtocolLine { objection: "därför ".repeat(40), ..line(ProtocolEvent::QuestionObjected) }],
                ..Default::default()
            }],
            ..Default::default()
        };
        let text = text(&protocol, &TimeZone::get("Europe/Stockholm").unwrap());
        assert!(text.lines().all(|line| line.chars().count() <= WIDTH), "{text}");
        assert!(text.starts_with("Protocol of VRM-2026-0142/1 (whole)"));
        let row = |what: &str| text.lines().find(|line| line.contains(what)).unwrap();
        assert!(
            row("ended: child tired").starts_with("   23 Nov 09:50 ") && row("ended: child tired").ends_with(" prosecutor-1        1234"),
            "{text}"
        );
        assert!(row("checked in").starts_with("   23 Nov 09:40"));
        assert!(row("7. ").ends_with(": rejected"));
    }
}
