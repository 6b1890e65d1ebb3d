//! Watchers: who watches which listening room, and what the newest group shows each of them.
//!
//! INVARIANT: a text goes to a watcher only if the record of the same group names that watcher and that text.
//! INVARIANT: rights are judged anew for every group that touches the room, and for all watchers when the directory changes.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use barnahus_domain::{
    Actor, Alias, AuthorityId, Event, House, PersonId, Target, Time,
    directory::Fingerprint,
    interview::{Interview, Stage},
    question::{self, State},
    room,
    view::{Basis, Viewer},
};
use barnahus_policy::{Permission, Permit, PolicySet};
use barnahus_proto::v1;
use tokio::sync::mpsc;

use super::act::{Draft, Failure, Fresh};
use crate::api::watch;

/// Streams of one certificate on one room.
const STREAMS_MAX: usize = 4;
const WATCH: Option<Permission> = Permission::new("room.watch");

/// Messages of one group for one watcher.
pub struct Push {
    /// The log index up to which this shows everything.
    pub index: u64,
    /// In the order in which to send them.
    pub messages: Vec<Draft<v1::WatchListeningRoomResponse>>,
    /// Texts sealed in the same group.
    pub fresh: Fresh,
}

/// A stream that begins.
pub struct Subscription {
    /// Where to send; boxed, for a channel holds room for many messages. A watcher that does not read is cut off when it is full; the others do not wait.
    pub sender: mpsc::Sender<Box<Result<Push, Failure>>>,
}

struct Watcher {
    /// Tells it from all others, since the house is served.
    id: u64,
    session: Fingerprint,
    sender: mpsc::Sender<Box<Result<Push, Failure>>>,
}

/// A room by case and number.
type Room = (Alias, u32);

/// Who watches what.
#[derive(Default)]
pub(super) struct Live {
    rooms: HashMap<Room, Vec<Watcher>>,
    begun: u64,
    /// Who was found to watch here, as long as their interview has not ended.
    seen: HashMap<Room, BTreeSet<PersonId>>,
}

/// What a group will send once it is durable.
#[derive(Default)]
pub(super) struct Outgoing {
    pushes: Vec<(Room, u64, Vec<Draft<v1::WatchListeningRoomResponse>>)>,
    ended: Vec<(Room, u64)>,
    /// What goes to whom, by room and authority; empty if nothing does.
    pub(super) showings: Vec<Disclosed>,
}

/// What a group shows of one room to the watchers of one authority, whose auditor reviews it (U6).
pub(super) struct Disclosed {
    pub(super) target: Target,
    pub(super) authority: AuthorityId,
    /// To whom, and which texts.
    pub(super) showings: Vec<v1::Showing>,
    /// What kinds of data.
    pub(super) categories: BTreeSet<&'static str>,
    /// The policies that let them.
    pub(super) policies: Vec<String>,
}

/// The same in the making.
#[derive(Default)]
struct Showings {
    texts: BTreeMap<String, BTreeSet<u64>>,
    categories: BTreeSet<&'static str>,
    policies: BTreeSet<String>,
}

impl Showings {
    fn of(self, room: &Room, authority: AuthorityId) -> Disclosed {
        let showing = |(person, texts): (String, BTreeSet<u64>)| v1::Showing { person, texts: texts.into_iter().collect() };
        let target = Target::Interview(room.0.clone(), room.1);
        let showings = self.texts.into_iter().map(showing).collect();
        Disclosed { target, authority, showings, categories: self.categories, policies: self.policies.into_iter().collect() }
    }
}

/// What a group changed in one room.
#[derive(Default)]
struct Touched {
    interview: bool,
    /// True if only what the closing check says of it changed.
    check: bool,
    counts: bool,
    /// True if more happened to its questions than that some were submitted.
    decided: bool,
    questions: BTreeSet<u32>,
}

