//! What the house says of a listening room: its newest state, from a snapshot and the changes after it.
//!
//! Pure: no terminal, no network, and the clock is an argument. What the person types is `desk.rs`, so that a lost connection or a new
//! snapshot loses none of it. INVARIANT: questions stand in the order L7 of DOMAIN.md, total and the same on every screen.

use std::collections::HashMap;

use barnahus_proto::v1::{
    Interview, InterviewState, Observer, Part, Question, QuestionState, Role, RoleCount, WatchListeningRoomResponse,
    watch_listening_room_response::Message,
};
use jiff::{SignedDuration, Timestamp};

use crate::{kept, names::last, times};

/// A difference between the clocks that counts as one: less is the way of the heartbeat.
const SKEW: SignedDuration = SignedDuration::from_secs(2);

/// Who looks.
#[derive(Clone, Debug, Default)]
pub(crate) struct Me {
    /// `houses/{house}/persons/{person}`.
    pub(crate) person: String,
    /// The posts held now.
    pub(crate) posts: Vec<String>,
    /// The part in the case, where it had to be asked for.
    pub(crate) part: Option<Part>,
}

/// What a person does here: which screen is shown, which keys there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Chair {
    /// Decides: the leader, or a deputy.
    Leader,
    /// Sees all, notes fates, decides none.
    Investigator,
    /// Sits with the child.
    Interviewer,
    /// Asks.
    Listener,
    /// Hosts: counts only.
    Coordinator,
}

/// The connection, as far as is known.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Link {
    /// Nothing has come yet.
    #[default]
    Coming,
    /// It stands.
    Live,
    /// Since then nothing comes.
    Lost(Timestamp),
    /// It stands again, since then.
    Back(Timestamp),
}

/// The room.
#[derive(Debug, Default)]
pub(crate) struct Room {
    /// The interview; none before the first snapshot.
    pub(crate) interview: Option<Interview>,
    /// What each role waits for.
    pub(crate) counts: Vec<RoleCount>,
    /// The connection.
    pub(crate) link: Link,
    questions: HashMap<String, Question>,
    /// Whether the stream goes on where it was: then a snapshot holds of the questions only what has changed since.
    goes_on: bool,
    /// The newest place in the log that a message told of.
    index: u64,
    /// How far the house's clock is ahead of ours.
    ahead: SignedDuration,
}

impl Room {
    /// Takes a message of the stream.
    pub(crate) fn hear(&mut self, message: &WatchListeningRoomResponse, now: Timestamp) {
        self.link = match self.link {
            Link::Coming => Link::Live,
            Link::Lost(_) => Link::Back(now),
            link => link,
        };
        self.index = self.index.max(message.index);
        match message.message.as_ref() {
            Some(Message::Snapshot(room)) => {
                room.interview.iter().for_each(|interview| self.take(interview));
                if !std::mem::replace(&mut self.goes_on, true) {
                    self.questions.clear();
                }
                self.questions.extend(room.questions.iter().map(|question| (question.name.clone(), question.clone())));
                self.counts.clone_from(&room.counts);
            }
            Some(Message::Question(question)) => drop(self.questions.insert(question.name.clone(), question.clone())),
            Some(Message::RemovedQuestion(name)) => drop(self.questions.remove(name)),
            Some(Message::Interview(interview)) => self.take(interview),
            Some(Message::Counts(counts)) => self.counts.clone_from(&counts.counts),
            Some(Message::Heartbeat(heartbeat)) => {
                let ahead = heartbeat.at.and_then(times::instant).map(|at| at.duration_since(now)).unwrap_or_default();
                self.ahead = if ahead.abs() > SKEW { ahead } else { SignedDuration::ZERO };
            }
            None => (),
        }
    }

    /// Takes what an act answered, unless the stream has told of it, or of something newer, already.
    pub(crate) fn learn(&mut self, index: u64, question: Option<&Question>, interview: Option<&Interview>) {
        if index <= self.index {
            return;
        }
        if let Some(question) = question {
            self.questions.insert(question.name.clone(), question.clone());
        }
        interview.into_iter().for_each(|interview| self.take(interview));
    }

