//! What a message tells somebody about a question of their own: that the leader has decided on it (rule L6). Pure.

use barnahus_proto::v1::{Question, QuestionState, WatchListeningRoomResponse, watch_listening_room_response::Message};

use super::state::{Chair, Me, Room};

/// One's own questions on which the message tells of a decision, by their names, where the room does not know of it yet. Who decides knows.
pub(crate) fn decided(room: &Room, me: &Me, message: &WatchListeningRoomResponse) -> Vec<String> {
    if room.chair(me) == Chair::Leader {
        return Vec::new();
    }
    let told = match message.message.as_ref() {
        Some(Message::Question(question)) => std::slice::from_ref(question),
        Some(Message::Snapshot(snapshot)) => snapshot.questions.as_slice(),
        _ => &[],
    };
    let new = |question: &&Question| {
        let before = room.question(&question.name);
        question.own && is_decision(question.state()) && before.is_some_and(|before| before.state() != question.state())
    };
    told.iter().filter(new).map(|question| question.name.clone()).collect()
}

fn is_decision(state: QuestionState) -> bool {
    matches!(state, QuestionState::Approved | QuestionState::Rejected | QuestionState::Merged | QuestionState::Deferred)
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{InterviewState, Role};

    use super::*;
    use crate::tui::scene::{NOW, interview, me, message, name, question, questions, room};

    #[test]
    fn a_decision_on_ones_own_question_is_news_to_its_asker_once_l6() {
        let mut heard = Room::default();
        heard.hear(&room(interview(InterviewState::InProgress), questions(true)), NOW);
        let own = |state| Question { own: true, ..question(5, Role::ChildWelfareOfficer, state) };
        let rejected = message(9, Message::Question(own(QuestionState::Rejected)));
        assert_eq!(decided(&heard, &me("welfare-kil-1"), &rejected), [name(5)]);
        assert!(decided(&heard, &me("prosecutor-1"), &rejected).is_empty(), "who decides knows");
        heard.hear(&rejected, NOW);
        assert!(decided(&heard, &me("welfare-kil-1"), &rejected).is_empty(), "it was told");
        let others = message(10, Message::Question(question(2, Role::PoliceInvestigator, QuestionState::Rejected)));
        assert!(decided(&heard, &me("welfare-kil-1"), &others).is_empty());
        let back = room(interview(InterviewState::InProgress), vec![own(QuestionState::Approved)]);
        assert_eq!(decided(&heard, &me("welfare-kil-1"), &back), [name(5)], "also after a lost connection");
    }
}