impl Live {
    pub(super) fn subscribe(&mut self, room: Room, session: Fingerprint, subscription: Subscription) {
        let watchers = self.rooms.entry(room).or_default();
        // Who opens more streams than this loses the oldest.
        if watchers.iter().filter(|watcher| watcher.session == session).count() >= STREAMS_MAX
            && let Some(oldest) = watchers.iter().position(|watcher| watcher.session == session)
        {
            watchers.remove(oldest);
        }
        self.begun += 1;
        watchers.push(Watcher { id: self.begun, session, sender: subscription.sender });
    }

    /// What the events of a group show to whom, on the state that they left.
    pub(super) fn outgoing<'a>(
        &self,
        house: &House,
        policies: &PolicySet,
        events: impl Iterator<Item = (&'a Target, &'a Event)>,
        now: Time,
    ) -> Outgoing {
        let mut outgoing = Outgoing::default();
        if self.rooms.is_empty() {
            return outgoing;
        }
        let (touched, everyone) = touched(house, events);
        for (room, watchers) in &self.rooms {
            let touched = touched.get(room);
            if touched.is_none() && !everyone {
                continue;
            }
            let mut shown: BTreeMap<AuthorityId, Showings> = BTreeMap::new();
            for watcher in watchers {
                let Some((actor, permit)) = entitled(house, policies, room, watcher.session, now) else {
                    outgoing.ended.push((room.clone(), watcher.id));
                    continue;
                };
                let Some(touched) = touched else { continue };
                let basis = Basis::of(&permit);
                let messages = messages(&Viewer { house, policies, actor: &actor, now, basis: &basis }, room, touched);
                if messages.is_empty() {
                    continue;
                }
                let texts = messages.iter().flat_map(|draft| &draft.texts).map(|slot| slot.at.index);
                let Showings { texts: named, categories, policies } = shown.entry(actor.authority.clone()).or_default();
                categories.extend(messages.iter().filter_map(|draft| watch::category(&draft.message)));
                named.entry(actor.person.to_string()).or_default().extend(texts);
                policies.extend(basis.names());
                outgoing.pushes.push((room.clone(), watcher.id, messages));
            }
            outgoing.showings.extend(shown.into_iter().map(|(authority, shown)| shown.of(room, authority)));
        }
        outgoing
    }

    /// Sends what a durable group shows, and ends the streams of those who lost their right.
    pub(super) fn send(&mut self, house: &House, outgoing: Outgoing, index: u64, fresh: &Fresh) {
        let mut cut: Vec<(Room, u64)> = Vec::new();
        for (room, id, messages) in outgoing.pushes {
            let Some(watcher) = self.watcher(&room, id) else { continue };
            let push = Push { index, messages, fresh: fresh.clone() };
            if watcher.sender.try_send(Box::new(Ok(push))).is_err() {
                cut.push((room, id));
            }
        }
        for (room, id) in &outgoing.ended {
            if let Some(watcher) = self.watcher(room, *id) {
                let known = house.certificate(&watcher.session).and_then(|certificate| house.person(&certificate.person));
                let revoked = known.is_none_or(|person| person.revoked_at.is_some());
                let why = if revoked { Failure::Revoked(index) } else { Failure::Denied(index) };
                drop(watcher.sender.try_send(Box::new(Err(why))));
            }
        }
        cut.extend(outgoing.ended);
        self.remove(&cut);
    }

    /// Forgets watchers who went away, and gives the others a sign of life.
    pub(super) fn heartbeat(&mut self, house: &House, now: Time) {
        for watchers in self.rooms.values_mut() {
            watchers.retain(|watcher| {
                let beat = Push { index: house.size().saturating_sub(1), messages: vec![watch::heartbeat(now)], fresh: Fresh::default() };
                !watcher.sender.is_closed() && watcher.sender.try_send(Box::new(Ok(beat))).is_ok()
            });
        }
        self.rooms.retain(|_, watchers| !watchers.is_empty());
    }

    /// Ends every stream.
    pub(super) fn farewell(&mut self) {
        for watcher in self.rooms.drain().flat_map(|(_, watchers)| watchers) {
            drop(watcher.sender.try_send(Box::new(Err(Failure::Unavailable))));
        }
    }

    /// Who is cut off in a room, and who is back, as far as the record does not say so yet. `alone` where no other server can have them.
    pub(super) fn connections(&mut self, house: &House, alone: bool) -> Vec<(Target, Event)> {
        let open = house.cases().flat_map(|case| case.interviews().iter().map(move |interview| (case, interview)));
        self.seen.retain(|(alias, number), _| house.interview(alias, *number).is_some_and(|interview| interview.ended_at.is_none()));
        let mut found = Vec::new();
        for (case, interview) in open.filter(|(_, interview)| interview.ended_at.is_none()) {
            let room = (case.alias.clone(), interview.number);
            let watching = self.rooms.get(&room).into_iter().flatten().filter(|watcher| !watcher.sender.is_closed());
            let watching: BTreeSet<PersonId> =
                watching.filter_map(|watcher| house.certificate(&watcher.session)).map(|certificate| certificate.person.clone()).collect();
            let ours = |person: &PersonId| alone || self.seen.get(&room).is_some_and(|seen| seen.contains(person));
            let happened = room::connections(interview, &watching, ours);
            if !watching.is_empty() {
                self.seen.entry(room).or_default().extend(watching);
            }
            found.extend(happened.map(|happened| (Target::Interview(case.alias.clone(), interview.number), Event::Room(happened))));
        }
        found
    }

    /// Everyone who lost their right since, without any event of theirs: a mandate that ran out.
    pub(super) fn lapsed(&self, house: &House, policies: &PolicySet, now: Time) -> Outgoing {
        let watchers = self.rooms.iter().flat_map(|(room, watchers)| watchers.iter().map(move |watcher| (room, watcher)));
        let lapsed = watchers.filter(|(room, watcher)| entitled(house, policies, room, watcher.session, now).is_none());
        Outgoing { ended: lapsed.map(|(room, watcher)| (room.clone(), watcher.id)).collect(), ..Outgoing::default() }
    }

    fn watcher(&self, room: &Room, id: u64) -> Option<&Watcher> {
        self.rooms.get(room)?.iter().find(|watcher| watcher.id == id)
    }

    fn remove(&mut self, gone: &[(Room, u64)]) {
        for (room, id) in gone {
            if let Some(watchers) = self.rooms.get_mut(room) {
                watchers.retain(|watcher| watcher.id != *id);
            }
        }
        self.rooms.retain(|_, watchers| !watchers.is_empty());
    }
}