    /// Takes the interview. A change says nothing of the ban's scope: what is known of this ban stays.
    fn take(&mut self, interview: &Interview) {
        let known = self.interview.replace(interview.clone()).unwrap_or_default();
        self.learn_scope(&known);
    }

    /// Takes the ban's scope from the interview as it was read, where this ban's is not known.
    pub(crate) fn learn_scope(&mut self, read: &Interview) {
        let same = |now: &&mut Interview| now.disclosure_ban_scope.is_empty() && now.disclosure_ban_until == read.disclosure_ban_until;
        if let Some(now) = self.interview.as_mut().filter(same) {
            now.disclosure_ban_scope.clone_from(&read.disclosure_ban_scope);
        }
    }

    /// Whether a ban is ordered of which the scope is not known.
    pub(crate) fn lacks_scope(&self) -> bool {
        self.interview.as_ref().is_some_and(|interview| interview.disclosure_ban && interview.disclosure_ban_scope.is_empty())
    }

    /// The next snapshot is whole.
    pub(crate) fn begin_anew(&mut self) {
        self.goes_on = false;
    }

    /// The connection was lost.
    pub(crate) fn lose(&mut self, now: Timestamp) {
        if !matches!(self.link, Link::Lost(_)) {
            self.link = Link::Lost(now);
        }
    }

    /// Whether the connection is lost.
    pub(crate) fn is_lost(&self) -> bool {
        matches!(self.link, Link::Lost(_))
    }

    /// The house's time, by our clock and what its heartbeats say: a client's clock may be wrong.
    pub(crate) fn time(&self, now: Timestamp) -> Timestamp {
        now.checked_add(self.ahead).unwrap_or(now)
    }

    /// The questions that are shown to this person, in the order L7.
    pub(crate) fn questions(&self) -> Vec<&Question> {
        let mut questions: Vec<_> = self.questions.values().collect();
        questions.sort_by_key(|question| place(question));
        questions
    }

    /// A question by its name.
    pub(crate) fn question(&self, name: &str) -> Option<&Question> {
        self.questions.get(name)
    }

    /// How far the interview has come.
    pub(crate) fn state(&self) -> InterviewState {
        self.interview.as_ref().map_or(InterviewState::Unspecified, Interview::state)
    }

    /// Whether it runs.
    pub(crate) fn runs(&self) -> bool {
        kept::runs(self.state())
    }

    /// Whether this person sees every question.
    pub(crate) fn sees_all(&self, me: &Me) -> bool {
        matches!(self.chair(me), Chair::Leader | Chair::Investigator)
    }

    /// Whether it has ended.
    pub(crate) fn ended(&self) -> bool {
        [InterviewState::Ended, InterviewState::Documented].contains(&self.state())
    }

    /// Time since the start, up to the end; none before the start.
    pub(crate) fn offset(&self, now: Timestamp) -> Option<SignedDuration> {
        self.offset_at(self.time(now))
    }

    /// The same at a time of the house.
    pub(crate) fn offset_at(&self, time: Timestamp) -> Option<SignedDuration> {
        let interview = self.interview.as_ref()?;
        let start = interview.started_at.and_then(times::instant)?;
        let until = interview.ended_at.and_then(times::instant).unwrap_or(time);
        Some(until.duration_since(start).max(SignedDuration::ZERO))
    }

    /// The questions that this person can choose, in their order: one's own, all, or what was delivered.
    pub(crate) fn listed(&self, me: &Me) -> Vec<&Question> {
        match self.chair(me) {
            Chair::Leader | Chair::Investigator => self.questions(),
            Chair::Interviewer => self.delivered(),
            Chair::Listener => self.questions().into_iter().filter(|question| question.own).collect(),
            Chair::Coordinator => Vec::new(),
        }
    }

