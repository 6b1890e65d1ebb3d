//! The screens at the moments that matter, as text.

use barnahus_proto::v1::{EndReason, Interview, QuestionState, WatchListeningRoomResponse};
use ratatui::{
    crossterm::event::{KeyCode, KeyEvent, KeyModifiers},
    style::Modifier,
};

use super::*;
use crate::{
    text::Lang,
    tui::{
        desk::{Pick, Text},
        edit::Edit,
        input,
        scene::{NOW, ago, delivered, interview, me, message, question, questions, room, snapshot},
    },
};

const SV: Words = Words { lang: Lang::Sv };
const EN: Words = Words { lang: Lang::En };

/// What somebody sees of a room.
struct Seen {
    room: Room,
    desk: Desk,
    me: Me,
    words: Words,
    colour: bool,
    now: jiff::Timestamp,
}

impl Seen {
    fn by(post: &str, words: Words, heard: &WatchListeningRoomResponse) -> Self {
        let mut room = Room::default();
        room.hear(heard, NOW);
        Self { room, desk: Desk::default(), me: me(post), words, colour: false, now: NOW }
    }

    fn cells(&self, width: u16, height: u16) -> Buffer {
        let zone = TimeZone::get("Europe/Stockholm").unwrap();
        let (area, words) = (Rect::new(0, 0, width, height), self.words);
        let mut buffer = Buffer::empty(area);
        let look = Look { room: &self.room, desk: &self.desk, me: &self.me, words, zone: &zone, now: self.now, colour: self.colour };
        draw(&look, area, &mut buffer);
        buffer
    }

    /// Presses a key on what is drawn in so many rows.
    fn presses(&mut self, key: char, rows: u16) -> usize {
        let (zone, area) = (TimeZone::UTC, Rect::new(0, 0, 80, rows));
        self.desk.settle(&self.room);
        let look =
            Look { room: &self.room, desk: &self.desk, me: &self.me, words: self.words, zone: &zone, now: self.now, colour: self.colour };
        let fold = draw(&look, area, &mut Buffer::empty(area));
        self.desk.fold = fold;
        let key = KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE);
        input::key(&self.room, &mut self.desk, &self.me, key, self.words, self.now).len()
    }

    fn text(&self, width: u16, height: u16) -> String {
        let cells = self.cells(width, height);
        let row = |y| (0..width).map(|x| cells[(x, y)].symbol()).collect::<String>().trim_end().to_owned();
        (0..height).map(|y| row(y) + "\n").collect()
    }
}

#[test]
fn the_leader_sees_the_urgent_first_and_the_merge_and_who_is_absent() {
    let mut seen = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::InProgress));
    insta::assert_snapshot!("leader_sv", seen.text(80, 24));
    seen.words = EN;
    seen.desk.chosen = Some(crate::tui::scene::name(4));
    seen.desk.pick(Pick::Reject(crate::tui::scene::name(4)));
    insta::assert_snapshot!("leader_rejects_en", seen.text(80, 24));
    seen.desk.modes = vec![Mode::Pick { what: Pick::Merge(crate::tui::scene::name(2)), number: Some(5), typing: true }];
    insta::assert_snapshot!("leader_merges_en", seen.text(80, 24));
}

#[test]
fn a_listener_sees_the_fate_of_her_own_questions_and_the_rest_as_counts() {
    let mut answered = questions(true);
    answered.retain(|question| question.own);
    answered.push(barnahus_proto::v1::Question {
        own: true,
        text: "Vem hämtar dig i skolan?".into(),
        offset: Some(prost_types::Duration { seconds: 2892, nanos: 0 }),
        ..question(7, Role::ChildWelfareOfficer, QuestionState::Answered)
    });
    let mut seen = Seen::by("welfare-kil-1", SV, &room(interview(InterviewState::Closing), answered));
    seen.desk.chosen = Some(crate::tui::scene::name(4));
    insta::assert_snapshot!("listener_sv", seen.text(80, 24));
    seen.words = EN;
    seen.desk.write(Text::Ask { urgent: true }, "Was somebody with you, and did he hit you when");
    insta::assert_snapshot!("listener_writes_en", seen.text(80, 24));
}

#[test]
fn the_interviewers_screen_is_quiet_outside_breaks_and_large_in_them() {
    let before = Seen::by("interviewer-1", SV, &room(interview(InterviewState::Confirmed), Vec::new()));
    insta::assert_snapshot!("interviewer_before_sv", before.text(80, 24));
    let wished = Interview { break_requested_at: ago(0), ..interview(InterviewState::InProgress) };
    let quiet = Seen::by("interviewer-1", SV, &room(wished, Vec::new()));
    insta::assert_snapshot!("interviewer_quiet_sv", quiet.text(80, 24));
    let mut lasting = Seen::by("interviewer-1", SV, &delivered(InterviewState::Break));
    insta::assert_snapshot!("interviewer_break_sv", lasting.text(80, 24));
    lasting.words = EN;
    insta::assert_snapshot!("interviewer_break_small_en", lasting.text(40, 12));
}

