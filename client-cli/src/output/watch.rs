//! The live view of a listening room as lines: one for each change, with the time at which it came.
//!
//! The house sends things whole; a line says what changed in them, and nothing is said that was said last of the same thing. What a break
//! delivers comes as one list, in the order in which it is to be asked: the interview names the batch, its questions follow in the same
//! push, so the list waits for them.

mod seat;

pub(crate) use self::seat::tell_the_child;

use std::collections::{HashMap, HashSet};

use barnahus_proto::v1::{
    AcknowledgeShownResponse, Interview, InterviewState, InvitationState, Question, QuestionState, Role, RoleCount,
    WatchListeningRoomResponse, watch_listening_room_response::Message,
};
use jiff::Timestamp;

use super::{
    Page, Screen, Shown,
    interview::inside,
    question::{ordered, reason, stands},
};
use crate::{
    names::{last, short},
    times,
};

/// What is known of the room, and what was said of it.
#[derive(Debug, Default)]
pub(crate) struct Live {
    interview: Option<Interview>,
    questions: HashMap<String, Question>,
    /// The last line of each question, and of the counts.
    said: HashMap<String, String>,
    /// Batches that were listed, or lay behind when the watch began.
    listed: HashSet<(u32, u32)>,
    /// Batches whose questions have not all come.
    waiting: Vec<Delivery>,
}

#[derive(Debug)]
struct Delivery {
    break_number: u32,
    batch_number: u32,
    questions: Vec<String>,
}

impl Live {
    /// The lines for one message; none for a heartbeat, and none where nothing is new to say.
    pub(crate) fn lines(&mut self, message: &WatchListeningRoomResponse, screen: &Screen, now: Timestamp) -> Option<String> {
        let mut page = Page::new(screen.words, &screen.zone, screen.terminal);
        let mut lines = Vec::new();
        match message.message.as_ref()? {
            Message::Heartbeat(_) => self.list(true, &page, &mut lines),
            Message::Snapshot(room) => {
                room.interview.iter().for_each(|interview| self.interview(interview, &page, &mut lines));
                room.questions.iter().for_each(|question| self.question(question, &page, &mut lines));
                self.list(true, &page, &mut lines);
                self.counts(&room.counts, &page, &mut lines);
            }
            Message::Question(question) => {
                self.question(question, &page, &mut lines);
                self.list(false, &page, &mut lines);
            }
            Message::RemovedQuestion(name) => {
                self.questions.remove(name);
                self.said.remove(name);
                lines.push(page.words.tell("say-watch-removed", &[("question", &last(name))]));
            }
            Message::Interview(interview) => {
                self.interview(interview, &page, &mut lines);
                self.list(false, &page, &mut lines);
            }
            Message::Counts(counts) => {
                self.list(true, &page, &mut lines);
                self.counts(&counts.counts, &page, &mut lines);
            }
        }
        let time = times::time_of_day(now, &screen.zone);
        lines.iter().for_each(|line| page.line(&format!("{time}  {line}")));
        Some(page.text()).filter(|text| !text.is_empty())
    }

    fn interview(&mut self, interview: &Interview, page: &Page<'_>, lines: &mut Vec<String>) {
        let before = self.interview.replace(interview.clone());
        match &before {
            None => lines.push(whole(interview, page)),
            Some(before) => changes(before, interview, page, lines),
        }
        for lasting in &interview.breaks {
            for batch in &lasting.batches {
                let behind = before.is_none() && batch.acknowledged_at.is_some();
                if self.listed.insert((lasting.number, batch.number)) && !behind {
                    let questions = batch.questions.clone();
                    self.waiting.push(Delivery { break_number: lasting.number, batch_number: batch.number, questions });
                }
            }
        }
    }

    fn question(&mut self, question: &Question, page: &Page<'_>, lines: &mut Vec<String>) {
        let before = self.questions.insert(question.name.clone(), question.clone());
        let number = last(&question.name);
        if question.objected && before.is_some_and(|before| !before.objected) {
            let told = page.words.tell("say-watch-objects", &[("number", &number)]);
            lines.push(if question.objection.is_empty() { told } else { format!("{told}: {}", one_line(&question.objection)) });
            self.said.insert(question.name.clone(), of_question(question, page));
            return;
        }
        let listed = self.waiting.iter().any(|delivery| delivery.questions.contains(&question.name));
        if listed && delivered(question) {
            self.said.insert(question.name.clone(), of_question(question, page));
            return;
        }
        self.say(question.name.clone(), of_question(question, page), lines);
    }

