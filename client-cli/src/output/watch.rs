//! The live view of a listening room as lines: one for each change, with the time at which it came.
//!
//! The house sends things whole; a line that says what was said last of the same thing is left out. Nothing else is.

use std::collections::HashMap;

use barnahus_proto::v1::{
    Interview, InterviewState, Question, QuestionState, Role, RoleCount, WatchListeningRoomResponse, watch_listening_room_response::Message,
};
use jiff::Timestamp;

use super::{Page, Screen, interview::inside};
use crate::{
    names::{last, short},
    times,
};

/// What was said last of each thing.
#[derive(Debug, Default)]
pub(crate) struct Live {
    said: HashMap<String, String>,
}

impl Live {
    /// The lines for one message; none for a heartbeat, and none where nothing is new to say.
    pub(crate) fn lines(&mut self, message: &WatchListeningRoomResponse, screen: &Screen, now: Timestamp) -> Option<String> {
        let mut page = Page::new(screen.words, &screen.zone, screen.terminal);
        let lines = match message.message.as_ref()? {
            Message::Heartbeat(_) => return None,
            Message::Snapshot(room) => {
                let interview = room.interview.iter().map(|interview| of_interview(interview, &page));
                let questions = room.questions.iter().map(|question| of_question(question, &page));
                let counts = (!room.counts.is_empty()).then(|| of_counts(&room.counts, &page));
                interview.chain(questions).chain(counts).collect()
            }
            Message::Question(question) => vec![of_question(question, &page)],
            Message::RemovedQuestion(name) => vec![(name.clone(), page.words.tell("say-watch-removed", &[("question", &last(name))]))],
            Message::Interview(interview) => vec![of_interview(interview, &page)],
            Message::Counts(counts) => vec![of_counts(&counts.counts, &page)],
        };
        let time = times::time_of_day(now, &screen.zone);
        for (thing, line) in lines {
            if self.said.get(&thing) != Some(&line) {
                page.line(&format!("{time}  {line}"));
                self.said.insert(thing, line);
            }
        }
        Some(page.text()).filter(|text| !text.is_empty())
    }
}

/// What a line is about, and the line.
type Said = (String, String);

fn of_interview(interview: &Interview, page: &Page<'_>) -> Said {
    let posts = |seats: Vec<String>| seats.join(", ");
    let present = posts(inside(interview).map(|seat| short(&seat.post)).collect());
    let signed = posts(interview.observers.iter().filter(|seat| seat.signed_off_at.is_some()).map(|seat| short(&seat.post)).collect());
    let (name, state) = (short(&interview.name), page.code::<InterviewState>(interview.state));
    let mut line = page.words.tell("say-watch-interview", &[("interview", &name), ("state", &state), ("present", &present)]);
    if !signed.is_empty() {
        line += &page.words.tell("say-watch-signed-off", &[("posts", &signed)]);
    }
    (interview.name.clone(), line)
}

fn of_question(question: &Question, page: &Page<'_>) -> Said {
    let urgent = page.urgent(question.urgent_protection);
    let who = if question.post.is_empty() { page.code::<Role>(question.role) } else { short(&question.post) };
    let state = page.code::<QuestionState>(question.state);
    let objected = if question.objected { page.words.say("label-objected") } else { String::new() };
    // One line for each: a question of several lines is joined.
    let text = question.text.split_whitespace().collect::<Vec<_>>().join(" ");
    let line = [who, state, objected, format!("{urgent}{text}")].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
    (question.name.clone(), page.words.tell("say-watch-question", &[("number", &last(&question.name)), ("line", &line)]))
}

fn of_counts(counts: &[RoleCount], page: &Page<'_>) -> Said {
    let counts = counts.iter().map(|count| format!("{} {}/{}", page.code::<Role>(count.role), count.waiting, count.total));
    (String::new(), page.words.tell("say-watch-counts", &[("counts", &counts.collect::<Vec<_>>().join(", "))]))
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Heartbeat, Observer, RoomCounts, RoomSnapshot};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        args::Output,
        text::{Lang, Words},
    };

    #[test]
    fn each_change_is_a_line_and_what_says_nothing_new_is_none() {
        let screen = Screen { output: Output::Table, words: Words { lang: Lang::Sv }, zone: TimeZone::UTC, terminal: false };
        let now = "2026-11-23T10:05:07Z".parse().unwrap();
        let question = Question {
            name: "houses/v/cases/A/interviews/1/questions/5".into(),
            post: "houses/v/posts/welfare-kil-1".into(),
            text: "Finns det syskon\nhemma?".into(),
            urgent_protection: true,
            state: QuestionState::Submitted.into(),
            ..Question::default()
        };
        let decided = Question { state: QuestionState::Approved.into(), ..question.clone() };
        let seat = |post: &str, role: Role| Observer {
            post: format!("houses/v/posts/{post}"),
            role: role.into(),
            checked_in_at: Some(prost_types::Timestamp::default()),
            ..Observer::default()
        };
        let observers = vec![seat("prosecutor-1", Role::InvestigationLeader), seat("interviewer-1", Role::ChildInterviewer)];
        let interview = Interview {
            name: "houses/v/cases/A/interviews/1".into(),
            state: InterviewState::InProgress.into(),
            observers,
            ..Interview::default()
        };
        let counts = vec![RoleCount { role: Role::ChildWelfareOfficer.into(), waiting: 1, total: 1 }];
        let snapshot = RoomSnapshot { interview: Some(interview), questions: vec![question.clone()], counts: counts.clone() };
        let messages = [
            Message::Snapshot(snapshot),
            Message::Heartbeat(Heartbeat::default()),
            Message::Counts(RoomCounts { counts }),
            Message::Question(question),
            Message::Question(decided),
            Message::RemovedQuestion("houses/v/cases/A/interviews/1/questions/5".into()),
        ];
        let mut live = Live::default();
        let shown = messages.into_iter().filter_map(|message| {
            let message = WatchListeningRoomResponse { message: Some(message), ..WatchListeningRoomResponse::default() };
            live.lines(&message, &screen, now)
        });
        let shown: Vec<_> = shown.collect();
        insta::assert_snapshot!(shown.concat());
    }
}
