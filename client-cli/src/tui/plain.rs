//! The same as lines, for screen readers and scripts: each change is one printed line, commands are read as lines, in either language.
//!
//! No cursor is moved and nothing is printed twice. `command` reads a line; doing it goes the way of the keys. It can all that the
//! screens can. When standard input ends it goes on showing; `quit` leaves once everything that was typed has been answered.

use std::io::BufRead as _;

use barnahus_proto::v1::Interview;
use tokio::sync::{
    mpsc::{UnboundedReceiver, unbounded_channel},
    watch,
};

use self::{
    command::{Command, read},
    verbs::{Show, help},
};
use super::{
    ban::ban_told,
    closing::check,
    keys::{Does, all, why_no_end},
    sitting::{Heard, Sitting},
    state::{Chair, Me, Room},
};
use crate::{
    clock,
    errors::Failure,
    follow::News,
    names::{last, short},
    output::{Live, Page, Shown as _, clean, reason, stands, tell_the_child},
    rpc::WATCH,
    times,
};

mod command;
mod verbs;

/// Reads and shows until `quit` or Ctrl-C.
pub(super) async fn lines(
    sitting: &mut Sitting,
    heard: &mut UnboundedReceiver<Heard>,
    shown: &watch::Sender<String>,
) -> Result<(), Failure> {
    let (typed, mut lines) = unbounded_channel();
    std::thread::spawn(move || {
        for line in std::io::stdin().lock().lines().map_while(Result::ok) {
            if typed.send(line).is_err() {
                return;
            }
        }
    });
    sitting.screen.print(&sitting.screen.words.say("say-plain-start"))?;
    let (mut live, mut reading, mut leaving) = (Live::default(), true, false);
    loop {
        let answered = sitting.desk.waiting.is_empty() && !sitting.desk.end_waits;
        if leaving && (answered || (sitting.desk.put_off && !sitting.desk.holds_end())) {
            return Ok(());
        }
        let known = sitting.room.interview.is_some() && !sitting.desk.waiting.iter().any(|order| order.act == super::act::Act::AskPart);
        tokio::select! {
            Some(news) = heard.recv() => {
                told(sitting, &mut live, &news)?;
                if let Some(token) = sitting.acknowledges(&news) {
                    shown.send_replace(token);
                }
                sitting.hear(news);
                say(sitting)?;
            }
            line = lines.recv(), if reading && known && !leaving => match line {
                Some(line) => leaving = obey(sitting, &line)?,
                None => reading = false,
            },
            _ = tokio::signal::ctrl_c() => return Ok(()),
        }
    }
}

/// Prints what the stream says.
fn told(sitting: &Sitting, live: &mut Live, heard: &Heard) -> Result<(), Failure> {
    let screen = &sitting.screen;
    match heard {
        Heard::News(News::Message(message)) => screen.message(WATCH, message.as_ref(), live.lines(message, screen, clock::now())),
        Heard::News(News::Lost) => {
            let time = times::time_of_day(clock::now(), &screen.zone);
            screen.print(&screen.words.tell("say-watch-lost", &[("time", &time)]))
        }
        Heard::News(News::Back) => screen.print(&screen.words.say("say-watch-back")),
        Heard::PutOff if !sitting.desk.put_off => sitting.desk.put_off(screen.words).map_or(Ok(()), |waits| screen.print(&clean(&waits))),
        _ => Ok(()),
    }
}

/// Prints what was told at the desk, once.
fn say(sitting: &mut Sitting) -> Result<(), Failure> {
    let words = sitting.screen.words;
    let done = sitting.desk.done.take().map(|(_, done)| done);
    for line in done.into_iter().chain(std::mem::take(&mut sitting.desk.told)) {
        sitting.screen.print(&clean(&line))?;
    }
    for hint in std::mem::take(&mut sitting.desk.hints) {
        let hint = barnahus_proto::v1::Hint::try_from(hint).unwrap_or_default();
        sitting.screen.print(&words.tell("say-hint", &[("hint", &words.code(hint.as_str_name()))]))?;
    }
    // Lines have no dialogs: what was refused is typed again, with the reason in sight.
    sitting.desk.modes.clear();
    // A decision was printed as the change that it is.
    sitting.desk.news.clear();
    Ok(())
}