#[test]
fn what_lies_below_is_rolled_to_before_it_is_acknowledged_and_the_next_break_begins_above_l8() {
    let mut seen = Seen::by("interviewer-1", SV, &delivered(InterviewState::Break));
    assert_eq!(seen.presses(' ', 24), 1, "all of it is seen");
    let mut rolls = 0;
    while seen.presses(' ', 8) == 0 {
        rolls += 1;
        assert!(rolls < 10);
    }
    assert!(rolls > 1, "a page at a time");
    let end = seen.desk.rolled;
    seen.presses('j', 8);
    assert_eq!(seen.desk.rolled, end, "there is no more");
    let interview = seen.room.interview.as_mut().unwrap();
    interview.breaks.push(barnahus_proto::v1::Break { number: 2, called_at: ago(0), ..Default::default() });
    seen.desk.settle(&seen.room);
    assert_eq!(seen.desk.rolled, 0);
}

#[test]
fn after_the_end_each_fate_is_looked_at() {
    let mut seen = Seen::by("interviewer-1", SV, &delivered(InterviewState::Ended));
    seen.desk.checked.insert(crate::tui::scene::name(5));
    let correction = barnahus_proto::v1::FateCorrection {
        question: crate::tui::scene::name(2),
        fate: barnahus_proto::v1::Fate::Answered.into(),
        offset: Some(prost_types::Duration { seconds: 1812, nanos: 0 }),
        reason: 0,
    };
    seen.desk.corrections.insert(crate::tui::scene::name(2), correction);
    seen.desk.checked.insert(crate::tui::scene::name(2));
    seen.desk.chosen = Some(crate::tui::scene::name(1));
    insta::assert_snapshot!("interviewer_after_sv", seen.text(80, 24));
    seen.words = EN;
    seen.desk.pick(Pick::Fate(crate::tui::scene::name(1)));
    insta::assert_snapshot!("interviewer_corrects_en", seen.text(80, 24));
}

#[test]
fn the_closing_check_stands_whole_below_the_questions_and_signing_off_comes_first_l11() {
    let mut leader = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::Closing));
    insta::assert_snapshot!("closing_leader_sv", leader.text(80, 24));
    leader.words = EN;
    let many = (0..9).map(|number| barnahus_proto::v1::Observer {
        role: number + 4,
        checked_in_at: ago(60),
        post: format!("houses/v/posts/guest-{number}"),
        ..Default::default()
    });
    leader.room.interview.as_mut().unwrap().observers.extend(many);
    insta::assert_snapshot!("closing_many_en", leader.text(80, 24));
    let ended = Seen::by("welfare-kil-1", EN, &room(interview(InterviewState::Ended), questions(true)));
    insta::assert_snapshot!("ended_listener_en", ended.text(80, 24));
}

#[test]
fn the_ban_is_read_before_it_is_acknowledged_l1() {
    let absent = |observers: &mut Vec<barnahus_proto::v1::Observer>| observers.iter_mut().for_each(|seat| seat.checked_in_at = None);
    let mut seen = Seen::by("welfare-kil-1", SV, &room(interview(InterviewState::Confirmed), Vec::new()));
    absent(&mut seen.room.interview.as_mut().unwrap().observers);
    seen.desk.pick(Pick::CheckIn);
    insta::assert_snapshot!("listener_checks_in_sv", seen.text(80, 24));
    seen.words = EN;
    seen.room.interview.as_mut().unwrap().disclosure_ban_scope.clear();
    let text = seen.text(80, 24);
    assert!(text.contains("ask the leader before you acknowledge it"), "{text}");
}

#[test]
fn what_cannot_be_taken_back_is_asked_for_once_more() {
    let mut leader = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::Break));
    leader.desk.pick(Pick::Approve(crate::tui::scene::name(5)));
    insta::assert_snapshot!("leader_approves_in_the_break_sv", leader.text(80, 24));
    leader.desk.modes = vec![Mode::Pick { what: Pick::Rank(crate::tui::scene::name(5)), number: Some(3), typing: true }];
    insta::assert_snapshot!("leader_ranks_sv", leader.text(80, 24));
    let mut investigator = Seen::by("investigator-1", EN, &delivered(InterviewState::Closing));
    investigator.desk.pick(Pick::Fate(crate::tui::scene::name(5)));
    insta::assert_snapshot!("investigator_notes_a_fate_en", investigator.text(80, 24));
    let mut interviewer = Seen::by("interviewer-1", SV, &delivered(InterviewState::Break));
    interviewer.desk.pick(Pick::Resume);
    assert!(interviewer.text(80, 24).contains("inte kvitterat: fortsätt ändå?"));
    let mut after = Seen::by("interviewer-1", EN, &delivered(InterviewState::Ended));
    after.desk.pick(Pick::ConfirmFates);
    assert!(after.text(80, 24).contains("4 fates you have not looked at"));
}