    /// This person's seat.
    pub(crate) fn seat(&self, me: &Me) -> Option<&Observer> {
        self.interview.as_ref()?.observers.iter().find(|seat| seat.person == me.person)
    }

    /// The role in which this person is here; none where that is not known from the interview.
    pub(crate) fn role(&self, me: &Me) -> Option<Role> {
        let seat = self.seat(me).map(Observer::role);
        let invited = || {
            let invitations = &self.interview.as_ref()?.invitations;
            let mine = invitations.iter().find(|invited| invited.person == me.person || me.posts.contains(&invited.post));
            mine.map(barnahus_proto::v1::Invitation::role)
        };
        seat.or_else(invited)
    }

    /// What this person does here.
    pub(crate) fn chair(&self, me: &Me) -> Chair {
        if matches!(me.part, Some(Part::Leader | Part::Deputy)) {
            return Chair::Leader;
        }
        match self.role(me) {
            Some(Role::InvestigationLeader) => Chair::Leader,
            Some(Role::PoliceInvestigator) => Chair::Investigator,
            Some(Role::ChildInterviewer) => Chair::Interviewer,
            Some(Role::Coordinator | Role::Interpreter | Role::Auditor | Role::Administrator) | None => Chair::Coordinator,
            Some(_) => Chair::Listener,
        }
    }
}

/// Where a question stands among the others (L7).
fn place(question: &Question) -> (bool, bool, u32, u32, u32) {
    let rank = if question.rank == 0 { u32::MAX } else { question.rank };
    (!question.urgent_protection, question.rank == 0, rank, question.role_rank, number(&question.name))
}

/// A question's own number.
pub(crate) fn number(name: &str) -> u32 {
    last(name).parse().unwrap_or(u32::MAX)
}

/// Those with a seat in the listening room; the interviewer sits with the child.
pub(crate) fn listeners(interview: &Interview) -> impl Iterator<Item = &Observer> {
    interview.observers.iter().filter(|seat| seat.role() != Role::ChildInterviewer)
}

/// Whether somebody is in the room.
pub(crate) fn present(seat: &Observer) -> bool {
    seat.checked_in_at.is_some() && seat.checked_out_at.is_none()
}

