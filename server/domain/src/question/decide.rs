//! What may be done to a question, and when.
//!
//! Authorizes nobody. INVARIANT (L3): until the end the leader may decide anew, whatever was decided, as long as nothing was delivered.

use barnahus_policy::Role;

use super::{Command, Happened, Question, QuestionRefusal, State, bounds, check_fate, lead};
use crate::{
    case::Case,
    code::Hint,
    command::{By, Decided},
    event::Event,
    house::House,
    id::{PersonId, Target},
    interview::{Interview, Stage},
    text::Text,
    time::Time,
};

/// What hands a question over to those who see all of them, and to the interviewer (S4).
const DISCLOSURE_GROUND: &str = "RB 23:10";

fn hints(text: &Text) -> Vec<Hint> {
    let code = |hint| match hint {
        barnahus_hints::Hint::Leading => Hint::Leading,
        barnahus_hints::Hint::Multiple => Hint::Multiple,
        barnahus_hints::Hint::YesNo => Hint::YesNo,
    };
    barnahus_hints::hints(text.as_str()).into_iter().map(code).collect()
}

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
    // Of two who decide at once, one wins and the other is told; who has seen the decision may decide anew.
    let unseen = by.etag.is_none() && question.decided_by.as_ref().is_some_and(|person| *person != by.actor.person);
    if unseen && matches!(command, Command::Approve | Command::Reject(_) | Command::Merge(_) | Command::Defer) {
        return Err(QuestionRefusal::DecidedByAnother);
    }
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
        Command::Revise(text) => {
            before_the_end(interview)?;
            in_the_room(interview, by)?;
            // L3: a new wording of what was decided is decided anew.
            if !matches!(question.state, State::Submitted | State::Approved | State::Rejected(_)) {
                return Err(QuestionRefusal::WrongState(question.state));
            }
            bounds::has_room(question)?;
            bounds::may_write(interview, by)?;
            let recipients = seen_by(house, by, case, interview, now);
            Ok(decided(Happened::Revised { hints: hints(text) }).seal("text", text).handed_to(DISCLOSURE_GROUND, recipients))
        }
        Command::Reword(_)
        | Command::Defer
        | Command::Rank(_)
        | Command::UnmarkUrgency(_)
        | Command::MarkActedOn
        | Command::DeliverNote => {
            let (event, text) = lead::decide(interview, question, command)?;
            let recipients = match command {
                Command::Reword(_) | Command::UnmarkUrgency(_) => {
                    let mut people = seen_by(house, by, case, interview, now);
                    people.extend(Some(question.author.clone()).filter(|author| *author != by.actor.person && !people.contains(author)));
                    people
                }
                Command::DeliverNote => interview.interviewer().and_then(|interviewer| interviewer.person.clone()).into_iter().collect(),
                _ => return Ok(decided(event)),
            };
            let decided = decided(event).handed_to(DISCLOSURE_GROUND, recipients);
            Ok(text.into_iter().fold(decided, |decided, (field, text)| decided.seal(field, text)))
        }
        Command::Object(text) => {
            // L6: each rejection can be objected to, once.
            let heard = question.objections.last() >= question.rejected_index.as_ref();
            if !matches!(question.state, State::Rejected(_)) || heard {
                return Err(QuestionRefusal::NothingToObjectTo);
            }
            bounds::may_write(interview, by)?;
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
    in_the_room(interview, by)?;
    if urgent && !marks_urgent(by.actor.role) {
        return Err(QuestionRefusal::UrgencyNotYours);
    }
    bounds::may_ask(interview, by)?;
    let number = interview.question_count().saturating_add(1);
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

/// L2: while it runs, only whoever is checked in has a say.
fn in_the_room(interview: &Interview, by: &By<'_>) -> Result<(), QuestionRefusal> {
    let present = interview.observer(&by.actor.person).is_some_and(|observer| observer.is_present());
    if interview.is_running() && !present { Err(QuestionRefusal::NotCheckedIn) } else { Ok(()) }
}

pub(super) fn before_the_end(interview: &Interview) -> Result<(), QuestionRefusal> {
    match interview.stage {
        stage @ (Stage::Ended | Stage::Documented) => Err(QuestionRefusal::WrongStage(stage)),
        _ => Ok(()),
    }
}

/// L3: the leader decides, or decides anew if that says something new. What was withdrawn or delivered is out of the leader's hands.
pub(super) fn decide_anew(interview: &Interview, question: &Question, is_new: bool) -> Result<(), QuestionRefusal> {
    before_the_end(interview)?;
    let decidable = matches!(question.state, State::Submitted | State::Approved | State::Rejected(_) | State::Merged(_) | State::Deferred);
    if decidable && is_new { Ok(()) } else { Err(QuestionRefusal::WrongState(question.state)) }
}

fn next_batch(interview: &Interview) -> u32 {
    u32::try_from(interview.breaks.last().map_or(0, |last| last.batches.len())).unwrap_or(u32::MAX).saturating_add(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        code::{NotAskedReason, RejectReason},
        question::{Asked, Fate},
        room,
        sample_house::{Failed, Point, SampleHouse, end, person, refused, text},
        time::MINUTE_US,
    };

    const LEADER: &str = "prosecutor-1";
    const ASKER: &str = "welfare-kil-1";
    const REJECTED: Command = Command::Reject(RejectReason::Leading);

    fn wrong(state: State) -> Result<Event, Failed> {
        refused(QuestionRefusal::WrongState(state))
    }

    fn answered(offset_us: i64) -> Fate {
        Fate::Asked { outcome: Asked::Answered, offset_us }
    }

    #[test]
    fn only_the_leader_decides_l5() {
        let mut day = SampleHouse::at(Point::Live);
        let number = day.ask(ASKER);
        for id in ["investigator-1", ASKER, "interviewer-1", "coordinator-1"] {
            for command in [Command::Approve, REJECTED, Command::Merge(1)] {
                assert_eq!(day.question(id, number, command), Err(Failed::Denied), "{id}");
            }
        }
        assert_eq!(day.asked(number).state, State::Submitted, "waiting is no approval");
        day.question(LEADER, number, Command::Approve).expect("approved");
    }

    #[test]
    fn from_the_start_on_only_who_is_in_the_room_asks_l2() {
        let submit = || crate::Command::Question(Command::Submit { text: text("Vad hände?"), urgent: false });
        let mut day = SampleHouse::at(Point::Admitted);
        let target = Target::Interview(day.alias.clone(), 1);
        day.ask("paediatrician-1");
        day.ask(LEADER);
        let mut day = SampleHouse::at(Point::Live);
        day.room("paediatrician-1", room::Command::CheckOut).expect("out");
        assert_eq!(day.act("paediatrician-1", target.clone(), &submit()), refused(QuestionRefusal::NotCheckedIn));
        day.check_in("paediatrician-1").expect("back");
        day.act("paediatrician-1", target.clone(), &submit()).expect("asked");
        assert_eq!(day.act("interviewer-1", target.clone(), &submit()), Err(Failed::Denied));
        assert_eq!(day.act("welfare-torsby-1", target, &submit()), Err(Failed::NotFound));
    }

    #[test]
    fn submitting_hands_the_text_to_those_who_see_all_s4() {
        let mut day = SampleHouse::at(Point::Live);
        day.ask(ASKER);
        let decided = day.decided.clone().expect("decided");
        assert_eq!(decided.recipients, [person("investigator-1"), person(LEADER)]);
        assert_eq!(decided.ground.as_deref(), Some("RB 23:10"));
        day.ask("investigator-1");
        assert_eq!(day.decided.as_ref().map(|decided| decided.recipients.clone()), Some(vec![person(LEADER)]), "not to oneself");
    }

    #[test]
    fn only_child_welfare_care_and_the_leader_mark_urgent_l7() {
        let mut day = SampleHouse::at(Point::Live);
        let target = Target::Interview(day.alias.clone(), 1);
        let urgent = crate::Command::Question(Command::Submit { text: text("Är någon i fara?"), urgent: true });
        for id in [LEADER, ASKER, "paediatrician-1"] {
            day.act(id, target.clone(), &urgent).expect("marked");
        }
        assert_eq!(day.act("investigator-1", target, &urgent), refused(QuestionRefusal::UrgencyNotYours));
    }

    #[test]
    fn a_leading_question_gets_a_hint_and_is_not_blocked_l9() {
        let mut day = SampleHouse::at(Point::Live);
        let submit = crate::Command::Question(Command::Submit { text: text("Visst slog han dig?"), urgent: false });
        let event = day.act(ASKER, Target::Interview(day.alias.clone(), 1), &submit).expect("submitted");
        assert_eq!(event, Event::Question(Happened::Submitted { urgent: false, hints: vec![crate::code::Hint::Leading] }));
    }

    #[test]
    fn until_the_end_the_leader_decides_anew_and_says_something_new_l3() {
        let mut day = SampleHouse::at(Point::Live);
        let (number, other, third) = (day.ask(ASKER), day.ask(LEADER), day.ask(LEADER));
        let time = Command::Reject(RejectReason::Time);
        let decisions = [
            Command::Approve,
            REJECTED,
            time,
            Command::Merge(other),
            Command::Merge(third),
            REJECTED,
            Command::Approve,
            Command::Merge(other),
            Command::Approve,
        ];
        for decision in decisions {
            day.question(LEADER, number, decision.clone()).expect("decided anew");
            let state = day.asked(number).state;
            assert_eq!(day.question(LEADER, number, decision), wrong(state), "nothing new");
        }
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        for decision in [Command::Approve, REJECTED, Command::Merge(other)] {
            assert_eq!(day.question(LEADER, number, decision), wrong(State::Delivered));
        }
        day.room(LEADER, end()).expect("ended");
        assert_eq!(day.question(LEADER, other, Command::Approve), Err(Failed::Denied));
    }

    #[test]
    fn an_objection_stays_when_the_leader_decides_anew_and_each_rejection_is_objected_to_once_l6() {
        let mut day = SampleHouse::at(Point::Live);
        let number = day.ask(ASKER);
        let object = || Command::Object(text("Frågan behövs"));
        let nothing = refused(QuestionRefusal::NothingToObjectTo);
        assert_eq!(day.question(ASKER, number, object()), nothing);
        day.question(LEADER, number, REJECTED).expect("rejected");
        assert_eq!(day.question("investigator-1", number, object()), Err(Failed::Denied), "another's question");
        day.question(ASKER, number, object()).expect("heard");
        let first = day.asked(number).objections.clone();
        assert_eq!(day.question(ASKER, number, object()), nothing);
        day.question(LEADER, number, Command::Approve).expect("approved all the same");
        assert_eq!((day.asked(number).state, &day.asked(number).objections), (State::Approved, &first));
        assert_eq!(day.question(ASKER, number, object()), nothing);
        day.question(LEADER, number, REJECTED).expect("rejected again");
        day.room(LEADER, end()).expect("ended");
        day.question(ASKER, number, object()).expect("heard, though the interview has ended");
        assert!(day.asked(number).objections.len() == 2 && day.asked(number).objections.starts_with(&first), "each is kept");
    }

    #[test]
    fn an_author_withdraws_until_the_question_is_delivered_l3() {
        let mut day = SampleHouse::at(Point::Live);
        let (number, target) = (day.ask(ASKER), day.ask(LEADER));
        assert_eq!(day.question("investigator-1", number, Command::Withdraw), Err(Failed::Denied));
        day.question(LEADER, number, Command::Merge(target)).expect("merged");
        day.clone().question(ASKER, number, Command::Withdraw).expect("merged, not delivered");
        day.question(LEADER, target, Command::Approve).expect("approved");
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        assert_eq!(day.question(LEADER, target, Command::Withdraw), wrong(State::Delivered));
        assert_eq!(day.question(ASKER, number, Command::Withdraw), wrong(State::Merged(target)), "delivered with its target");
        let late = day.ask(ASKER);
        day.question(ASKER, late, Command::Withdraw).expect("withdrawn");
        assert_eq!(day.question(ASKER, late, Command::Withdraw), wrong(State::Withdrawn));
        assert_eq!(day.question(LEADER, late, Command::Approve), wrong(State::Withdrawn));
    }

    #[test]
    fn merging_never_goes_round_in_a_circle_l4() {
        let mut day = SampleHouse::at(Point::Live);
        let (a, b, c) = (day.ask(ASKER), day.ask(ASKER), day.ask(LEADER));
        let no_target = |number| refused(QuestionRefusal::MergeTarget(number));
        assert_eq!(day.question(LEADER, a, Command::Merge(a)), no_target(a));
        assert_eq!(day.question(LEADER, a, Command::Merge(99)), no_target(99));
        day.question(LEADER, a, Command::Merge(b)).expect("a into b");
        assert_eq!(day.question(LEADER, b, Command::Merge(a)), no_target(a));
        assert_eq!(day.question(LEADER, c, Command::Merge(a)), no_target(a), "the target speaks for itself");
        day.question(LEADER, b, Command::Merge(c)).expect("b into c: a chain");
        assert_eq!(day.question(LEADER, c, Command::Merge(b)), no_target(b));
        assert_eq!(day.asked(a).spokesman(day.interview()).number, c);
        day.question(LEADER, a, Command::Merge(c)).expect("a into c directly");
        for (number, decision) in [(a, Command::Approve), (b, REJECTED)] {
            day.question(LEADER, number, decision).expect("decided");
        }
        assert_eq!(day.question(LEADER, c, Command::Merge(b)), no_target(b), "a rejected question speaks for none");
    }

    #[test]
    fn in_a_break_an_approved_question_is_delivered_at_once_to_who_called_it_l8() {
        let mut day = SampleHouse::at(Point::Live);
        day.room("interviewer-1", room::Command::CallBreak).expect("a break");
        for (batch, number) in [(1, day.ask(ASKER)), (2, day.ask(ASKER))] {
            day.question(LEADER, number, Command::Approve).expect("approved");
            assert_eq!((day.asked(number).state, day.asked(number).delivered), (State::Delivered, Some((1, batch))));
            assert_eq!(day.decided.as_ref().map(|decided| decided.recipients.clone()), Some(vec![person("interviewer-1")]));
        }
        day.room("interviewer-1", room::Command::Resume).expect("on");
        let number = day.ask(ASKER);
        day.question(LEADER, number, Command::Approve).expect("approved");
        assert_eq!(day.decided.as_ref().map(|decided| decided.recipients.len()), Some(0), "nothing is handed over yet");
    }

    #[test]
    fn a_fate_is_noted_of_what_was_delivered_at_an_offset_within_the_interview_l3() {
        let mut day = SampleHouse::at(Point::Live);
        let (number, waiting, merged) = (day.ask(ASKER), day.ask(ASKER), day.ask(ASKER));
        day.question(LEADER, number, Command::Approve).expect("approved");
        day.question(LEADER, merged, Command::Merge(number)).expect("merged");
        assert_eq!(day.question("investigator-1", number, Command::NoteFate(answered(0))), wrong(State::Approved));
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        assert_eq!(day.question("investigator-1", waiting, Command::NoteFate(answered(0))), wrong(State::Submitted));
        assert_eq!(day.question("investigator-1", merged, Command::NoteFate(answered(0))), wrong(State::Merged(number)));
        let note = |day: &mut SampleHouse, offset_us: i64| day.question("investigator-1", number, Command::NoteFate(answered(offset_us)));
        let running = day.now.since_us(day.interview().started_at.expect("started"));
        assert_eq!(note(&mut day, -1), refused(QuestionRefusal::OffsetNeeded));
        assert_eq!(note(&mut day, running + 2 * MINUTE_US + 1), refused(QuestionRefusal::OffsetNeeded), "two acts, two minutes later");
        note(&mut day, running).expect("noted");
        note(&mut day, 0).expect("noted otherwise: both stand in the log");
        assert_eq!(day.question(ASKER, number, Command::NoteFate(answered(0))), Err(Failed::Denied));
    }

    #[test]
    fn once_the_interviewer_has_confirmed_the_fates_only_she_corrects_them_l3() {
        let mut day = SampleHouse::at(Point::Live);
        let (number, undelivered) = (day.ask(ASKER), day.ask(ASKER));
        day.question(LEADER, number, Command::Approve).expect("approved");
        day.room("interviewer-1", room::Command::CallBreak).expect("delivered");
        day.room(LEADER, end()).expect("ended");
        day.question("investigator-1", number, Command::NoteFate(answered(0))).expect("noted after the end");
        let told = Fate::NotAsked { reason: NotAskedReason::AnsweredSpontaneously };
        let asked = Command::NoteFate(answered(0));
        let unasked = State::Fated(Fate::NotAsked { reason: NotAskedReason::InterviewEnded });
        assert_eq!(day.question("investigator-1", undelivered, asked), wrong(unasked), "nobody could have asked it");
        day.room("interviewer-1", room::Command::ConfirmFates(vec![(undelivered, told)])).expect("the reason is put right");
        assert_eq!(day.asked(undelivered).state, State::Fated(told));
        let late = day.question("investigator-1", number, Command::NoteFate(told));
        assert_eq!(late, refused(QuestionRefusal::WrongStage(Stage::Ended)));
        day.room("interviewer-1", room::Command::ConfirmFates(vec![(number, told)])).expect("corrected");
    }
}
