//! How much may be written: what one answer holds bounds a question, an interview and each who writes in it.

use super::{QUESTIONS_MAX, Question, QuestionRefusal, WORDINGS_MAX, WRITTEN_MAX};
use crate::{command::By, interview::Interview};

/// Whether this person may ask one question more.
pub(super) fn may_ask(interview: &Interview, by: &By<'_>) -> Result<(), QuestionRefusal> {
    if interview.question_count() < QUESTIONS_MAX { may_write(interview, by) } else { Err(QuestionRefusal::TooMany) }
}

/// Whether this person may write one text more.
pub(super) fn may_write(interview: &Interview, by: &By<'_>) -> Result<(), QuestionRefusal> {
    let written = interview.written.get(&by.actor.person).copied().unwrap_or(0);
    if written < WRITTEN_MAX { Ok(()) } else { Err(QuestionRefusal::TooManyOfYours) }
}

/// One record after the other must not grow a question beyond what one answer holds.
pub(super) fn has_room(question: &Question) -> Result<(), QuestionRefusal> {
    if question.wordings.len() < WORDINGS_MAX { Ok(()) } else { Err(QuestionRefusal::TooManyWordings) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        question::Command,
        sample_house::{Point, SampleHouse, refused, text},
    };

    #[test]
    fn nobody_alone_writes_more_than_the_leader_can_read() {
        let mut day = SampleHouse::at(Point::Live);
        for _ in 0..WRITTEN_MAX / 2 {
            let number = day.ask("investigator-1");
            day.question("investigator-1", number, Command::Revise(text("Vad hände vid sjön?"))).expect("revised");
        }
        let number = day.interview().question_count();
        let more = Command::Revise(text("Vad hände vid ån?"));
        assert_eq!(day.question("investigator-1", number, more), refused(QuestionRefusal::TooManyOfYours));
        day.ask("welfare-kil-1");
    }
}
