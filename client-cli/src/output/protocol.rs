//! The protocol of an interview (rule L13) as a page: what happened, who was there, and each question with its history, every line with
//! its place in the log.

use barnahus_proto::v1::{
    Deviation, EndReason, Fate, NotAskedReason, Protocol, ProtocolEvent, ProtocolLine, ProtocolQuestion, QuestionState, RejectReason, Role,
};

use super::page::{Page, Row, Shown};
use crate::{
    names::{last, short},
    times,
};

impl Shown for Protocol {
    fn show(&self, page: &mut Page<'_>) {
        page.title(&page.words.tell("say-protocol-of", &[("interview", &short(&self.interview))]));
        page.line(&page.words.say(if self.whole { "say-protocol-whole" } else { "say-protocol-own" }));
        let deviations = page.codes::<Deviation>(&self.deviations);
        page.fields(0, &[("label-deviations", deviations), ("label-deviation-reason", self.deviation_reason.clone())]);
        if !self.lines.is_empty() {
            page.section("say-events");
            page.rows(2, &self.lines);
        }
        if !self.participants.is_empty() {
            page.section("say-participants");
        }
        for participant in &self.participants {
            page.indented(2, &format!("{}  {}", page.code::<Role>(participant.role), short(&participant.post)));
            page.table(4, OF_ONE, participant.lines.iter().map(|line| of_one(line, page)).collect());
        }
        if !self.questions.is_empty() {
            page.section("say-questions");
        }
        for question in &self.questions {
            show_question(question, page);
        }
    }
}

fn show_question(question: &ProtocolQuestion, page: &mut Page<'_>) {
    let urgent = if question.urgent_protection { page.words.say("say-urgent") } else { String::new() };
    let (role, state) = (page.code::<Role>(question.role), page.code::<QuestionState>(question.state));
    page.line("");
    page.indented(2, &format!("{}. {urgent}{role}  {}  {state}", last(&question.name), short(&question.post)));
    if !question.text.is_empty() {
        page.indented(4, &format!("”{}”", question.text));
    }
    page.rows(4, &question.lines);
    for line in question.lines.iter().filter(|line| !line.objection.is_empty()) {
        page.indented(4, &page.words.tell("say-objection", &[("text", &line.objection)]));
    }
}

impl Row for ProtocolLine {
    const HEAD: &'static [&'static str] = &["label-time", "label-event", "label-detail", "label-who", "label-log"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![time(self, page), page.code::<ProtocolEvent>(self.event), detail(self, page), who(self, page), self.record_index.to_string()]
    }
}

const OF_ONE: &[&str] = &["label-time", "label-event", "label-log"];

fn of_one(line: &ProtocolLine, page: &Page<'_>) -> Vec<String> {
    vec![time(line, page), page.code::<ProtocolEvent>(line.event), line.record_index.to_string()]
}

/// When it happened; where that was claimed, also when it was recorded.
fn time(line: &ProtocolLine, page: &Page<'_>) -> String {
    match line.happened_at {
        None => page.time(line.recorded_at),
        Some(_) => {
            let (happened, recorded) = (page.time(line.happened_at), page.time(line.recorded_at));
            if happened == recorded {
                happened
            } else {
                page.words.tell("say-recorded-later", &[("happened", &happened), ("recorded", &recorded)])
            }
        }
    }
}

fn who(line: &ProtocolLine, page: &Page<'_>) -> String {
    if line.post.is_empty() { page.code::<Role>(line.role) } else { short(&line.post) }
}

fn detail(line: &ProtocolLine, page: &Page<'_>) -> String {
    let number = |key: &str, number: u32| if number == 0 { String::new() } else { page.words.tell(key, &[("number", &number)]) };
    let parts = [
        number("say-break-number", line.break_number),
        number("say-batch-number", line.batch_number),
        page.code::<Fate>(line.fate),
        line.offset.map(|offset| page.words.tell("say-at-offset", &[("offset", &times::offset(offset))])).unwrap_or_default(),
        page.code::<RejectReason>(line.reject_reason),
        page.code::<NotAskedReason>(line.not_asked_reason),
        page.code::<EndReason>(line.end_reason),
        if line.merged_into.is_empty() { String::new() } else { page.words.tell("say-into", &[("question", &last(&line.merged_into))]) },
    ];
    parts.into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join(", ")
}
