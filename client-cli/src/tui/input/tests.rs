//! Which key does what, for whom and when.

use barnahus_proto::v1::{EndReason, InterviewState, Question, QuestionState, RejectReason, Role, watch_listening_room_response::Message};

use super::*;
use crate::{
    text::Lang,
    tui::scene::{NOW, delivered, interview, me, message, name, question, questions, room, snapshot},
};

const EN: Words = Words { lang: Lang::En };

/// Somebody who presses keys: characters, or `<Enter>`, `<C-x>` and the like.
struct Person {
    room: Room,
    desk: Desk,
    me: Me,
}

impl Person {
    fn at(post: &str, heard: &barnahus_proto::v1::WatchListeningRoomResponse) -> Self {
        let mut room = Room::default();
        room.hear(heard, NOW);
        Self { room, desk: Desk::default(), me: me(post) }
    }

    fn press(&mut self, typed: &str) -> Vec<Wish> {
        let mut wishes = Vec::new();
        for part in typed.split_inclusive(['<', '>']).collect::<Vec<_>>().concat().split('<') {
            let (named, plain) = part.split_once('>').map_or(("", part), |(named, plain)| (named, plain));
            let (code, modifiers) = match named {
                "" => (None, KeyModifiers::NONE),
                "Enter" => (Some(KeyCode::Enter), KeyModifiers::NONE),
                "M-Enter" => (Some(KeyCode::Enter), KeyModifiers::ALT),
                "Esc" => (Some(KeyCode::Esc), KeyModifiers::NONE),
                "Down" => (Some(KeyCode::Down), KeyModifiers::NONE),
                "C-x" => (Some(KeyCode::Char('x')), KeyModifiers::CONTROL),
                "C-c" => (Some(KeyCode::Char('c')), KeyModifiers::CONTROL),
                other => panic!("{other}"),
            };
            let keys = code.map(|code| KeyEvent::new(code, modifiers)).into_iter();
            for pressed in keys.chain(plain.chars().map(|c| KeyEvent::new(KeyCode::Char(c), KeyModifiers::NONE))) {
                wishes.extend(key(&self.room, &mut self.desk, &self.me, pressed, EN, NOW));
            }
        }
        wishes
    }

    fn does(&mut self, typed: &str, act: Act) {
        assert!(self.press(typed) == [Wish::Do(act)], "{typed}");
    }
}

#[test]
fn the_leader_decides_with_one_key_or_a_key_and_its_reason() {
    let mut leader = Person::at("prosecutor-1", &snapshot(InterviewState::InProgress));
    leader.does("a", Act::Approve(name(5)));
    leader.does("x", Act::ActedOn(name(5)));
    leader.does("d", Act::Defer(name(5)));
    leader.does("3<Enter>", Act::Rank { question: name(5), rank: 3 });
    leader.does("0<Enter>", Act::Rank { question: name(5), rank: 0 });
    leader.does("r<Enter>", Act::Reject { question: name(5), reason: RejectReason::Leading });
    leader.does("r<Down><Down><Enter>", Act::Reject { question: name(5), reason: RejectReason::Duplicate });
    leader.does("uno child there<Enter>", Act::Unmark { question: name(5), reason: "no child there".into() });
    leader.does("b", Act::AskBreak);
    leader.does("N", Act::AllowNotes(true));
    leader.does("c", Act::Closing);
    leader.does("<Down>m5<Enter>", Act::Merge { question: name(2), into: name(5) });
    leader.does("w<M-Enter>Var?<Enter>", Act::Reword { question: name(2), text: "Vad använde han när han slog?\nVar?".into() });
    assert!(leader.press("n").is_empty());
    leader.room.interview.as_mut().unwrap().notes_allowed = true;
    leader.does("n", Act::Note(name(2)));
    leader.does("N", Act::AllowNotes(false));
}

#[test]
fn the_end_is_never_more_than_two_keys_away_and_loses_no_text() {
    for post in ["prosecutor-1", "interviewer-1", "coordinator-1"] {
        let mut person = Person::at(post, &snapshot(InterviewState::InProgress));
        assert!(person.press("E<Enter>") == [Wish::End(EndReason::AsPlanned)], "{post}");
    }
    let mut leader = Person::at("prosecutor-1", &snapshot(InterviewState::InProgress));
    assert!(leader.press("qVar var").is_empty());
    assert!(leader.press("<C-x>2<Enter>") == [Wish::End(EndReason::ChildTired)]);
    leader.does(" du?<Enter>", Act::Ask { text: "Var var du?".into(), urgent: false });
    let mut investigator = Person::at("investigator-1", &snapshot(InterviewState::InProgress));
    assert!(investigator.press("E<Enter><C-x>").is_empty());
    assert_eq!(investigator.desk.told, [EN.say("say-no-end")]);
}

