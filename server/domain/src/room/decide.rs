//! What may be done in the room, and when. Authorizes nobody.

use super::{Command, Happened, RoomRefusal, closing};
use crate::{
    command::{By, Decided, Refusal},
    event::Event,
    house::House,
    id::{PersonId, Target},
    interview::{Batch, Interview, Observer, Stage},
    question::{Question, State, sort_by_order},
    time::Time,
};

/// What hands the approved questions over to the interviewer (S4).
const DELIVERY_GROUND: &str = "RB 23:10";
/// Most questions in one batch: what one record surely holds. The rest waits for the next break.
const BATCH_MAX: usize = 1000;

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, RoomRefusal> {
    let Target::Interview(alias, number) = target else { return Err(RoomRefusal::NoSuchInterview) };
    let interview = house.interview(alias, *number).ok_or(RoomRefusal::NoSuchInterview)?;
    let decided = |event: Happened| Decided::new(target.clone(), Event::Room(event));
    let at = |stages: &[Stage]| if stages.contains(&interview.stage) { Ok(()) } else { Err(RoomRefusal::WrongStage(interview.stage)) };
    let before_the_end = || if interview.ended_at.is_none() { Ok(()) } else { Err(RoomRefusal::WrongStage(interview.stage)) };
    let observer = || interview.observer(&by.actor.person);
    match command {
        Command::CheckIn { acknowledge_ban } => check_in(interview, observer(), *acknowledge_ban).map(decided),
        Command::CheckOut if observer().is_some_and(Observer::is_present) => Ok(decided(Happened::CheckedOut)),
        Command::CheckOut => Err(RoomRefusal::NotCheckedIn),
        Command::Freeze => {
            before_the_end()?;
            if interview.roster_frozen_at.is_some() { Err(RoomRefusal::RosterFrozenAlready) } else { Ok(decided(Happened::RosterFrozen)) }
        }
        Command::ChildInformed => before_the_end().map(|()| decided(Happened::ChildInformed)),
        Command::Start { recording_reference, reason } => {
            at(&[Stage::Tentative, Stage::Confirmed])?;
            let deviations = interview.deviations_of(by.happened_at.unwrap_or(now));
            if !deviations.is_empty() && reason.is_none() {
                return Err(RoomRefusal::FormalityMissing(deviations));
            }
            let started = decided(Happened::Started { recording_reference: recording_reference.clone(), deviations });
            Ok(reason.iter().fold(started, |started, reason| started.seal("reason", reason)))
        }
        Command::CallBreak => {
            at(&[Stage::InProgress, Stage::Closing])?;
            let delivered = approved(house, interview);
            let recipients = if delivered.is_empty() { Vec::new() } else { vec![by.actor.person.clone()] };
            let number = interview.break_number().saturating_add(1);
            Ok(decided(Happened::BreakCalled { number, delivered }).handed_to(DELIVERY_GROUND, recipients))
        }
        Command::Acknowledge { break_number, batch_number } => {
            let waits = batch(interview, *break_number, *batch_number).is_some_and(|batch| batch.acknowledged_at.is_none());
            let (break_number, batch_number) = (*break_number, *batch_number);
            if !waits {
                return Err(RoomRefusal::NoSuchBatch { break_number, batch_number });
            }
            Ok(decided(Happened::DeliveryAcknowledged { break_number, batch_number }))
        }
        Command::RequestBreak => at(&[Stage::InProgress, Stage::Closing]).map(|()| decided(Happened::BreakRequested)),
        Command::AllowNotes(allowed) => before_the_end().map(|()| decided(Happened::NotesAllowed { allowed: *allowed })),
        Command::Resume => at(&[Stage::Break, Stage::Interrupted]).map(|()| decided(Happened::Resumed)),
        Command::Interrupt(reason) => {
            at(&[Stage::InProgress, Stage::Break, Stage::Closing]).map(|()| decided(Happened::Interrupted { reason: *reason }))
        }
        Command::BeginClosing => at(&[Stage::InProgress, Stage::Break]).map(|()| decided(Happened::ClosingBegun)),
        Command::SignOff => closing::sign_off(interview, observer(), by.happened_at.unwrap_or(now)).map(decided),
        Command::RecordAbsence { person, reason } => closing::record_absence(interview, person, *reason).map(decided),
        Command::End { reason, unasked } => closing::end(interview, *reason, unasked).map(decided),
        Command::ConfirmFates(corrections) => closing::confirm_fates(interview, corrections, now).map(decided),
    }
}

