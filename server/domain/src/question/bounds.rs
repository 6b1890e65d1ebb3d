//! How much may be written: what one answer holds bounds a question, an interview and each who writes in it. And when it can have been.

use super::{QUESTIONS_MAX, Question, QuestionRefusal, WORDINGS_MAX, WRITTEN_MAX};
use crate::{
    command::{By, Refusal},
    id::Target,
    interview::Interview,
    time::Time,
};

/// Whether the time that the actor claims for a command can be, where it lies between the opening of the case and now (C7): nothing is
/// decided before it was asked, nor asked or decided after the end.
pub(crate) fn check_happened(interview: &Interview, target: &Target, happened: Time) -> Result<(), Refusal> {
    let asked = match target {
        Target::Question(_, _, number) => interview.question(*number).map(|question| question.submitted_at),
        _ => None,
    };
    if asked.is_some_and(|asked| happened < asked) {
        return Err(Refusal::TimeBeforeCase);
    }
    if interview.ended_at.is_some_and(|ended| happened > ended) { Err(Refusal::TimeAfterEnd) } else { Ok(()) }
}

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
        sample_house::{Failed, Point, SampleHouse, refused, text},
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
    #[test]
    fn nothing_is_decided_before_it_was_asked_c7() {
        let mut day = SampleHouse::at(Point::Live);
        let started = day.interview().started_at.expect("started");
        day.happened_at = Some(started);
        let number = day.ask("welfare-kil-1");
        assert_eq!(day.asked(number).submitted_at, started, "from a slip of paper");
        let claim = |day: &mut SampleHouse, at: Time, command: Command| {
            day.happened_at = Some(at);
            day.question("prosecutor-1", number, command)
        };
        assert_eq!(claim(&mut day, started.plus_us(-1), Command::Approve), Err(Failed::Refused(Refusal::TimeBeforeCase)));
        claim(&mut day, started, Command::Approve).expect("approved");
    }
}
