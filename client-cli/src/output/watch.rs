//! The live view of a listening room as lines: one for each change, with the time at which it came.

use barnahus_proto::v1::{
    Interview, InterviewState, Question, QuestionState, Role, RoleCount, WatchListeningRoomResponse, watch_listening_room_response::Message,
};
use jiff::Timestamp;

use super::{Page, Screen};
use crate::{
    names::{last, short},
    times,
};

/// The lines for one message; none for a heartbeat.
pub(crate) fn watch_line(message: &WatchListeningRoomResponse, screen: &Screen, now: Timestamp) -> Option<String> {
    let mut page = Page::new(screen.words, &screen.zone, screen.terminal);
    let lines: Vec<_> = match message.message.as_ref()? {
        Message::Heartbeat(_) => return None,
        Message::Snapshot(room) => {
            let interview = room.interview.iter().map(|interview| of_interview(interview, &page));
            let questions = room.questions.iter().map(|question| of_question(question, &page));
            let counts = (!room.counts.is_empty()).then(|| of_counts(&room.counts, &page));
            interview.chain(questions).chain(counts).collect()
        }
        Message::Question(question) => vec![of_question(question, &page)],
        Message::RemovedQuestion(name) => vec![page.words.tell("say-watch-removed", &[("question", &last(name))])],
        Message::Interview(interview) => vec![of_interview(interview, &page)],
        Message::Counts(counts) => vec![of_counts(&counts.counts, &page)],
    };
    let time = times::time_of_day(now, &screen.zone);
    lines.iter().for_each(|line| page.line(&format!("{time}  {line}")));
    Some(page.text())
}

fn of_interview(interview: &Interview, page: &Page<'_>) -> String {
    let inside = interview.observers.iter().filter(|seat| seat.checked_in_at.is_some() && seat.checked_out_at.is_none());
    let inside: Vec<_> = inside.map(|seat| short(&seat.post)).collect();
    let (name, state) = (short(&interview.name), page.code::<InterviewState>(interview.state));
    page.words.tell("say-watch-interview", &[("interview", &name), ("state", &state), ("present", &inside.join(", "))])
}

fn of_question(question: &Question, page: &Page<'_>) -> String {
    let urgent = page.urgent(question.urgent_protection);
    let who = if question.post.is_empty() { page.code::<Role>(question.role) } else { short(&question.post) };
    let state = page.code::<QuestionState>(question.state);
    // One line for each: a question of several lines is joined.
    let text = question.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = [who, state, format!("{urgent}{text}")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
    page.words.tell("say-watch-question", &[("number", &last(&question.name)), ("line", &line)])
}

fn of_counts(counts: &[RoleCount], page: &Page<'_>) -> String {
    let counts = counts.iter().map(|count| format!("{} {}/{}", page.code::<Role>(count.role), count.waiting, count.total));
    page.words.tell("say-watch-counts", &[("counts", &counts.collect::<Vec<_>>().join(", "))])
}
