//! Moves a sitting: the terminal's keys, the stream, acts on their way to the house and the clock, each without waiting for the others.
//!
//! INVARIANT: the terminal is given back on every way out: the person's, the house's, a signal's, a panic's. An act whose outcome is not
//! known is repeated under its request id until the house has answered, the ends first and on a connection of their own.

use std::{io, time::Duration};

use barnahus_proto::v1::GetSelfRequest;
use crossterm::{
    event::{DisableBracketedPaste, EnableBracketedPaste, Event, EventStream, KeyEventKind},
    execute,
};
use jiff::tz::TimeZone;
use ratatui::DefaultTerminal;
use tokio::{
    signal::unix::{SignalKind, signal},
    sync::{
        mpsc::{UnboundedReceiver, UnboundedSender, unbounded_channel},
        watch,
    },
};
use tokio_stream::StreamExt as _;

use super::{
    act::{self, Order},
    desk::Fold,
    input, plain,
    sitting::{Heard, Sitting},
    state::Me,
    view::{self, Look},
};
use crate::{
    clock,
    environment::Environment,
    errors::{Asked, Exit, Failure},
    follow::{Acknowledge, Follow, Texts},
    kept::{self, Attempt, KeptEnd},
    output::{Screen, note},
    profile::Profile,
    rpc::WATCH,
    session::Session,
    times,
};

const FIRST_WAIT: Duration = Duration::from_millis(500);
const LONGEST_WAIT: Duration = Duration::from_secs(5);

/// Sits in the room until the person leaves, or the house ends it.
pub(crate) async fn listen(session: Session, name: String, plain: bool, environment: &Environment) -> Result<(), Failure> {
    if !plain && !environment.terminal {
        return Err(Failure::new(Exit::Usage, "fail-no-terminal"));
    }
    let mut session = session.quiet();
    let me = me(&mut session).await?;
    let line = session.line(&Asked { rpc: WATCH, ..Asked::default() }).await?;
    let (hear, mut heard) = unbounded_channel();
    let (orders, ordered) = unbounded_channel();
    let (ends, ended) = unbounded_channel();
    let (profile, screen) = (session.profile.clone(), Screen { terminal: false, ..session.screen.clone() });
    let mut sitting = Sitting {
        room: super::state::Room::default(),
        desk: super::desk::Desk::default(),
        me,
        profile: profile.clone(),
        screen: screen.clone(),
        left: false,
        name: name.clone(),
        orders,
        ends,
        asked_part: false,
        told_unstarted: false,
        texts: Texts::default(),
        asked_scope: None,
    };
    let (mut acknowledge, shown) = Acknowledge::new(line.clone(), name.clone());
    let mut follow = Follow::new(line, name.clone(), String::new());
    let tell = hear.clone();
    let mut on_news = move |news| {
        // Nobody hears it only when the sitting is over.
        let _ = tell.send(Heard::News(news));
        Ok(())
    };
    let outcome = tokio::select! {
        over = sit(&mut sitting, &mut heard, plain, environment.colour, &shown) => over,
        () = acknowledge.run() => Ok(()),
        failure = follow.run(&mut on_news) => Err(failure),
        () = post(&mut session, &name, ordered, &hear) => Ok(()),
        () = send_ends(&profile, &screen, ended, &hear) => Ok(()),
    };
    acknowledge.finish().await;
    let left = sitting.left;
    match outcome {
        Err(failure) if left && failure.exit != Exit::Other => note(&sitting.screen.words.say("say-left")),
        outcome => outcome?,
    }
    session.finish()
}

async fn me(session: &mut Session) -> Result<Me, Failure> {
    let now = clock::now();
    let person = session.call(GetSelfRequest {}).await?.person.unwrap_or_default();
    let holds = |mandate: &&barnahus_proto::v1::Mandate| mandate.until.and_then(times::instant).is_none_or(|until| until > now);
    let posts = person.mandates.iter().filter(holds).map(|mandate| mandate.post.clone()).collect();
    Ok(Me { person: person.name, posts, part: None })
}

/// Sends orders one after the other, each until its outcome is known.
async fn post(session: &mut Session, name: &str, mut orders: UnboundedReceiver<Order>, hear: &UnboundedSender<Heard>) {
    while let Some(order) = orders.recv().await {
        let mut wait = FIRST_WAIT;
        let answered = loop {
            match act::send(session, name, &order).await {
                Err(failure) if failure.exit == Exit::TryAgain => {
                    let _ = hear.send(Heard::PutOff);
                    tokio::time::sleep(wait).await;
                    wait = (wait * 2).min(LONGEST_WAIT);
                }
                answered => break answered,
            }
        };
        let _ = hear.send(Heard::Answered(Box::new(order), Box::new(answered), !session.unproven()));
    }
}

/// Sends ends as soon as they are pressed, and again until the house has each.
async fn send_ends(profile: &Profile, screen: &Screen, mut ends: UnboundedReceiver<Option<KeptEnd>>, hear: &UnboundedSender<Heard>) {
    let mut unkept: Vec<KeptEnd> = Vec::new();
    loop {
        let attempts = kept::send(profile, screen, &unkept).await;
        unkept.retain(|end| attempts.iter().any(|attempt| attempt.end == *end && attempt.stays()));
        let waits = attempts.iter().any(Attempt::stays);
        if !attempts.is_empty() {
            let _ = hear.send(Heard::Ended(attempts));
        }
        let pressed = if waits { tokio::time::timeout(LONGEST_WAIT, ends.recv()).await } else { Ok(ends.recv().await) };
        match pressed {
            Ok(None) => return,
            Ok(Some(end)) => unkept.extend(end),
            Err(_) => (),
        }
    }
}