/// Whether the time that the actor claims for a command can be, where it lies between the opening of the case and now (C7).
pub(crate) fn check_happened(interview: &Interview, person: &PersonId, command: &Command, happened: Time) -> Result<(), Refusal> {
    let follows = match command {
        Command::CallBreak | Command::Resume | Command::BeginClosing => interview.started_at,
        // Whoever is missed at the end was there until then: nobody gets out of the sign-off by a claim (L11).
        Command::CheckOut => interview.ended_at.or_else(|| interview.observer(person).and_then(|observer| observer.checked_in_at)),
        Command::SignOff => interview.observer(person).and_then(|observer| observer.checked_in_at),
        Command::Acknowledge { break_number, batch_number } => {
            batch(interview, *break_number, *batch_number).map(|batch| batch.delivered_at)
        }
        _ => None,
    };
    if follows.is_some_and(|earliest| happened < earliest) {
        return Err(Refusal::TimeBeforeCase);
    }
    // People sign off, acknowledge and leave the room after the end, too.
    let bound_by_the_end = !matches!(command, Command::CheckOut | Command::SignOff | Command::Acknowledge { .. });
    if bound_by_the_end && interview.ended_at.is_some_and(|ended| happened > ended) { Err(Refusal::TimeAfterEnd) } else { Ok(()) }
}

/// L1: a late arrival needs the leader, whoever was in the room before comes back as they like. One who is in the room checks in again
/// only to acknowledge a ban that was ordered since.
fn check_in(interview: &Interview, observer: Option<&Observer>, acknowledge_ban: bool) -> Result<Happened, RoomRefusal> {
    if interview.ended_at.is_some() {
        return Err(RoomRefusal::WrongStage(interview.stage));
    }
    let ordered = interview.ban_until.is_some();
    if ordered && !acknowledge_ban {
        return Err(RoomRefusal::BanNotAcknowledged);
    }
    if let Some(observer) = observer {
        let late = interview.roster_frozen_at.is_some() && observer.checked_in_at.is_none();
        if observer.is_present() && (observer.ban_acknowledged || !ordered) {
            return Err(RoomRefusal::CheckedInAlready);
        }
        if observer.removed || (late && !observer.by_right && !observer.admitted_late) {
            return Err(RoomRefusal::RosterFrozen);
        }
    }
    Ok(Happened::CheckedIn { ban_acknowledged: ordered })
}

/// What the next break delivers, in the order L7.
fn approved(house: &House, interview: &Interview) -> Vec<u32> {
    let mut approved: Vec<&Question> = interview.questions().iter().filter(|question| question.state == State::Approved).collect();
    sort_by_order(house, &mut approved);
    approved.iter().take(BATCH_MAX).map(|question| question.number).collect()
}