/// The watcher as they may act in this room now; None if they may not watch it any more.
fn entitled(house: &House, policies: &PolicySet, room: &Room, session: Fingerprint, now: Time) -> Option<(Actor, Permit)> {
    let person = house.person(&house.certificate(&session)?.person).filter(|person| person.revoked_at.is_none())?;
    let target = Target::Interview(room.0.clone(), room.1);
    let interview = house.interview(&room.0, room.1)?;
    let actors = house.actors(person, session, &target, now);
    let permit = |actor: &Actor| policies.authorize(WATCH?, &house.facts(actor, &target)).ok();
    actors.into_iter().filter(|actor| room::may_watch(interview, actor)).find_map(|actor| permit(&actor).map(|permit| (actor, permit)))
}

/// Which rooms a group touched, and whether it touched everyone's rights.
fn touched<'a>(house: &House, events: impl Iterator<Item = (&'a Target, &'a Event)>) -> (HashMap<Room, Touched>, bool) {
    let mut rooms: HashMap<Room, Touched> = HashMap::new();
    let mut everyone = false;
    for (target, event) in events {
        let room = match target {
            Target::Interview(alias, number) | Target::Question(alias, number, _) => (alias.clone(), *number),
            Target::House | Target::Person(_) | Target::Case(_) | Target::Consultation(..) => {
                everyone |= matches!(event, Event::Directory(_) | Event::Case(_));
                continue;
            }
        };
        let Some(interview) = house.interview(&room.0, room.1) else { continue };
        let touched = rooms.entry(room.clone()).or_default();
        match event {
            Event::Question(happened) => {
                let Target::Question(_, _, number) = target else { continue };
                touched.questions.insert(*number);
                // What is unasked changes with each of them (L11).
                touched.check |= matches!(interview.stage, Stage::Closing | Stage::Ended);
                touched.decided |= !matches!(happened, question::Happened::Submitted { .. });
                touched.counts |= !matches!(
                    happened,
                    question::Happened::Objected
                        | question::Happened::FateNoted { .. }
                        | question::Happened::Reworded
                        | question::Happened::Ranked { .. }
                        | question::Happened::UrgencyUnmarked
                        | question::Happened::ActedOn
                );
                let delivered =
                    matches!(happened, question::Happened::Approved { delivered: Some(_) } | question::Happened::NoteDelivered { .. });
                touched.interview |= delivered;
                let falls = matches!(
                    happened,
                    question::Happened::Withdrawn | question::Happened::Rejected { .. } | question::Happened::Merged { .. }
                );
                if falls {
                    touched.questions.extend(released(interview, *number));
                }
            }
            Event::Room(happened) => {
                touched.interview = true;
                let questions = affected(happened);
                touched.counts |= !questions.is_empty();
                touched.decided |= !questions.is_empty();
                touched.questions.extend(questions);
            }
            Event::Interview(_) => touched.interview = true,
            _ => {}
        }
    }
    for (room, touched) in &mut rooms {
        if let Some(interview) = house.interview(&room.0, room.1).filter(|_| touched.decided) {
            touched.questions.extend(merged(interview, &touched.questions));
        }
    }
    (rooms, everyone)
}