#[test]
fn a_listener_asks_revises_withdraws_and_objects_only_to_what_is_her_own() {
    let mut listener = Person::at("welfare-kil-1", &room(interview(InterviewState::InProgress), questions(true)));
    listener.does("Qvem?<Enter>", Act::Ask { text: "vem?".into(), urgent: true });
    listener.does("v nu<Enter>", Act::Revise { question: name(5), text: "Finns det syskon som är ensamma med honom i kväll? nu".into() });
    listener.does("z<Enter>", Act::Withdraw(name(5)));
    assert!(listener.press("a").is_empty() && listener.press("<Down>o").is_empty());
    assert!(listener.press("s").is_empty(), "nobody signs off before the closing check");
    listener.room.hear(&room(interview(InterviewState::Closing), questions(true)), NOW);
    listener.does("s", Act::SignOff);
    listener.does("O<Enter>", Act::CheckOut);
    assert!(listener.press("q<Enter>").is_empty());
}

#[test]
fn the_interviewer_acknowledges_goes_on_and_confirms_all_fates_at_once() {
    let mut interviewer = Person::at("interviewer-1", &delivered(InterviewState::Break));
    interviewer.does(" ", Act::Acknowledge { break_number: 1, batch_number: 1 });
    assert!(interviewer.press("g").is_empty(), "the batch is not acknowledged: one word first");
    interviewer.does("<Enter>", Act::Resume);
    let unlooked = Person::at("interviewer-1", &delivered(InterviewState::Ended)).press("y<Enter>");
    assert!(unlooked.is_empty(), "three were not looked at: asked once more");
    let mut after = Person::at("interviewer-1", &delivered(InterviewState::Ended));
    assert!(after.press("yf<Enter>y").is_empty());
    let corrected = after.desk.corrections.values().cloned().collect::<Vec<_>>();
    assert_eq!((corrected.len(), after.desk.checked.len()), (1, 3));
    assert_eq!((corrected[0].question.as_str(), corrected[0].offset.unwrap().seconds), (name(2).as_str(), 1812));
    // What was not asked has no offset yet: it is asked for.
    assert!(after.press("f<Enter>48<Enter>").is_empty());
    assert_eq!(after.desk.unlooked(&after.room), 0);
    let wishes = after.press("<Enter>");
    assert!(matches!(wishes.as_slice(), [Wish::Do(Act::ConfirmFates(corrections))] if corrections.len() == 2));
}

#[test]
fn who_leaves_with_something_unsent_is_asked_once() {
    let mut listener = Person::at("welfare-kil-1", &snapshot(InterviewState::InProgress));
    assert!(listener.press("qVar<Esc><C-c>").is_empty());
    assert!(listener.press("<C-c>") == [Wish::Leave]);
    assert!(Person::at("welfare-kil-1", &snapshot(InterviewState::InProgress)).press("<C-c>") == [Wish::Leave]);
}

#[test]
fn a_digit_only_chooses_and_enter_does_it() {
    let late = |number| Question { role_rank: 5, ..question(number, Role::Counsellor, QuestionState::Submitted) };
    let heard = room(interview(InterviewState::InProgress), questions(false).into_iter().chain((10..13).map(late)).collect());
    let mut leader = Person::at("prosecutor-1", &heard);
    assert!(leader.press("<Down>m12").is_empty());
    leader.does("<Enter>", Act::Merge { question: name(2), into: name(12) });
    leader.does("m1<Esc>m5<Enter>", Act::Merge { question: name(2), into: name(5) });
    assert!(leader.press("m9<Enter>").is_empty(), "no such question: nothing is chosen");
    assert_eq!(leader.desk.told, [EN.tell("say-pick-none", &[("number", &9)])]);
    leader.does("11<Enter>", Act::Merge { question: name(2), into: name(11) });
    leader.does("r3<Enter>", Act::Reject { question: name(2), reason: RejectReason::Duplicate });
    // What comes in above while the list is open does not take the place of what is chosen.
    assert!(leader.press("m").is_empty());
    let urgent = Question { urgent_protection: true, role_rank: 1, ..question(20, Role::Counsellor, QuestionState::Submitted) };
    leader.room.hear(&message(9, Message::Question(urgent)), NOW);
    leader.does("<Enter>", Act::Merge { question: name(2), into: name(5) });
}