    /// Lists what was delivered, once all of it has come, or `now` with what has.
    fn list(&mut self, now: bool, page: &Page<'_>, lines: &mut Vec<String>) {
        let come = |name: &String| self.questions.get(name).is_some_and(delivered);
        let (ready, waiting) =
            std::mem::take(&mut self.waiting).into_iter().partition(|delivery: &Delivery| now || delivery.questions.iter().all(come));
        self.waiting = waiting;
        for delivery in ready {
            // Of what others asked a listener knows nothing, not even the number.
            if !delivery.questions.iter().any(|name| self.questions.contains_key(name)) {
                continue;
            }
            lines.push(page.words.tell("say-delivery", &[("break", &delivery.break_number), ("batch", &delivery.batch_number)]));
            for (place, name) in (1..).zip(&delivery.questions) {
                if let Some(question) = self.questions.get(name) {
                    lines.push(format!("  {}", one_line(&ordered(place, question, page))));
                }
            }
        }
    }

    fn counts(&mut self, counts: &[RoleCount], page: &Page<'_>, lines: &mut Vec<String>) {
        if counts.is_empty() {
            return;
        }
        let counts: Vec<_> =
            counts.iter().map(|count| format!("{} {}/{}", page.code::<Role>(count.role), count.waiting, count.total)).collect();
        self.say(String::new(), page.words.tell("say-watch-counts", &[("counts", &counts.join(", "))]), lines);
    }

    fn say(&mut self, thing: String, line: String, lines: &mut Vec<String>) {
        if self.said.get(&thing) != Some(&line) {
            lines.push(line.clone());
            self.said.insert(thing, line);
        }
    }
}