/// Whether a question still goes to the leader or the interviewer.
pub(crate) fn open(question: &Question) -> bool {
    matches!(question.state(), QuestionState::Submitted | QuestionState::Approved)
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Heartbeat, RoomSnapshot};

    use super::*;
    use crate::tui::scene::{NOW, me, message, question, snapshot};

    #[test]
    fn the_order_is_urgent_then_the_leaders_rank_then_role_rank_then_arrival() {
        let mut room = Room::default();
        let with = |number, urgent, rank, role_rank| Question {
            urgent_protection: urgent,
            rank,
            role_rank,
            ..question(number, Role::ChildWelfareOfficer, QuestionState::Submitted)
        };
        let questions = vec![
            with(1, false, 0, 5),
            with(2, false, 0, 2),
            with(3, false, 2, 5),
            with(4, false, 1, 5),
            with(5, true, 0, 4),
            with(10, false, 0, 2),
        ];
        room.hear(&message(1, Message::Snapshot(RoomSnapshot { questions, ..RoomSnapshot::default() })), NOW);
        let order: Vec<_> = room.questions().iter().map(|question| number(&question.name)).collect();
        assert_eq!(order, [5, 4, 3, 2, 10, 1]);
    }

    #[test]
    fn changes_take_the_place_of_what_they_change_and_a_question_may_go() {
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::InProgress), NOW);
        let (one, before) = (question(1, Role::Counsellor, QuestionState::Rejected), room.questions().len());
        room.hear(&message(9, Message::Question(one.clone())), NOW);
        assert_eq!(room.question(&one.name).unwrap().state(), QuestionState::Rejected);
        room.hear(&message(10, Message::RemovedQuestion(one.name.clone())), NOW);
        assert_eq!(room.questions().len(), before);
    }

    #[test]
    fn the_snapshot_of_a_stream_that_goes_on_adds_to_what_is_known_and_one_from_anew_does_not() {
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::InProgress), NOW);
        let before = room.questions().len();
        room.lose(NOW);
        let late = question(90, Role::Counsellor, QuestionState::Submitted);
        room.hear(&message(11, Message::Snapshot(RoomSnapshot { questions: vec![late], ..RoomSnapshot::default() })), NOW);
        assert_eq!(room.questions().len(), before + 1);
        room.begin_anew();
        room.hear(&message(12, Message::Snapshot(RoomSnapshot::default())), NOW);
        assert!(room.questions().is_empty());
    }

    #[test]
    fn an_answer_counts_only_where_the_stream_has_told_of_nothing_newer() {
        let mut room = Room::default();
        room.hear(&message(5, Message::Heartbeat(Heartbeat::default())), NOW);
        let one = question(1, Role::Counsellor, QuestionState::Approved);
        room.learn(5, Some(&one), None);
        assert!(room.questions().is_empty());
        room.learn(6, Some(&one), None);
        assert_eq!(room.questions().len(), 1);
    }

    #[test]
    fn who_one_is_follows_from_seat_then_invitation_then_the_part_in_the_case() {
        let mut room = Room::default();
        room.hear(&snapshot(InterviewState::InProgress), NOW);
        assert_eq!(room.chair(&me("prosecutor-1")), Chair::Leader);
        assert_eq!(room.chair(&me("investigator-1")), Chair::Investigator);
        assert_eq!(room.chair(&me("interviewer-1")), Chair::Interviewer);
        assert_eq!(room.chair(&me("welfare-kil-1")), Chair::Listener);
        assert_eq!(room.chair(&me("coordinator-1")), Chair::Coordinator);
        assert_eq!(room.chair(&Me { part: Some(Part::Deputy), ..me("prosecutor-2") }), Chair::Leader);
    }

    #[test]
    fn a_wrong_clock_is_set_right_by_the_houses_heartbeats() {
        let mut room = Room::default();
        let later = NOW.checked_add(SignedDuration::from_mins(7)).unwrap();
        room.hear(&message(1, Message::Heartbeat(Heartbeat { at: Some(times::proto(later)) })), NOW);
        assert_eq!(room.time(NOW), later);
        room.hear(&message(1, Message::Heartbeat(Heartbeat { at: Some(times::proto(NOW)) })), NOW);
        assert_eq!(room.time(NOW), NOW);
    }

    #[test]
    fn a_change_of_the_interview_says_nothing_of_the_bans_scope_and_another_ban_is_another() {
        let mut room = Room::default();
        let banned = crate::tui::scene::interview(InterviewState::Confirmed);
        room.hear(&crate::tui::scene::room(banned.clone(), Vec::new()), NOW);
        let change = Interview { disclosure_ban_scope: String::new(), ..banned.clone() };
        room.hear(&message(6, Message::Interview(change.clone())), NOW);
        assert_eq!(room.interview.as_ref().unwrap().disclosure_ban_scope, banned.disclosure_ban_scope);
        let another = Interview { disclosure_ban_until: crate::tui::scene::ago(-1), ..change };
        room.hear(&message(7, Message::Interview(another.clone())), NOW);
        assert!(room.lacks_scope());
        room.learn_scope(&banned);
        assert!(room.lacks_scope(), "that is the earlier ban's");
        room.learn_scope(&Interview { disclosure_ban_scope: "allt".into(), ..another });
        assert_eq!(room.interview.as_ref().unwrap().disclosure_ban_scope, "allt");
    }

    #[test]
    fn a_lost_connection_is_lost_since_its_first_moment_and_back_with_the_next_message() {
        let mut room = Room::default();
        room.lose(NOW);
        room.lose(NOW.checked_add(SignedDuration::from_mins(1)).unwrap());
        assert_eq!(room.link, Link::Lost(NOW));
        room.hear(&message(1, Message::Heartbeat(Heartbeat::default())), NOW);
        assert_eq!(room.link, Link::Back(NOW));
    }
}
