//! What a message tells of that somebody waits for (rule L6): to the asker, that the leader has decided on a question of theirs; to the leader,
//! that its asker objects. Pure.

use barnahus_proto::v1::{Question, QuestionState, WatchListeningRoomResponse, watch_listening_room_response::Message};

use super::state::{Chair, Me, Room};

/// The questions of which the message tells it, by their names, where the room does not know of it yet.
pub(crate) fn news(room: &Room, me: &Me, message: &WatchListeningRoomResponse) -> Vec<String> {
    let told = match message.message.as_ref() {
        Some(Message::Question(question)) => std::slice::from_ref(question),
        Some(Message::Snapshot(snapshot)) => snapshot.questions.as_slice(),
        _ => &[],
    };
    let new = |question: &&Question| {
        let before = room.question(&question.name);
        if room.chair(me) == Chair::Leader {
            return question.objected && before.is_some_and(|before| !before.objected);
        }
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
        assert_eq!(news(&heard, &me("welfare-kil-1"), &rejected), [name(5)]);
        assert!(news(&heard, &me("prosecutor-1"), &rejected).is_empty(), "who decides knows");
        heard.hear(&rejected, NOW);
        assert!(news(&heard, &me("welfare-kil-1"), &rejected).is_empty(), "it was told");
        let others = message(10, Message::Question(question(2, Role::PoliceInvestigator, QuestionState::Rejected)));
        assert!(news(&heard, &me("welfare-kil-1"), &others).is_empty());
        let back = room(interview(InterviewState::InProgress), vec![own(QuestionState::Approved)]);
        assert_eq!(news(&heard, &me("welfare-kil-1"), &back), [name(5)], "also after a lost connection");
    }

    #[test]
    fn an_objection_is_news_to_the_leader_once_l6() {
        let mut heard = Room::default();
        let rejected = |objected| Question { objected, ..question(4, Role::ChildWelfareOfficer, QuestionState::Rejected) };
        heard.hear(&room(interview(InterviewState::InProgress), vec![rejected(false)]), NOW);
        let objected = message(9, Message::Question(rejected(true)));
        assert_eq!(news(&heard, &me("prosecutor-1"), &objected), [name(4)]);
        assert!(news(&heard, &me("investigator-1"), &objected).is_empty(), "who decides nothing");
        heard.hear(&objected, NOW);
        assert!(news(&heard, &me("prosecutor-1"), &objected).is_empty(), "it was told");
    }
}