/// What says that something was shown is not shown itself.
impl Shown for AcknowledgeShownResponse {
    fn show(&self, _page: &mut Page<'_>) {}
}

/// Whether the interviewer has it, or had it.
fn delivered(question: &Question) -> bool {
    use QuestionState::{Approved, Merged, Rejected, Submitted, Withdrawn};
    ![Submitted, Approved, Rejected, Merged, Withdrawn].contains(&question.state())
}

fn whole(interview: &Interview, page: &Page<'_>) -> String {
    let posts = |seats: Vec<String>| seats.join(", ");
    let present = posts(inside(interview).map(|seat| short(&seat.post)).collect());
    let present = if present.is_empty() { page.words.say("say-none") } else { present };
    let signed = posts(interview.observers.iter().filter(|seat| seat.signed_off_at.is_some()).map(|seat| short(&seat.post)).collect());
    let (name, state) = (short(&interview.name), page.code::<InterviewState>(interview.state));
    let mut line = page.words.tell("say-watch-interview", &[("interview", &name), ("state", &state), ("present", &present)]);
    if !signed.is_empty() {
        line += &page.words.tell("say-watch-signed-off", &[("posts", &signed)]);
    }
    line
}

/// What is new in an interview, a line each.
fn changes(before: &Interview, now: &Interview, page: &Page<'_>, lines: &mut Vec<String>) {
    let words = page.words;
    if before.state != now.state {
        let (interview, state) = (short(&now.name), page.code::<InterviewState>(now.state));
        lines.push(words.tell("say-watch-state", &[("interview", &interview), ("state", &state)]));
    }
    for invitation in &now.invitations {
        let earlier = before.invitations.iter().find(|earlier| earlier.post == invitation.post && earlier.role == invitation.role);
        if earlier.is_none_or(|earlier| earlier.state != invitation.state) {
            let (post, state) = (short(&invitation.post), page.code::<InvitationState>(invitation.state));
            lines.push(words.tell("say-watch-answer", &[("post", &post), ("state", &state)]));
        }
    }
    for seat in &now.observers {
        let earlier = before.observers.iter().find(|earlier| earlier.person == seat.person && earlier.post == seat.post);
        seat::changes(earlier, seat, page, lines);
    }
    for (break_number, batch) in now.breaks.iter().flat_map(|lasting| lasting.batches.iter().map(move |batch| (lasting.number, batch))) {
        let mut earlier = before.breaks.iter().filter(|earlier| earlier.number == break_number).flat_map(|earlier| &earlier.batches);
        let known = earlier.any(|earlier| earlier.number == batch.number && earlier.acknowledged_at.is_some());
        if batch.acknowledged_at.is_some() && !known {
            lines.push(words.tell("say-watch-acknowledged", &[("break", &break_number), ("batch", &batch.number)]));
        }
    }
    let facts = [
        ("label-roster-frozen", before.roster_frozen_at, now.roster_frozen_at),
        ("label-child-informed", before.child_informed_at.last().copied(), now.child_informed_at.last().copied()),
        ("label-fates-confirmed", before.fates_confirmed_at, now.fates_confirmed_at),
        ("label-break-requested", before.break_requested_at, now.break_requested_at),
    ];
    for (label, _, time) in facts.into_iter().filter(|(_, before, now)| before != now && now.is_some()) {
        lines.push(format!("{}: {}", words.say(label), page.clock(time)));
    }
    if now.notes_allowed != before.notes_allowed {
        lines.push(format!("{}: {}", words.say("label-notes"), words.say(if now.notes_allowed { "say-yes" } else { "say-no" })));
    }
    let read = |interview: &Interview| interview.notes.iter().filter(|note| note.acknowledged_at.is_some()).count();
    if read(now) > read(before) {
        lines.push(format!("{}: {}", words.say("label-note"), words.say("label-acknowledged")));
    }
    if now.child_to_be_told && !before.child_to_be_told && now.started_at.is_some() {
        lines.push(tell_the_child(now, words));
    }
    if now.disclosure_ban && !before.disclosure_ban {
        lines.push(format!("{}: {}", words.say("label-ban"), words.say("say-yes")));
    }
}

fn of_question(question: &Question, page: &Page<'_>) -> String {
    let urgent = page.urgent(question.urgent_protection);
    let who = if question.post.is_empty() { page.code::<Role>(question.role) } else { short(&question.post) };
    let mut state = stands(question, page);
    let reason = reason(question, page);
    if !reason.is_empty() {
        state += &format!(" ({reason})");
    }
    if !question.merged_into.is_empty() {
        state += &format!(" ({})", page.words.tell("say-into", &[("question", &last(&question.merged_into))]));
    }
    if question.rank > 0 {
        state += &format!(", {}", page.words.tell("say-rank", &[("number", &question.rank)]));
    }
    if !question.urgency_unmarked_reason.is_empty() {
        let reason = one_line(&question.urgency_unmarked_reason);
        state += &format!(", {}: {reason}", page.words.say("say-screen-unmarked"));
    }
    if question.acted_on_at.is_some() {
        state += &format!(", {}", page.words.say("label-acted-on"));
    }
    let objected = match (question.objected, one_line(&question.objection)) {
        (false, _) => String::new(),
        (true, text) if text.is_empty() => page.words.say("label-objected"),
        (true, text) => format!("{}: {text}", page.words.say("label-objection")),
    };
    let line = [who, state, objected, one_line(&question.text)].into_iter().filter(|part| !part.is_empty()).collect::<Vec<_>>().join("  ");
    format!("{urgent}{}", page.words.tell("say-watch-question", &[("number", &last(&question.name)), ("line", &line)]))
}

/// One line for each: a text of several lines is joined.
fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Batch, Break, Heartbeat, Observer, RejectReason, RoomCounts, RoomSnapshot};
    use jiff::tz::TimeZone;

    use super::*;
    use crate::{
        args::Output,
        text::{Lang, Words},
    };

    #[test]
    fn each_change_is_a_line_and_what_says_nothing_new_is_none() {
        let screen =
            Screen { output: Output::Table, words: Words { lang: Lang::Sv }, zone: TimeZone::UTC, terminal: false, verbose: false };
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

    #[test]
    fn a_delivery_is_one_list_in_its_order_and_of_an_interview_only_what_changed_is_said() {
        let screen =
            Screen { output: Output::Table, words: Words { lang: Lang::En }, zone: TimeZone::UTC, terminal: false, verbose: false };
        let now = "2026-11-23T10:05:00Z".parse().unwrap();
        let name = |number: u32| format!("houses/v/cases/A/interviews/1/questions/{number}");
        let question = |number: u32, urgent_protection, state: QuestionState| Question {
            name: name(number),
            post: "houses/v/posts/psychologist-1".into(),
            text: format!("Text {number}?"),
            urgent_protection,
            state: state.into(),
            ..Question::default()
        };
        let time = Some(prost_types::Timestamp::default());
        let seat = Observer { post: "houses/v/posts/prosecutor-1".into(), role: Role::InvestigationLeader.into(), ..Observer::default() };
        let interview = Interview {
            name: "houses/v/cases/A/interviews/1".into(),
            state: InterviewState::InProgress.into(),
            observers: vec![seat.clone()],
            ..Interview::default()
        };
        let batch = |acknowledged_at| Batch { number: 1, questions: vec![name(5), name(3)], delivered_at: time, acknowledged_at };
        let broken = |acknowledged_at| Interview {
            state: InterviewState::Break.into(),
            breaks: vec![Break { number: 1, batches: vec![batch(acknowledged_at)], ..Break::default() }],
            ..interview.clone()
        };
        let signed = Interview { observers: vec![Observer { signed_off_at: time, ..seat }], ..broken(time) };
        let rejected = Question { reject_reason: RejectReason::Leading.into(), ..question(4, false, QuestionState::Rejected) };
        let merged = Question { merged_into: name(5), ..question(6, false, QuestionState::Merged) };
        let messages = [
            Message::Snapshot(RoomSnapshot {
                interview: Some(interview.clone()),
                questions: vec![question(3, false, QuestionState::Approved), question(5, true, QuestionState::Approved)],
                ..RoomSnapshot::default()
            }),
            Message::Question(merged),
            Message::Question(rejected.clone()),
            Message::Question(Question { objected: true, ..rejected }),
            Message::Interview(broken(None)),
            Message::Question(question(3, false, QuestionState::Delivered)),
            Message::Question(question(5, true, QuestionState::Delivered)),
            Message::Interview(broken(time)),
            Message::Interview(signed),
        ];
        let mut live = Live::default();
        let shown = messages.into_iter().filter_map(|message| {
            let message = WatchListeningRoomResponse { message: Some(message), ..WatchListeningRoomResponse::default() };
            live.lines(&message, &screen, now)
        });
        let shown: Vec<_> = shown.collect();
        insta::assert_snapshot!(shown.concat());
    }

    #[test]
    fn of_a_delivery_a_listener_is_told_her_own_questions_and_no_others_number() {
        let screen =
            Screen { output: Output::Table, words: Words { lang: Lang::En }, zone: TimeZone::UTC, terminal: false, verbose: false };
        let now = "2026-11-23T10:05:00Z".parse().unwrap();
        let name = |number: u32| format!("houses/v/cases/A/interviews/1/questions/{number}");
        let batch =
            |number, questions: &[u32]| Batch { number, questions: questions.iter().copied().map(name).collect(), ..Batch::default() };
        let interview = Interview {
            name: "houses/v/cases/A/interviews/1".into(),
            state: InterviewState::Break.into(),
            breaks: vec![Break { number: 1, batches: vec![batch(1, &[31, 7]), batch(2, &[32])], ..Break::default() }],
            ..Interview::default()
        };
        let own = Question { name: name(7), own: true, state: QuestionState::Delivered.into(), ..Question::default() };
        let snapshot = RoomSnapshot { interview: Some(interview), questions: vec![own], ..RoomSnapshot::default() };
        let message = WatchListeningRoomResponse { message: Some(Message::Snapshot(snapshot)), ..WatchListeningRoomResponse::default() };
        let shown = Live::default().lines(&message, &screen, now).unwrap();
        assert!(shown.contains("2) 7") && !shown.contains("31") && !shown.contains("32") && !shown.contains("batch 2"), "{shown}");
    }
}
