//! What the leader does with a question beside deciding it: words, ranks and defers it, answers its urgency, sends it as a note.
//!
//! Authorizes nobody. INVARIANT (L8): outside a break at most one delivered question is not acknowledged.

use super::{
    Command, Happened, Question, QuestionRefusal, RANK_MAX, State, bounds,
    decide::{before_the_end, decide_anew},
};
use crate::{
    interview::{Interview, Stage},
    text::Text,
};

/// What follows, and the text that is sealed with it, by its field.
type Led<'a> = (Happened, Option<(&'static str, &'a Text)>);

pub(super) fn decide<'a>(interview: &Interview, question: &Question, command: &'a Command) -> Result<Led<'a>, QuestionRefusal> {
    if !matches!(command, Command::MarkActedOn) {
        before_the_end(interview)?;
    }
    let waits = || if question.waits() { Ok(()) } else { Err(QuestionRefusal::WrongState(question.state)) };
    match command {
        Command::Reword(text) => {
            waits()?;
            bounds::has_room(question)?;
            Ok((Happened::Reworded, Some(("text", text))))
        }
        Command::Defer => {
            decide_anew(interview, question, question.state != State::Deferred)?;
            Ok((Happened::Deferred, None))
        }
        Command::Rank(rank) => {
            waits()?;
            let known = rank.is_none_or(|rank| (1..=RANK_MAX).contains(&rank));
            if known { Ok((Happened::Ranked { rank: *rank }, None)) } else { Err(QuestionRefusal::NoSuchRank) }
        }
        Command::UnmarkUrgency(reason) if question.urgent => Ok((Happened::UrgencyUnmarked, Some(("reason", reason)))),
        Command::MarkActedOn if question.urgent => Ok((Happened::ActedOn, None)),
        Command::UnmarkUrgency(_) | Command::MarkActedOn => Err(QuestionRefusal::NotUrgent),
        Command::DeliverNote => {
            if !matches!(interview.stage, Stage::InProgress | Stage::Closing) {
                return Err(QuestionRefusal::WrongStage(interview.stage));
            }
            if !interview.notes_allowed {
                return Err(QuestionRefusal::NotesNotAllowed);
            }
            if question.state != State::Approved {
                return Err(QuestionRefusal::WrongState(question.state));
            }
            if interview.notes.last().is_some_and(|note| note.acknowledged_at.is_none()) {
                return Err(QuestionRefusal::NoteUnread);
            }
            let number = u32::try_from(interview.notes.len()).unwrap_or(u32::MAX).saturating_add(1);
            Ok((Happened::NoteDelivered { number }, None))
        }
        _ => Err(QuestionRefusal::WrongState(question.state)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Target,
        code::RejectReason,
        question::{self, WORDINGS_MAX, sort_by_order},
        room,
        sample_house::{Failed, Point, SampleHouse, end, person, refused, text},
    };

    const LEADER: &str = "prosecutor-1";
    const ASKER: &str = "welfare-kil-1";
    const INTERVIEWER: &str = "interviewer-1";

    fn order(day: &SampleHouse) -> Vec<u32> {
        let mut questions: Vec<&Question> = day.interview().questions().iter().collect();
        sort_by_order(&day.house, &mut questions);
        questions.iter().map(|question| question.number).collect()
    }

    #[test]
    fn every_wording_stands_and_the_newest_is_delivered_l4() {
        let mut day = SampleHouse::at(Point::Live);
        let number = day.ask(ASKER);
        let first = day.asked(number).text_index;
        day.question(LEADER, number, Command::Approve).expect("approved");
        day.question(LEADER, number, Command::Reword(text("Vad hände vid sjön?"))).expect("reworded");
        assert_eq!(day.asked(number).state, State::Approved, "what was decided stays decided");
        let handed = day.decided.as_ref().map(|decided| decided.recipients.clone()).expect("decided");
        assert!(handed.contains(&person(ASKER)) && handed.contains(&person("investigator-1")), "{handed:?}");
        day.question(ASKER, number, Command::Revise(text("Vem var vid sjön?"))).expect("revised");
        assert_eq!(day.asked(number).state, State::Submitted, "the leader decides on the new words");
        let asked = day.asked(number);
        assert_eq!((asked.text_index, asked.wordings.len()), (first, 2));
        assert_eq!(asked.newest_text(), asked.changed);
        assert_eq!(day.question(LEADER, number, Command::Revise(text("Nej"))), Err(Failed::Denied), "only its author");
        assert_eq!(day.question(ASKER, number, Command::Reword(text("Nej"))), Err(Failed::Denied));
        day.question(LEADER, number, Command::Reject(RejectReason::Leading)).expect("rejected");
        day.question(ASKER, number, Command::Revise(text("Berätta om sjön."))).expect("a rejected one is worded better");
        assert_eq!(day.asked(number).state, State::Submitted);
        for _ in day.asked(number).wordings.len()..WORDINGS_MAX {
            day.question(LEADER, number, Command::Reword(text("Än en gång"))).expect("reworded");
        }
        assert_eq!(day.question(LEADER, number, Command::Reword(text("Nej"))), refused(QuestionRefusal::TooManyWordings));
    }

    #[test]
    fn what_is_with_the_interviewer_is_worded_no_more() {
        let mut day = SampleHouse::at(Point::Live);
        let number = day.ask(ASKER);
        day.question(LEADER, number, Command::Approve).expect("approved");
        day.room(INTERVIEWER, room::Command::CallBreak).expect("delivered");
        let wrong = refused(QuestionRefusal::WrongState(State::Delivered));
        for (by, command) in [
            (LEADER, Command::Reword(text("Nej"))),
            (ASKER, Command::Revise(text("Nej"))),
            (LEADER, Command::Defer),
            (LEADER, Command::Rank(Some(1))),
        ] {
            assert_eq!(day.question(by, number, command), wrong);
        }
    }

    #[test]
    fn the_leaders_rank_goes_before_the_roles_and_after_urgency_l7() {
        let mut day = SampleHouse::at(Point::Live);
        let (care, welfare, police) = (day.ask("paediatrician-1"), day.ask(ASKER), day.ask("investigator-1"));
        assert_eq!(order(&day), [police, welfare, care]);
        day.question(LEADER, care, Command::Rank(Some(2))).expect("ranked");
        day.question(LEADER, welfare, Command::Rank(Some(1))).expect("ranked");
        assert_eq!(order(&day), [welfare, care, police]);
        day.question(LEADER, welfare, Command::Rank(Some(2))).expect("of one rank");
        assert_eq!(order(&day), [welfare, care, police], "then the role");
        day.question(LEADER, welfare, Command::Rank(None)).expect("taken back");
        assert_eq!(order(&day), [care, police, welfare]);
        let submit = question::Command::Submit { text: text("Är någon i fara?"), urgent: true };
        day.act(ASKER, Target::Interview(day.alias.clone(), 1), &crate::Command::Question(submit)).expect("urgent");
        assert_eq!(order(&day), [4, care, police, welfare]);
        for rank in [0, RANK_MAX + 1] {
            assert_eq!(day.question(LEADER, care, Command::Rank(Some(rank))), refused(QuestionRefusal::NoSuchRank));
        }
        assert_eq!(day.question("investigator-1", care, Command::Rank(Some(1))), Err(Failed::Denied));
    }

    #[test]
    fn the_leader_answers_urgency_with_a_reason_or_an_act_l7() {
        let mut day = SampleHouse::at(Point::Live);
        let calm = day.ask(ASKER);
        let submit = question::Command::Submit { text: text("Är någon i fara?"), urgent: true };
        day.act(ASKER, Target::Interview(day.alias.clone(), 1), &crate::Command::Question(submit)).expect("urgent");
        for command in [Command::MarkActedOn, Command::UnmarkUrgency(text("inte nu"))] {
            assert_eq!(day.question(LEADER, calm, command), refused(QuestionRefusal::NotUrgent));
        }
        day.question(LEADER, 2, Command::MarkActedOn).expect("acted on");
        assert!(day.asked(2).acted_on_at.is_some() && day.asked(2).urgent && day.asked(2).waits(), "it goes its way");
        day.question(LEADER, 2, Command::UnmarkUrgency(text("polisen är på väg"))).expect("unmarked");
        assert!(!day.asked(2).urgent);
        assert_eq!(day.asked(2).urgency_unmarked, Some(day.asked(2).changed));
        assert_eq!(order(&day), [calm, 2]);
    }

    #[test]
    fn a_note_goes_one_at_a_time_and_only_where_allowed_l8() {
        let mut day = SampleHouse::at(Point::Live);
        let (one, two) = (day.ask(ASKER), day.ask(ASKER));
        assert_eq!(day.question(LEADER, one, Command::DeliverNote), refused(QuestionRefusal::NotesNotAllowed));
        assert_eq!(day.room(INTERVIEWER, room::Command::AllowNotes(true)), Err(Failed::Denied));
        day.room(LEADER, room::Command::AllowNotes(true)).expect("allowed");
        assert_eq!(day.question(LEADER, one, Command::DeliverNote), refused(QuestionRefusal::WrongState(State::Submitted)));
        for number in [one, two] {
            day.question(LEADER, number, Command::Approve).expect("approved");
        }
        day.question(LEADER, one, Command::DeliverNote).expect("a note");
        assert_eq!(day.decided.as_ref().map(|decided| decided.recipients.clone()), Some(vec![person(INTERVIEWER)]));
        assert_eq!((day.asked(one).state, day.asked(one).delivered), (State::Delivered, Some((0, 1))));
        assert_eq!(day.question(LEADER, two, Command::DeliverNote), refused(QuestionRefusal::NoteUnread));
        day.room(INTERVIEWER, room::Command::Acknowledge { break_number: 0, batch_number: 1 }).expect("read");
        day.room(INTERVIEWER, room::Command::CallBreak).expect("the other comes in the break");
        assert_eq!(day.asked(two).delivered, Some((1, 1)));
        let third = day.ask(ASKER);
        assert_eq!(day.question(LEADER, third, Command::DeliverNote), refused(QuestionRefusal::WrongStage(Stage::Break)));
        day.room(INTERVIEWER, room::Command::Resume).expect("on");
        day.room(LEADER, room::Command::AllowNotes(false)).expect("no longer");
        day.question(LEADER, third, Command::Approve).expect("approved");
        assert_eq!(day.question(LEADER, third, Command::DeliverNote), refused(QuestionRefusal::NotesNotAllowed));
    }

    #[test]
    fn what_is_deferred_is_decided_on_until_the_end_and_then_stays_so_l3() {
        let mut day = SampleHouse::at(Point::Live);
        let (one, two) = (day.ask(ASKER), day.ask(ASKER));
        day.question(LEADER, one, Command::Merge(two)).expect("merged");
        day.question(LEADER, two, Command::Defer).expect("deferred");
        assert_eq!(day.question(LEADER, two, Command::Defer), refused(QuestionRefusal::WrongState(State::Deferred)));
        assert!(day.interview().questions().iter().all(|question| question.has_fate(day.interview())), "with what was merged into it");
        day.question(LEADER, two, Command::Approve).expect("decided anew");
        day.question(LEADER, two, Command::Defer).expect("and again");
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.asked(two).state, State::Deferred);
        assert_eq!(day.question(LEADER, two, Command::Approve), Err(Failed::Denied));
    }
}
