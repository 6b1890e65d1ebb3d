//! What may be done to a question, and when.
//!
//! Authorizes nobody. INVARIANT (L3): until the end the leader may decide anew, whatever was decided, as long as nothing was delivered.

use barnahus_policy::Role;

use super::{Command, Fate, Happened, QUESTIONS_MAX, Question, QuestionRefusal, State};
use crate::{
    case::Case,
    command::{By, Decided},
    event::Event,
    hint::hints,
    house::House,
    id::{PersonId, Target},
    interview::{Interview, Stage},
    text::Text,
    time::Time,
};

/// What hands a question over to those who see all of them, and to the interviewer (S4).
const DISCLOSURE_GROUND: &str = "RB 23:10";

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, QuestionRefusal> {
    let case = target.case().and_then(|alias| house.case(alias)).ok_or(QuestionRefusal::NoSuchQuestion)?;
    if let (Command::Submit { text, urgent }, Target::Interview(_, number)) = (command, target) {
        let interview = case.interview(*number).ok_or(QuestionRefusal::NoSuchQuestion)?;
        return submit(house, by, case, interview, text, *urgent, now);
    }
    let Target::Question(_, number, question) = target else { return Err(QuestionRefusal::NoSuchQuestion) };
    let interview = case.interview(*number).ok_or(QuestionRefusal::NoSuchQuestion)?;
    let question = interview.question(*question).ok_or(QuestionRefusal::NoSuchQuestion)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Question(event));
    match command {
        Command::Submit { .. } => Err(QuestionRefusal::NoSuchQuestion),
        // A merged question is delivered when its target is.
        Command::Withdraw if question.spokesman(interview).waits() => Ok(decided(Happened::Withdrawn)),
        Command::Withdraw => Err(QuestionRefusal::WrongState(question.state)),
        Command::Approve => {
            decide_anew(interview, question, question.state != State::Approved)?;
            let delivered = (interview.stage == Stage::Break).then(|| (interview.break_number(), next_batch(interview)));
            let receives = interview.breaks.last().filter(|_| delivered.is_some()).and_then(|lasting| lasting.called_by.clone());
            Ok(decided(Happened::Approved { delivered }).handed_to(DISCLOSURE_GROUND, receives.into_iter().collect()))
        }
        Command::Reject(reason) => {
            decide_anew(interview, question, question.state != State::Rejected(*reason))?;
            Ok(decided(Happened::Rejected { reason: *reason }))
        }
        Command::Merge(into) => {
            decide_anew(interview, question, question.state != State::Merged(*into))?;
            // INVARIANT: the target is not merged itself, so what is merged never goes round in a circle.
            let open = |target: &&Question| target.waits() || target.state == State::Delivered;
            let target = interview.question(*into).filter(|target| target.number != question.number).filter(open);
            target.ok_or(QuestionRefusal::MergeTarget(*into))?;
            Ok(decided(Happened::Merged { into: *into }))
        }
        Command::Object(text) => {
            // L6: each rejection can be objected to, once.
            let heard = question.objection_index >= question.rejected_index;
            if !matches!(question.state, State::Rejected(_)) || heard {
                return Err(QuestionRefusal::NothingToObjectTo);
            }
            let recipients = seen_by(house, by, case, interview, now);
            Ok(decided(Happened::Objected).seal("text", text).handed_to(DISCLOSURE_GROUND, recipients))
        }
        Command::NoteFate(fate) => {
            // L3: once the interviewer has confirmed the fates, only she corrects them.
            let open = interview.is_running() || (interview.stage == Stage::Ended && interview.fates_confirmed_at.is_none());
            if !open {
                return Err(QuestionRefusal::WrongStage(interview.stage));
            }
            check_fate(interview, question, *fate, now)?;
            Ok(decided(Happened::FateNoted { fate: *fate }))
        }
    }
}

fn submit(
    house: &House,
    by: &By<'_>,
    case: &Case,
    interview: &Interview,
    text: &Text,
    urgent: bool,
    now: Time,
) -> Result<Decided, QuestionRefusal> {
    before_the_end(interview)?;
    let present = interview.observer(&by.actor.person).is_some_and(|observer| observer.is_present());
    if interview.is_running() && !present {
        return Err(QuestionRefusal::NotCheckedIn);
    }
    if urgent && !marks_urgent(by.actor.role) {
        return Err(QuestionRefusal::UrgencyNotYours);
    }
    let number = interview.question_count().saturating_add(1);
    if number > QUESTIONS_MAX {
        return Err(QuestionRefusal::TooMany);
    }
    let target = Target::Question(case.alias.clone(), interview.number, number);
    let event = Event::Question(Happened::Submitted { urgent, hints: hints(text) });
    let recipients = seen_by(house, by, case, interview, now);
    Ok(Decided::new(target, event).seal("text", text).handed_to(DISCLOSURE_GROUND, recipients))
}

/// To whom a text of the actor's is handed over (S4).
fn seen_by(house: &House, by: &By<'_>, case: &Case, interview: &Interview, now: Time) -> Vec<PersonId> {
    let mut people = case.sees_all_questions(house, interview, now);
    people.retain(|person| *person != by.actor.person);
    people
}

/// Only child welfare, care and the leader (L7).
fn marks_urgent(role: Role) -> bool {
    matches!(role, Role::ChildWelfareOfficer | Role::ChildPsychiatry | Role::Paediatrician | Role::Counsellor | Role::InvestigationLeader)
}

fn before_the_end(interview: &Interview) -> Result<(), QuestionRefusal> {
    match interview.stage {
        stage @ (Stage::Ended | Stage::Documented) => Err(QuestionRefusal::WrongStage(stage)),
        _ => Ok(()),
    }
}

/// L3: the leader decides, or decides anew if that says something new. What was withdrawn or delivered is out of the leader's hands.
fn decide_anew(interview: &Interview, question: &Question, is_new: bool) -> Result<(), QuestionRefusal> {
    before_the_end(interview)?;
    let decidable = matches!(question.state, State::Submitted | State::Approved | State::Rejected(_) | State::Merged(_));
    if decidable && is_new { Ok(()) } else { Err(QuestionRefusal::WrongState(question.state)) }
}

/// A fate fits a question that was delivered, and an offset lies within the interview. Of one that was never delivered, only the reason
/// that the end gave can be put right.
pub(crate) fn check_fate(interview: &Interview, question: &Question, fate: Fate, now: Time) -> Result<(), QuestionRefusal> {
    let fits = match question.state {
        State::Delivered => true,
        State::Fated(_) => question.delivered.is_some() || matches!(fate, Fate::NotAsked { .. }),
        _ => false,
    };
    if !fits {
        return Err(QuestionRefusal::WrongState(question.state));
    }
    let Fate::Asked { offset_us, .. } = fate else { return Ok(()) };
    let longest = interview.started_at.map_or(0, |started| interview.ended_at.unwrap_or(now).since_us(started));
    if (0..=longest).contains(&offset_us) { Ok(()) } else { Err(QuestionRefusal::OffsetNeeded) }
}

fn next_batch(interview: &Interview) -> u32 {
    u32::try_from(interview.breaks.last().map_or(0, |last| last.batches.len())).unwrap_or(u32::MAX).saturating_add(1)
}