#[test]
fn a_later_break_keeps_what_was_acknowledged_and_shows_what_was_left_over() {
    let mut seen = Seen::by("interviewer-1", SV, &delivered(InterviewState::Break));
    let interview = seen.room.interview.as_mut().unwrap();
    interview.breaks[0].batches[0].acknowledged_at = ago(0);
    insta::assert_snapshot!("interviewer_acknowledged_sv", seen.text(80, 24));
    let interview = seen.room.interview.as_mut().unwrap();
    let last = interview.breaks[0].batches[0].questions.pop().unwrap();
    let further = barnahus_proto::v1::Batch { number: 2, questions: vec![last], delivered_at: ago(0), acknowledged_at: None };
    interview.breaks[0].batches.push(further);
    insta::assert_snapshot!("interviewer_further_batch_sv", seen.text(80, 24));
    let interview = seen.room.interview.as_mut().unwrap();
    interview.breaks[0].batches[1].acknowledged_at = ago(0);
    interview.breaks[0].resumed_at = ago(0);
    interview.breaks.push(barnahus_proto::v1::Break { number: 2, called_at: ago(0), ..Default::default() });
    seen.words = EN;
    insta::assert_snapshot!("interviewer_later_break_en", seen.text(80, 24));
}

#[test]
fn a_decision_on_ones_own_question_stands_above_the_list_l6() {
    let mut seen = Seen::by("welfare-kil-1", SV, &room(interview(InterviewState::InProgress), questions(true)));
    let rejected = barnahus_proto::v1::Question {
        own: true,
        reject_reason: barnahus_proto::v1::RejectReason::Leading.into(),
        ..question(5, Role::ChildWelfareOfficer, QuestionState::Rejected)
    };
    seen.room.hear(&message(6, barnahus_proto::v1::watch_listening_room_response::Message::Question(rejected)), NOW);
    seen.desk.news = vec![crate::tui::scene::name(5)];
    insta::assert_snapshot!("listener_is_refused_sv", seen.text(80, 24));
}

#[test]
fn what_waits_for_the_house_is_named() {
    let mut seen = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::InProgress));
    seen.room.lose(NOW);
    let acts = [
        crate::tui::act::Act::Approve(crate::tui::scene::name(4)),
        crate::tui::act::Act::Ask { text: "Vem brukar hämta dig efter skolan?".into(), urgent: false },
    ];
    for act in acts {
        seen.desk.order(act, &seen.room, NOW, crate::clock::request_id());
    }
    insta::assert_snapshot!("leader_waits_sv", seen.text(80, 24));
    seen.words = EN;
    assert!(seen.text(80, 24).contains("not sent yet, 2: approve 4, ask ”Vem brukar hämta dig ef…”"));
}

#[test]
fn a_lost_connection_stands_above_and_the_typed_text_stays() {
    let mut seen = Seen::by("welfare-kil-1", SV, &snapshot(InterviewState::InProgress));
    seen.desk.modes.push(Mode::Text { what: Text::Ask { urgent: false }, edit: Edit::of("Vem bor i huset?") });
    seen.room.lose(NOW);
    insta::assert_snapshot!("lost_sv", seen.text(80, 24));
    seen.room.hear(&message(6, barnahus_proto::v1::watch_listening_room_response::Message::Heartbeat(Default::default())), NOW);
    let back = seen.text(80, 24);
    assert!(back.contains("förbindelsen är tillbaka") && back.contains("Vem bor i huset?"), "{back}");
    seen.room.hear(&snapshot(InterviewState::InProgress), NOW);
    assert!(seen.text(80, 24).contains("Vem bor i huset?"));
}

#[test]
fn what_was_done_goes_by_itself_and_what_was_refused_stays_until_it_is_read() {
    let mut seen = Seen::by("interviewer-1", SV, &room(interview(InterviewState::InProgress), Vec::new()));
    seen.desk.done = Some((NOW, "starta: antecknat".into()));
    seen.desk.told = vec!["paus: gick inte".into()];
    assert!(seen.text(80, 24).contains("antecknat"));
    let before = NOW.checked_sub(jiff::SignedDuration::from_secs(NEWS_SECONDS)).unwrap();
    seen.desk.done = seen.desk.done.map(|(_, done)| (before, done));
    let text = seen.text(80, 24);
    assert!(!text.contains("antecknat") && text.contains("gick inte"), "{text}");
}