#[test]
fn who_decides_anew_or_in_a_break_is_asked_first() {
    let mut leader = Person::at("prosecutor-1", &snapshot(InterviewState::InProgress));
    leader.desk.chosen = Some(name(4));
    assert!(leader.press("a").is_empty(), "it was rejected");
    leader.does("<Enter>", Act::Approve(name(4)));
    let mut paused = Person::at("prosecutor-1", &snapshot(InterviewState::Break));
    assert!(paused.press("a<Esc>").is_empty(), "it would be delivered at once");
    paused.does("a<Enter>", Act::Approve(name(5)));
}

#[test]
fn the_key_that_the_news_names_objects_to_what_was_rejected_and_any_key_takes_the_news_away() {
    let mut listener = Person::at("welfare-kil-1", &room(interview(InterviewState::InProgress), questions(true)));
    let rejected = Question { own: true, ..question(5, Role::ChildWelfareOfficer, QuestionState::Rejected) };
    listener.room.hear(&message(9, Message::Question(rejected)), NOW);
    listener.desk.news = vec![name(5)];
    listener.desk.chosen = Some(name(4));
    listener.does("oDet gäller syskonen<Enter>", Act::Object { question: name(5), text: "Det gäller syskonen".into() });
    assert!(listener.desk.news.is_empty());
}

#[test]
fn after_an_end_that_is_kept_here_nothing_is_decided_any_more() {
    let mut leader = Person::at("prosecutor-1", &snapshot(InterviewState::InProgress));
    leader.desk.end = Some((NOW, EndReason::ChildTired));
    assert!(leader.press("arE<Enter>").is_empty() && leader.desk.modes.is_empty());
}

#[test]
fn a_key_in_a_break_chooses_nothing_for_the_confirmation_of_the_fates() {
    let mut interviewer = Person::at("interviewer-1", &delivered(InterviewState::Break));
    interviewer.press(" <Down>");
    assert_eq!(interviewer.desk.chosen, None, "no list to choose from is shown");
    interviewer.room.hear(&delivered(InterviewState::Ended), NOW);
    interviewer.press("<Down>");
    assert_eq!(interviewer.desk.chosen, Some(interviewer.room.delivered()[1].name.clone()));
}

#[test]
fn the_leader_lets_in_who_was_called_and_who_comes_after_the_freeze_l1() {
    let called = |post: &str, role: Role| barnahus_proto::v1::Invitation {
        post: format!("houses/v/posts/{post}"),
        person: format!("houses/v/persons/p-{post}"),
        role: role.into(),
        ..Default::default()
    };
    let mut of_the_day = interview(InterviewState::InProgress);
    of_the_day.invitations = vec![
        called("welfare-kil-1", Role::ChildWelfareOfficer),
        called("interpreter-1", Role::Interpreter),
        called("defence-1", Role::DefenceCounsel),
    ];
    of_the_day.observers[4].checked_in_at = None;
    let admit = |post: &str| Act::Admit(format!("houses/v/persons/p-{post}"));
    let mut leader = Person::at("prosecutor-1", &room(of_the_day.clone(), Vec::new()));
    leader.does("A<Enter>", admit("welfare-kil-1"));
    leader.does("A2<Enter>", admit("paediatrician-1"));
    leader.does("A3<Enter>", admit("defence-1"));
    assert!(leader.press("A4<Enter>").is_empty(), "an interpreter does not listen");
    of_the_day.roster_frozen_at = None;
    let mut before = Person::at("prosecutor-1", &room(of_the_day, Vec::new()));
    before.does("A2<Enter>", admit("defence-1"));
    assert!(before.press("A3<Enter>").is_empty(), "before the freeze whoever has a seat comes in by themselves");
}

#[test]
fn what_was_urgent_can_be_acted_on_after_the_end_too_once_l7() {
    let urgent = |acted_on_at| Question { urgent_protection: true, acted_on_at, ..question(5, Role::Counsellor, QuestionState::NotAsked) };
    let mut leader = Person::at("prosecutor-1", &room(interview(InterviewState::Ended), vec![urgent(None)]));
    leader.does("x", Act::ActedOn(name(5)));
    leader.room.hear(&message(9, Message::Question(urgent(interview(InterviewState::Ended).ended_at))), NOW);
    assert!(leader.press("x").is_empty());
}

#[test]
fn where_nothing_runs_ctrl_x_says_so() {
    for state in [InterviewState::Confirmed, InterviewState::Ended] {
        let mut leader = Person::at("prosecutor-1", &snapshot(state));
        assert!(leader.press("<C-x>").is_empty());
        assert_eq!(leader.desk.told, [EN.say("say-nothing-to-end")]);
    }
}