/// Does what a line says; true to leave.
fn obey(sitting: &mut Sitting, line: &str) -> Result<bool, Failure> {
    let words = sitting.screen.words;
    match read(line, &sitting.room, clock::now()) {
        Ok(Command::Nothing) => (),
        Ok(Command::Quit) => return Ok(true),
        Ok(Command::Show(show)) => shown(sitting, show)?,
        Ok(Command::Wishes(wishes)) => {
            let ends = wishes.iter().any(|wish| matches!(wish, super::input::Wish::End(_)));
            // As at the keys: nobody is told of an end that is none.
            if ends && sitting.room.interview.is_some() && !all(&sitting.room, &sitting.desk, &sitting.me).contains(&Does::End) {
                sitting.screen.print(&words.say(why_no_end(sitting.room.chair(&sitting.me))))?;
                return Ok(false);
            }
            for wish in wishes {
                sitting.wish(wish);
            }
            if let Some((at, _)) = sitting.desk.end.filter(|_| ends) {
                let time = times::time_of_day(at, &sitting.screen.zone);
                sitting.screen.print(&words.tell("say-screen-ended", &[("time", &time)]))?;
            }
        }
        Err(malformed) => sitting.screen.print(&clean(&malformed.tell(words)))?,
    }
    say(sitting)?;
    Ok(false)
}

fn shown(sitting: &Sitting, show: Show) -> Result<(), Failure> {
    let (screen, room) = (&sitting.screen, &sitting.room);
    let mut page = Page::new(screen.words, &screen.zone, false);
    match show {
        Show::List => {
            let with = |key, text: &str| if text.is_empty() { String::new() } else { format!("{}: {text}", screen.words.say(key)) };
            for question in room.listed(&sitting.me) {
                let mut parts = vec![
                    format!("{}{}", page.urgent(question.urgent_protection), last(&question.name)),
                    screen.words.code(question.role().as_str_name()),
                    stands(question, &page),
                    reason(question, &page),
                    with("say-screen-unmarked", &question.urgency_unmarked_reason),
                    with("label-objection", &question.objection),
                    question.text.split_whitespace().collect::<Vec<_>>().join(" "),
                ];
                parts.retain(|part| !part.is_empty());
                page.line(&parts.join("; "));
            }
            if room.listed(&sitting.me).is_empty() {
                page.line(&screen.words.say("say-nothing-here"));
            }
        }
        Show::Who => {
            for seat in room.interview.iter().flat_map(super::state::listeners) {
                let place = if super::state::present(seat) { "say-plain-present" } else { "say-plain-absent" };
                let signed =
                    if seat.signed_off_at.is_some() { format!("; {}", screen.words.say("label-signed-off")) } else { String::new() };
                let role = screen.words.code(seat.role().as_str_name());
                page.line(&format!("{role} {}: {}{signed}", short(&seat.post), screen.words.say(place)));
            }
            closing_lines(sitting, &mut page);
        }
        Show::Status => {
            room.interview.clone().map(|interview| own_lines(room, &sitting.me, interview)).show(&mut page);
            let told = room.interview.iter().filter(|interview| room.runs() && interview.child_to_be_told);
            told.for_each(|interview| page.line(&tell_the_child(interview, screen.words)));
            ban_told(room, screen.words, &screen.zone).iter().for_each(|line| page.line(&clean(line)));
            closing_lines(sitting, &mut page);
        }
        Show::Ban => {
            let told = ban_told(room, screen.words, &screen.zone);
            if told.is_empty() {
                page.line(&screen.words.say("say-nothing-here"));
            } else {
                told.iter().for_each(|line| page.line(&clean(line)));
                page.line(&screen.words.say("say-plain-acknowledge-ban"));
            }
        }
        Show::Help => help(&mut page, room, &sitting.desk, &sitting.me),
    }
    screen.print(&page.text())
}

/// The closing check (L11), what is missing first.
fn closing_lines(sitting: &Sitting, page: &mut Page<'_>) {
    let told = check(&sitting.room, &sitting.me).map(|check| check.told(sitting.screen.words));
    told.iter().flatten().for_each(|(key, roles)| page.line(&format!("{key}: {roles}")));
}

/// The interview as it is shown to this person: a listener's deliveries name her own questions alone.
fn own_lines(room: &Room, me: &Me, mut interview: Interview) -> Interview {
    if room.chair(me) == Chair::Listener {
        let batches = interview.breaks.iter_mut().flat_map(|lasting| &mut lasting.batches);
        batches.chain(&mut interview.notes).for_each(|batch| batch.questions.retain(|name| room.question(name).is_some()));
    }
    interview
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{InterviewState, RoomSnapshot, WatchListeningRoomResponse, watch_listening_room_response::Message as Heard};

    use super::*;
    use crate::tui::scene::{NOW, delivered, me, message, name};

    #[test]
    fn the_interview_names_to_a_listener_no_question_of_anothers() {
        let WatchListeningRoomResponse { message: Some(Heard::Snapshot(all)), .. } = delivered(InterviewState::Break) else { panic!() };
        let own = all.questions.iter().filter(|question| question.name == name(3)).cloned().collect();
        let mut room = Room::default();
        room.hear(&message(5, Heard::Snapshot(RoomSnapshot { questions: own, ..all })), NOW);
        let named = |post| own_lines(&room, &me(post), room.interview.clone().unwrap()).breaks[0].batches[0].questions.clone();
        assert_eq!(named("welfare-kil-1"), [name(3)]);
        assert_eq!(named("prosecutor-1").len(), 4);
    }
}