/// What is merged into one of these, and was changed with it: its asker sees the fate (L4).
fn merged(interview: &Interview, changed: &BTreeSet<u32>) -> Vec<u32> {
    let records: BTreeSet<u64> = changed.iter().filter_map(|number| interview.question(*number)).map(|question| question.changed).collect();
    let with_them = |question: &&question::Question| matches!(question.state, State::Merged(_)) && records.contains(&question.changed);
    interview.questions().iter().filter(with_them).map(|question| question.number).collect()
}

/// What was merged into a question that fell, and waits again.
fn released(interview: &Interview, fallen: u32) -> Vec<u32> {
    let changed = interview.question(fallen).map(|question| question.changed);
    let again = |question: &&question::Question| question.state == State::Submitted && Some(question.changed) == changed;
    interview.questions().iter().filter(again).map(|question| question.number).collect()
}

fn affected(happened: &room::Happened) -> Vec<u32> {
    match happened {
        room::Happened::BreakCalled { delivered, .. } => delivered.clone(),
        room::Happened::Ended { not_asked, .. } => not_asked.iter().map(|(number, _)| *number).collect(),
        room::Happened::FatesConfirmed { corrections } => corrections.iter().map(|(number, _)| *number).collect(),
        _ => Vec::new(),
    }
}

fn messages(viewer: &Viewer<'_>, room: &Room, touched: &Touched) -> Vec<Draft<v1::WatchListeningRoomResponse>> {
    let Some(case) = viewer.house.case(&room.0) else { return Vec::new() };
    let Some(interview) = case.interview(room.1) else { return Vec::new() };
    let mut messages = Vec::new();
    if touched.interview || (touched.check && viewer.knows_of_undelivered()) {
        messages.push(watch::interview(viewer, case, interview));
    }
    let questions = touched.questions.iter().filter_map(|number| interview.question(*number));
    messages.extend(
        questions
            .filter(|question| viewer.reads_text(case, interview, question))
            .map(|question| watch::question(viewer, case, interview, question)),
    );
    if touched.counts {
        messages.extend(watch::counts(viewer, interview));
    }
    messages
}