async fn sit(
    sitting: &mut Sitting,
    heard: &mut UnboundedReceiver<Heard>,
    plain: bool,
    colour: bool,
    shown: &watch::Sender<String>,
) -> Result<(), Failure> {
    let mut stopped = signal(SignalKind::terminate()).map_err(Failure::output)?;
    let mut hung_up = signal(SignalKind::hangup()).map_err(Failure::output)?;
    tokio::select! {
        over = async { if plain { plain::lines(sitting, heard, shown).await } else { on_screen(sitting, heard, colour, shown).await } } => over,
        _ = stopped.recv() => Ok(()),
        _ = hung_up.recv() => Ok(()),
    }
}

/// The terminal, as long as it is ours. A panic gives it back too: that is `try_init`'s hook.
struct Ours(DefaultTerminal);

impl Ours {
    fn take() -> io::Result<Self> {
        let terminal = ratatui::try_init()?;
        let ours = Self(terminal);
        execute!(io::stdout(), EnableBracketedPaste)?;
        Ok(ours)
    }
}

impl Drop for Ours {
    fn drop(&mut self) {
        // There is nothing to be done about a terminal that is gone.
        let _ = execute!(io::stdout(), DisableBracketedPaste);
        let _ = ratatui::try_restore();
    }
}

async fn on_screen(
    sitting: &mut Sitting,
    heard: &mut UnboundedReceiver<Heard>,
    colour: bool,
    shown: &watch::Sender<String>,
) -> Result<(), Failure> {
    let mut terminal = Ours::take().map_err(Failure::output)?;
    let mut events = EventStream::new();
    let mut tick = tokio::time::interval(Duration::from_secs(1));
    let mut drawn = None;
    let zone: TimeZone = sitting.screen.zone.clone();
    loop {
        sitting.desk.settle(&sitting.room);
        let Sitting { room, desk, me, screen, .. } = &*sitting;
        let look = Look { room, desk, me, words: screen.words, zone: &zone, now: clock::now(), colour };
        let mut fold = Fold::default();
        terminal.0.draw(|frame| fold = view::draw(&look, frame.area(), frame.buffer_mut())).map_err(Failure::output)?;
        sitting.desk.fold = fold;
        if let Some(token) = drawn.take() {
            shown.send_replace(token);
        }
        tokio::select! {
            event = events.next() => match event {
                Some(Ok(Event::Key(key))) if key.kind != KeyEventKind::Release => {
                    let wishes = input::key(&sitting.room, &mut sitting.desk, &sitting.me, key, sitting.screen.words, clock::now());
                    if wishes.into_iter().any(|wish| sitting.wish(wish)) {
                        return Ok(());
                    }
                }
                Some(Ok(Event::Paste(text))) => input::paste(&mut sitting.desk, &text),
                Some(Ok(_)) => (),
                Some(Err(error)) => return Err(Failure::output(error)),
                None => return Ok(()),
            },
            Some(heard) = heard.recv() => {
                drawn = sitting.acknowledges(&heard).or(drawn);
                sitting.hear(heard);
            }
            _ = tick.tick() => (),
        }
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{CallBreakRequest, CallBreakResponse, ErrorReason};
    use prost::Message as _;
    use tonic::Code;

    use super::*;
    use crate::{
        door::{Canned, Fault, World, refusal},
        tui::{act::Act, desk::Desk, scene::NOW, state::Room},
    };

    #[tokio::test]
    async fn an_act_that_was_cut_off_is_repeated_as_it_was_and_a_refusal_is_handed_on() {
        let world = World::new();
        let put_off = || Canned::Refuse(refusal(Code::Unavailable, ErrorReason::Unavailable, None));
        let done = Canned::Say(vec![CallBreakResponse::default().encode_to_vec()]);
        let no = Canned::Refuse(refusal(Code::FailedPrecondition, ErrorReason::WrongState, None));
        let (port, door) = world.open(vec![put_off(), put_off(), done, no]).await;
        let mut session = world.session(&Fault::None, port, "listen").quiet();
        let (orders, ordered) = unbounded_channel();
        let (hear, mut heard) = unbounded_channel();
        let mut room = Room::default();
        room.lose(NOW);
        let mut desk = Desk::default();
        for _ in 0..2 {
            orders.send(desk.order(Act::CallBreak, &room, NOW, clock::request_id())).unwrap();
        }
        drop(orders);
        tokio::select! {
            () = post(&mut session, "houses/v/cases/A/interviews/1", ordered, &hear) => (),
            () = door => unreachable!("it stays open"),
        }
        let asked: Vec<_> = world.asked().iter().map(|asked| CallBreakRequest::decode(asked.as_slice()).unwrap()).collect();
        let (last, first) = asked.split_last().unwrap();
        assert!(first.len() == 3 && first.iter().all(|again| *again == first[0]) && last.request_id != first[0].request_id, "{asked:?}");
        assert_eq!(first[0].happened_at, Some(times::proto(NOW)), "it says when it happened");
        drop(hear);
        let mut outcomes = Vec::new();
        while let Some(heard) = heard.recv().await {
            if let Heard::Answered(_, answered, _) = heard {
                outcomes.push(answered.is_ok());
            }
        }
        assert_eq!(outcomes, [true, false]);
    }
}