#[test]
fn an_end_that_waits_is_shown_at_once() {
    let mut seen = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::InProgress));
    seen.room.lose(NOW);
    seen.desk.end = Some((NOW, EndReason::ChildTired));
    seen.desk.end_waits = true;
    seen.now = NOW.checked_add(jiff::SignedDuration::from_mins(9)).unwrap();
    let text = seen.text(80, 24);
    assert!(text.contains("36:30  10:26"), "the clock stands still: {text}");
    assert!(text.starts_with("VRM-2026-0142/1  AVSLUTAT 10:26") && text.contains("!! Slutet är sparat här"), "{text}");
    assert!(!seen.desk.unsent(), "it is in the profile");
    seen.desk.end_unkept = true;
    assert!(seen.text(80, 24).contains("!! Slutet är INTE sparat") && seen.desk.unsent(), "who leaves is asked");
}

#[test]
fn the_coordinator_sees_counts_and_people_and_no_question() {
    let seen = Seen::by("coordinator-1", EN, &room(interview(InterviewState::InProgress), Vec::new()));
    insta::assert_snapshot!("coordinator_en", seen.text(80, 24));
}

#[test]
fn the_help_tells_every_key_of_this_person_now() {
    let mut seen = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::InProgress));
    seen.desk.modes.push(Mode::Help);
    insta::assert_snapshot!("help_leader_sv", seen.text(80, 24));
    let text = seen.text(80, 24);
    for key in keys(&seen.room, &seen.desk, &seen.me) {
        assert!(text.contains(&SV.say(key.does.label())), "{:?}", key.does);
    }
}

#[test]
fn nothing_is_said_by_colour_alone_and_without_colour_there_is_none() {
    let mut seen = Seen::by("prosecutor-1", EN, &snapshot(InterviewState::InProgress));
    let plain = seen.cells(80, 24);
    assert!(plain.content.iter().all(|cell| cell.fg == Color::Reset && cell.bg == Color::Reset));
    let row = (0..24).find(|y| (0..80).map(|x| plain[(x, *y)].symbol()).collect::<String>().contains("!! URGENT 5")).unwrap();
    assert!(plain[(3, row)].modifier.contains(Modifier::REVERSED));
    let without = seen.text(80, 24);
    seen.colour = true;
    assert_eq!(seen.text(80, 24), without);
    assert!(seen.cells(80, 24).content.iter().any(|cell| cell.fg == Color::Red));
}

#[test]
fn no_size_makes_it_panic_and_the_head_is_always_there() {
    for post in ["prosecutor-1", "investigator-1", "interviewer-1", "welfare-kil-1", "coordinator-1"] {
        for heard in [snapshot(InterviewState::InProgress), delivered(InterviewState::Break), delivered(InterviewState::Ended)] {
            let mut seen = Seen::by(post, EN, &heard);
            let name = crate::tui::scene::name(2);
            let open: [Vec<Mode>; 5] = [
                Vec::new(),
                vec![Mode::Help],
                vec![Mode::Pick { what: Pick::Fate(name.clone()), number: Some(8), typing: false }],
                vec![Mode::Pick { what: Pick::Merge(name.clone()), number: None, typing: false }],
                vec![Mode::Text { what: Text::Reword(name.clone()), edit: Edit::of(&"Långa ord och korta\n".repeat(30)) }],
            ];
            for modes in open {
                seen.desk.modes = modes;
                for (width, height) in [(0, 0), (1, 1), (2, 7), (7, 2), (20, 5), (40, 12), (80, 24), (200, 60)] {
                    let text = seen.text(width, height);
                    assert!(height < 3 || width < 40 || text.starts_with("VRM-2026-0142/1"), "{text}");
                }
            }
        }
    }
    let small = Seen::by("prosecutor-1", SV, &snapshot(InterviewState::InProgress));
    insta::assert_snapshot!("leader_small_sv", small.text(40, 12));
}

#[test]
fn what_others_wrote_cannot_steer_the_terminal() {
    let mut evil = question(9, Role::Counsellor, QuestionState::Submitted);
    evil.text = "a\u{1b}[2J\u{202e}b\tc".into();
    let seen = Seen::by("prosecutor-1", EN, &room(interview(InterviewState::InProgress), vec![evil]));
    assert!(!seen.text(80, 24).contains(['\u{1b}', '\u{202e}', '\t']));
}
