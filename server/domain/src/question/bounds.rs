//! How much may be written: what one answer holds bounds a question, an interview and each who writes in it. And when it can have been.

use super::{Command, QUESTIONS_MAX, Question, QuestionRefusal, WORDINGS_MAX, WRITTEN_MAX};
use crate::{
    command::{By, Refusal},
    id::{PersonId, Target},
    interview::Interview,
    time::Time,
};

/// Whether the time that the actor claims for a command can be, where it lies between the opening of the case and now (C7): nothing is
/// decided before it was asked, no fate noted before the delivery, nothing asked by a listener while it ran and they were not in the room
/// yet (L2), and nothing asked or decided after the end.
pub(crate) fn check_happened(
    interview: &Interview,
    person: &PersonId,
    target: &Target,
    command: &Command,
    happened: Time,
) -> Result<(), Refusal> {
    let asked = |number: u32| interview.question(number).map(|question| question.submitted_at);
    let delivered = |number: u32| {
        let at = interview.question(number)?.delivered?.0.checked_sub(1)?;
        Some(interview.breaks.get(usize::try_from(at).ok()?)?.called_at)
    };
    let follows = match (target, command) {
        (Target::Question(_, _, number), Command::Merge(into)) => asked(*number).max(asked(*into)),
        (Target::Question(_, _, number), Command::NoteFate(_)) => delivered(*number).or_else(|| asked(*number)),
        (Target::Question(_, _, number), _) => asked(*number),
        (_, Command::Submit { .. }) if interview.started_at.is_some_and(|started| happened >= started) => {
            interview.observer(person).and_then(|observer| observer.checked_in_at)
        }
        _ => None,
    };
    if follows.is_some_and(|earliest| happened < earliest) {
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
        question::{Asked, Command, Fate},
        room,
        sample_house::{Failed, Point, SampleHouse, refused, start, text},
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
        let later = day.ask("welfare-kil-1");
        assert_eq!(claim(&mut day, started, Command::Merge(later)), Err(Failed::Refused(Refusal::TimeBeforeCase)));
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        let called = day.now;
        let fate = || Command::NoteFate(Fate::Asked { outcome: Asked::Answered, offset_us: 0 });
        assert_eq!(claim(&mut day, called.plus_us(-1), fate()), Err(Failed::Refused(Refusal::TimeBeforeCase)));
        claim(&mut day, called, fate()).expect("noted");
    }

    #[test]
    fn nobody_asked_while_it_ran_before_they_came_l2() {
        let mut day = SampleHouse::at(Point::Admitted);
        day.now = day.interview().starts_at;
        day.room("prosecutor-1", start(Some("akut"))).expect("started");
        let started = day.now;
        day.check_in("welfare-kil-1").expect("in");
        let came = day.now;
        let mut ask = |at: Time| {
            day.happened_at = Some(at);
            let submit = crate::Command::Question(Command::Submit { text: text("Vad hände?"), urgent: false });
            day.act("welfare-kil-1", Target::Interview(day.alias.clone(), 1), &submit)
        };
        assert_eq!(ask(started), Err(Failed::Refused(Refusal::TimeBeforeCase)));
        ask(came).expect("from the room");
        ask(started.plus_us(-1)).expect("who is admitted may ask before the start");
    }
}