fn batch(interview: &Interview, break_number: u32, batch_number: u32) -> Option<&Batch> {
    let at = |number: u32| usize::try_from(number.checked_sub(1)?).ok();
    let batches = if break_number == 0 { &interview.notes } else { &interview.breaks.get(at(break_number)?)?.batches };
    batches.get(at(batch_number)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        booking,
        code::{Deviation, EndReason},
        question,
        sample_house::{Failed, Point, SampleHouse, end, person, refused, start, text},
        time::{DAY_US, MINUTE_US},
    };

    const LEADER: &str = "prosecutor-1";
    const INTERVIEWER: &str = "interviewer-1";

    fn is_present(day: &SampleHouse, id: &str) -> bool {
        day.interview().observer(&person(id)).is_some_and(Observer::is_present)
    }

    fn order_ban(day: &mut SampleHouse) {
        let until = day.now.plus_us(30 * DAY_US);
        day.booking(LEADER, booking::Command::OrderBan { scope: text("vad som sägs"), until }).expect("ordered");
    }

    #[test]
    fn a_listener_is_admitted_acknowledges_the_ban_and_checks_in_once_l1() {
        let mut day = SampleHouse::at(Point::Admitted);
        let id = "welfare-kil-1";
        let silent = || Command::CheckIn { acknowledge_ban: false };
        assert_eq!(day.check_in("representative-1"), Err(Failed::NotFound), "nobody admitted this one");
        assert_eq!(day.check_in(INTERVIEWER), Err(Failed::Denied), "she sits with the child");
        assert_eq!(day.room(id, silent()), refused(RoomRefusal::BanNotAcknowledged));
        assert_eq!(day.room(id, Command::CheckOut), refused(RoomRefusal::NotCheckedIn));
        day.check_in(id).expect("in");
        assert_eq!(day.check_in(id), refused(RoomRefusal::CheckedInAlready));
        day.room(id, Command::CheckOut).expect("out");
        assert!(!is_present(&day, id));
        let first = day.interview().observer(&person(id)).and_then(|observer| observer.checked_in_at);
        day.check_in(id).expect("in again");
        assert!(is_present(&day, id));
        assert_eq!(day.interview().observer(&person(id)).and_then(|observer| observer.checked_in_at), first);
    }

    #[test]
    fn a_ban_that_is_ordered_later_is_acknowledged_by_checking_in_again_l1() {
        let mut day = SampleHouse::at(Point::Confirmed);
        day.admit(&["welfare-kil-1"]).expect("admitted");
        let event = day.check_in("welfare-kil-1").expect("in");
        assert_eq!(event, Event::Room(Happened::CheckedIn { ban_acknowledged: false }), "there is no ban to acknowledge");
        order_ban(&mut day);
        assert!(day.interview().missing_formalities().contains(&Deviation::BanNotAcknowledged));
        day.check_in("welfare-kil-1").expect("acknowledged");
        assert!(!day.interview().missing_formalities().contains(&Deviation::BanNotAcknowledged));
        assert_eq!(day.check_in("welfare-kil-1"), refused(RoomRefusal::CheckedInAlready));
        order_ban(&mut day);
        assert!(day.interview().missing_formalities().contains(&Deviation::BanNotAcknowledged), "another order is another ban");
    }

    #[test]
    fn after_the_freeze_a_late_arrival_needs_the_leader_and_the_child_is_told_again_l1() {
        let mut day = SampleHouse::at(Point::Admitted);
        day.check_in("investigator-1").expect("in");
        day.room(LEADER, Command::Freeze).expect("frozen");
        assert_eq!(day.room(LEADER, Command::Freeze), refused(RoomRefusal::RosterFrozenAlready));
        day.room(INTERVIEWER, Command::ChildInformed).expect("told");
        assert!(day.interview().is_ready());
        assert_eq!(day.check_in("welfare-kil-1"), refused(RoomRefusal::RosterFrozen));
        day.admit(&["welfare-kil-1"]).expect("admitted again");
        day.check_in("welfare-kil-1").expect("in");
        assert_eq!(day.interview().missing_formalities(), [Deviation::ChildNotInformed]);
        day.room(INTERVIEWER, Command::ChildInformed).expect("told again");
        assert!(day.interview().is_ready());
        day.check_in(LEADER).expect("the leader stands on the roster by right");
        day.room("investigator-1", Command::CheckOut).expect("out");
        day.check_in("investigator-1").expect("coming back needs nobody's leave");
    }

    #[test]
    fn an_admission_in_the_instant_of_the_freeze_comes_after_it_l1() {
        let mut day = SampleHouse::at(Point::Confirmed);
        day.room(LEADER, Command::Freeze).expect("frozen");
        // Acts of one group have one time.
        day.now = day.now.plus_us(-MINUTE_US);
        day.admit(&["welfare-kil-1"]).expect("admitted");
        assert_eq!(day.interview().roster_frozen_at, Some(day.now));
        day.check_in("welfare-kil-1").expect("in");
    }

    #[test]
    fn being_told_counts_whatever_the_order_in_which_it_is_entered_b6() {
        let mut day = SampleHouse::at(Point::Ready);
        assert!(day.interview().is_ready());
        day.happened_at = Some(day.interview().informed[0].happened_at.plus_us(-5 * MINUTE_US));
        day.room(INTERVIEWER, Command::ChildInformed).expect("told earlier, too");
        assert!(day.interview().is_ready());
    }

    #[test]
    fn what_was_not_done_by_the_start_is_missing_of_it_whatever_is_claimed_b6() {
        let started = |day: &mut SampleHouse, at: Time| {
            day.happened_at = Some(at);
            match day.room(INTERVIEWER, start(Some("papper"))).expect("started") {
                Event::Room(Happened::Started { deviations, .. }) => deviations,
                other => panic!("{other:?}"),
            }
        };
        let mut day = SampleHouse::at(Point::Ready);
        let told = day.interview().informed[0].happened_at;
        assert_eq!(started(&mut day, told), [], "told, and then started");
        let mut day = SampleHouse::at(Point::Ready);
        let frozen = day.interview().roster_frozen_at.expect("frozen");
        assert_eq!(started(&mut day, told.plus_us(-1)), [Deviation::ChildNotInformed]);
        let mut day = SampleHouse::at(Point::Ready);
        assert_eq!(started(&mut day, frozen.plus_us(-1)), [Deviation::RosterNotFrozen, Deviation::ChildNotInformed]);
        let mut day = SampleHouse::at(Point::Ready);
        let confirmed = day.interview().confirmed_at.expect("confirmed");
        assert!(started(&mut day, confirmed.plus_us(-1)).contains(&Deviation::NotConfirmed));

        // Told earlier than the freeze, or than somebody came, is told too early.
        let mut day = SampleHouse::at(Point::Admitted);
        day.room(LEADER, Command::Freeze).expect("frozen");
        day.happened_at = Some(day.interview().roster_frozen_at.expect("frozen").plus_us(-1));
        day.room(INTERVIEWER, Command::ChildInformed).expect("told");
        assert!(!day.interview().is_child_told());
        // And nobody came earlier by saying so.
        day.room(INTERVIEWER, Command::ChildInformed).expect("told again");
        assert!(day.interview().is_child_told());
        day.happened_at = day.interview().roster_frozen_at;
        day.check_in(LEADER).expect("in");
        assert!(!day.interview().is_child_told());
    }

    #[test]
    fn an_interview_day_on_paper_is_entered_in_the_order_in_which_it_went_b6() {
        let mut day = SampleHouse::at(Point::Confirmed);
        let minute = |day: &SampleHouse, minute: i64| Some(day.interview().starts_at.plus_us(minute * MINUTE_US));
        day.admit(&["welfare-kil-1"]).expect("admitted");
        day.now = day.interview().ends_at.plus_us(MINUTE_US);
        for (at, by, command) in [
            (-30, LEADER, Command::CheckIn { acknowledge_ban: true }),
            (-29, "welfare-kil-1", Command::CheckIn { acknowledge_ban: true }),
            (-20, LEADER, Command::Freeze),
            (-10, INTERVIEWER, Command::ChildInformed),
            (0, INTERVIEWER, start(None)),
        ] {
            day.happened_at = minute(&day, at);
            day.room(by, command).expect("entered");
        }
        assert_eq!(day.interview().deviations, []);
    }

    #[test]
    fn a_start_on_another_day_than_was_booked_says_why_b6() {
        for (hours, as_booked) in [(-12, true), (-13, false), (13, true), (14, false)] {
            let mut day = SampleHouse::at(Point::Ready);
            let start_at = day.interview().starts_at.plus_us(hours * 60 * MINUTE_US);
            let missing = day.interview().deviations_of(start_at);
            assert_eq!(!missing.contains(&Deviation::NotAsBooked), as_booked, "{hours}");
            day.now = start_at.max(day.now);
            let away = day.now > day.interview().ends_at.plus_us(DAY_US / 2);
            assert_eq!(day.room(INTERVIEWER, start(None)).is_err(), away, "{hours}");
        }
        assert!(SampleHouse::at(Point::Ready).interview().is_ready(), "READY says nothing of the day");
    }

    #[test]
    fn confirming_changes_nobodys_presence_l2() {
        let mut day = SampleHouse::at(Point::Accepted);
        day.admit(&["welfare-kil-1"]).expect("admitted");
        for id in [LEADER, "welfare-kil-1"] {
            day.check_in(id).expect("in, though nothing is confirmed");
        }
        let before: Vec<_> = day.interview().observers.clone();
        day.booking(LEADER, booking::Command::Confirm { waivers: Vec::new(), defence_note: None }).expect("confirmed");
        assert!(is_present(&day, LEADER) && is_present(&day, "welfare-kil-1"));
        assert_eq!(day.interview().observers[..2], before);
        assert_eq!(day.interview().observers.len(), 3, "the interviewer stands on the roster too");
    }

    #[test]
    fn a_start_is_never_refused_for_a_formality_but_says_why_b6() {
        let mut day = SampleHouse::at(Point::Booked);
        day.now = day.interview().starts_at;
        let all = vec![Deviation::NotConfirmed, Deviation::RosterNotFrozen, Deviation::ChildNotInformed];
        assert_eq!(day.room(LEADER, start(None)), refused(RoomRefusal::FormalityMissing(all.clone())));
        let event = day.room(LEADER, start(Some("barnet kan inte vänta"))).expect("started");
        assert!(matches!(event, Event::Room(Happened::Started { deviations, .. }) if deviations == all));
        assert_eq!(day.interview().deviation_index, Some(day.log.len() as u64 - 1), "its reason is sealed there");
        assert_eq!(day.room(LEADER, start(Some("igen"))), refused(RoomRefusal::WrongStage(Stage::InProgress)));
        day.room(LEADER, Command::Freeze).expect("what was missing can still be done");
        assert_eq!(day.interview().deviations, all, "and stands in the protocol all the same");

        let mut day = SampleHouse::at(Point::Ready);
        day.room(INTERVIEWER, start(None)).expect("ready");
        assert_eq!((day.interview().deviations.len(), day.interview().deviation_index), (0, None));
    }

    #[test]
    fn a_break_delivers_what_is_approved_in_the_order_l7_and_from_closing_too_b1() {
        let mut day = SampleHouse::at(Point::Closing);
        let (low, high, waiting) = (day.ask("paediatrician-1"), day.ask("investigator-1"), day.ask("investigator-1"));
        for number in [low, high] {
            day.question(LEADER, number, question::Command::Approve).expect("approved");
        }
        assert_eq!(day.room(LEADER, Command::CallBreak), Err(Failed::Denied), "the interviewer decides when");
        let event = day.room(INTERVIEWER, Command::CallBreak).expect("a break");
        assert_eq!(event, Event::Room(Happened::BreakCalled { number: 1, delivered: vec![high, low] }));
        assert_eq!(day.decided.as_ref().map(|decided| decided.recipients.clone()), Some(vec![person(INTERVIEWER)]));
        assert_eq!(day.asked(waiting).state, State::Submitted, "never approved by default");
        assert_eq!(day.room(INTERVIEWER, Command::CallBreak), refused(RoomRefusal::WrongStage(Stage::Break)));
        day.room(LEADER, Command::BeginClosing).expect("closing again");
        assert!(day.interview().breaks[0].resumed_at.is_some());
        assert_eq!(day.room(LEADER, Command::BeginClosing), refused(RoomRefusal::WrongStage(Stage::Closing)));
    }

    #[test]
    fn a_batch_is_acknowledged_once() {
        let mut day = SampleHouse::at(Point::Live);
        let number = day.ask("investigator-1");
        day.question(LEADER, number, question::Command::Approve).expect("approved");
        let acknowledge = |break_number, batch_number| Command::Acknowledge { break_number, batch_number };
        let nothing = |break_number, batch_number| refused(RoomRefusal::NoSuchBatch { break_number, batch_number });
        assert_eq!(day.room(INTERVIEWER, acknowledge(1, 1)), nothing(1, 1));
        day.room(INTERVIEWER, Command::CallBreak).expect("a break");
        for (of_break, batch) in [(0, 1), (1, 0), (1, 2), (2, 1), (u32::MAX, u32::MAX)] {
            assert_eq!(day.room(INTERVIEWER, acknowledge(of_break, batch)), nothing(of_break, batch));
        }
        day.room(INTERVIEWER, acknowledge(1, 1)).expect("acknowledged");
        assert_eq!(day.room(INTERVIEWER, acknowledge(1, 1)), nothing(1, 1));
    }

    #[test]
    fn an_interruption_comes_from_every_stage_that_runs_and_is_resumed_b1() {
        let interrupt = || Command::Interrupt(EndReason::Technical);
        let mut day = SampleHouse::at(Point::Ready);
        assert_eq!(day.room(LEADER, interrupt()), refused(RoomRefusal::WrongStage(Stage::Confirmed)));
        day.room(INTERVIEWER, start(None)).expect("started");
        for before in [None, Some(Command::CallBreak), Some(Command::BeginClosing)] {
            if let Some(command) = before {
                day.room(INTERVIEWER, command).expect("on");
            }
            day.room("coordinator-1", interrupt()).expect("interrupted");
            assert!(day.interview().breaks.iter().all(|lasting| lasting.resumed_at.is_some()), "no break lasts beyond it");
            assert_eq!(day.room(LEADER, interrupt()), refused(RoomRefusal::WrongStage(Stage::Interrupted)));
            assert_eq!(day.room(INTERVIEWER, Command::CallBreak), refused(RoomRefusal::WrongStage(Stage::Interrupted)));
            day.room(INTERVIEWER, Command::Resume).expect("resumed");
            assert_eq!(day.interview().stage, Stage::InProgress);
        }
        assert_eq!(day.room(INTERVIEWER, Command::Resume), refused(RoomRefusal::WrongStage(Stage::InProgress)));
    }

    #[test]
    fn a_claimed_time_lies_between_what_it_follows_and_now_c7() {
        let mut day = SampleHouse::at(Point::Live);
        let (early, opened) = (Err(Failed::Refused(Refusal::TimeBeforeCase)), day.the_case().requested_at);
        let late: Result<Event, Failed> = Err(Failed::Refused(Refusal::TimeAfterEnd));
        let claim = |day: &mut SampleHouse, by: &str, at: Time, command: Command| {
            day.happened_at = Some(at);
            day.room(by, command)
        };
        let (started, checked_in) = (day.interview().started_at.expect("started"), day.interview().observers[2].checked_in_at);
        assert_eq!(claim(&mut day, INTERVIEWER, opened.plus_us(-1), Command::ChildInformed), early);
        assert_eq!(claim(&mut day, INTERVIEWER, started.plus_us(-1), Command::CallBreak), early);
        let before_in = checked_in.expect("in").plus_us(-1);
        assert_eq!(claim(&mut day, "investigator-1", before_in, Command::CheckOut), early);
        let tomorrow = day.now.plus_us(DAY_US);
        assert_eq!(claim(&mut day, INTERVIEWER, tomorrow, Command::CallBreak), late);
        claim(&mut day, INTERVIEWER, started, Command::CallBreak).expect("a break");
        day.room(LEADER, end()).expect("ended");
        let after = day.now;
        assert_eq!(claim(&mut day, INTERVIEWER, after.plus_us(1), Command::ChildInformed), late);
        claim(&mut day, "investigator-1", after.plus_us(1), Command::CheckOut).expect("people leave after the end");
    }

    #[test]
    fn what_changed_since_it_was_read_is_not_overwritten_c10() {
        let mut day = SampleHouse::at(Point::Live);
        day.etag = Some(day.interview().changed);
        day.room(INTERVIEWER, Command::CallBreak).expect("nothing changed since");
        day.etag = Some(day.interview().changed - 1);
        assert_eq!(day.room(INTERVIEWER, Command::Resume), Err(Failed::Refused(Refusal::StaleEtag)));
    }
}
