//! A sitting: the room, the desk and the ways out of them, for the screen and for the lines alike.
//!
//! It sends nothing itself: orders and ends go into channels that `drive.rs` empties, so that no key ever waits. INVARIANT: END is shown
//! and kept in the moment in which it is pressed, whatever else is on its way (rule L11).

use barnahus_proto::v1::EndReason;
use tokio::sync::mpsc::UnboundedSender;

use super::{
    act::{Act, Answered, Order},
    desk::Desk,
    input::Wish,
    news,
    state::{Chair, Me, Room},
};
use crate::{
    clock,
    errors::Failure,
    follow::{News, Texts},
    kept::{self, Attempt, KeptEnd, Outcome},
    names::last,
    output::Screen,
    profile::Profile,
};

/// What comes from outside the terminal.
pub(crate) enum Heard {
    /// From the stream.
    News(News),
    /// An order's outcome, and whether all receipts verified so far.
    Answered(Box<Order>, Box<Result<Answered, Failure>>, bool),
    /// An order could not be sent yet.
    PutOff,
    /// What became of ends.
    Ended(Vec<Attempt>),
}

/// A sitting.
pub(crate) struct Sitting {
    pub(crate) room: Room,
    pub(crate) desk: Desk,
    pub(crate) me: Me,
    pub(crate) profile: Profile,
    pub(crate) screen: Screen,
    /// Whether the person checked out here: the stream's end is no failure then.
    pub(crate) left: bool,
    /// The interview, by its full name.
    pub(crate) name: String,
    pub(crate) orders: UnboundedSender<Order>,
    pub(crate) ends: UnboundedSender<Option<KeptEnd>>,
    pub(crate) asked_part: bool,
    /// Whether it was said that an end waits for the start.
    pub(crate) told_unstarted: bool,
    pub(crate) texts: Texts,
    /// The end of the ban whose scope was asked for.
    pub(crate) asked_scope: Option<prost_types::Timestamp>,
}

impl Sitting {
    /// The token to acknowledge once this is shown, if it brings a text.
    pub(crate) fn acknowledges(&mut self, heard: &Heard) -> Option<String> {
        match heard {
            Heard::News(News::Message(message)) => self.texts.token(message),
            _ => None,
        }
    }

    /// Takes what was wished; says whether it was to leave.
    pub(crate) fn wish(&mut self, wish: Wish) -> bool {
        match wish {
            Wish::Leave => return true,
            Wish::End(reason) => self.end(reason),
            Wish::Do(act) => self.order(act),
        }
        false
    }

    /// Takes what was heard.
    pub(crate) fn hear(&mut self, heard: Heard) {
        match heard {
            Heard::News(News::Message(message)) => {
                let news = news::news(&self.room, &self.me, &message);
                self.desk.news.retain(|name| !news.contains(name));
                self.desk.news.extend(news);
                self.room.hear(&message, clock::now());
                let unknown = self.room.interview.is_some() && self.room.role(&self.me).is_none();
                if unknown && !std::mem::replace(&mut self.asked_part, true) {
                    self.order(Act::AskPart);
                }
                self.ask_scope();
            }
            Heard::News(News::Lost) => self.room.lose(clock::now()),
            Heard::News(News::Back) => (),
            Heard::News(News::Anew) => {
                self.room.begin_anew();
                self.desk.told = vec![self.screen.words.say("say-watch-anew")];
            }
            Heard::PutOff => self.desk.put_off = true,
            Heard::Answered(order, answered, proven) => {
                self.answered(&order, *answered);
                if !proven {
                    self.desk.told.push(self.screen.words.say("fail-unproven"));
                }
            }
            Heard::Ended(attempts) => attempts.into_iter().for_each(|attempt| self.ended(&attempt)),
        }
    }

    /// Asks once for the scope of each ban of which it is not known, where it may be known.
    fn ask_scope(&mut self) {
        let until = self.room.interview.as_ref().and_then(|interview| interview.disclosure_ban_until);
        let may_know = self.room.chair(&self.me) != Chair::Coordinator;
        if may_know && self.room.lacks_scope() && std::mem::replace(&mut self.asked_scope, until) != until {
            self.order(Act::AskScope);
        }
    }

    fn order(&mut self, act: Act) {
        let order = self.desk.order(act, &self.room, clock::now(), clock::request_id());
        // Nobody takes it only when the sitting is over.
        let _ = self.orders.send(order);
    }

    fn answered(&mut self, order: &Order, answered: Result<Answered, Failure>) {
        let words = self.screen.words;
        if order.act.reads() {
            self.desk.waiting.retain(|waiting| waiting.id != order.id);
            let answered = answered.unwrap_or_default();
            if order.act == Act::AskPart {
                self.me.part = answered.part;
            }
            answered.interview.iter().for_each(|interview| self.room.learn_scope(interview));
            self.ask_scope();
            return;
        }
        let what = words.say(order.act.label());
        match answered {
            Ok(answered) => {
                let question = answered.question.as_ref().map(|question| format!(" {}", last(&question.name))).unwrap_or_default();
                let told = words.tell("say-done", &[("what", &what), ("question", &question), ("index", &answered.index)]);
                self.room.learn(answered.index, answered.question.as_ref(), answered.interview.as_ref());
                self.desk.done(order, &answered, told, clock::now());
                self.left |= order.act == Act::CheckOut;
            }
            Err(failure) => {
                let failure = failure.here();
                let told = words.tell("say-not-done", &[("what", &what), ("error", &failure.tell(words, false))]);
                self.desk.refused(order, &failure, told.lines().map(str::to_owned).collect());
            }
        }
    }

    fn end(&mut self, reason: EndReason) {
        let now = clock::now();
        let happened_at = self.room.time(now);
        self.desk.end = Some((happened_at, reason));
        self.desk.end_waits = true;
        let end = KeptEnd {
            request_id: clock::request_id(),
            interview: self.name.clone(),
            happened_at,
            reason: reason.as_str_name().to_owned(),
            unasked: Vec::new(),
        };
        // One that cannot be kept is sent from memory; that it is not kept is said.
        let unkept = kept::keep(&self.profile, &end).err().map(|failure| {
            self.desk.told = vec![failure.tell(self.screen.words, false)];
            end
        });
        self.desk.end_unkept = unkept.is_some();
        let _ = self.ends.send(unkept);
    }

    fn ended(&mut self, attempt: &Attempt) {
        let here = attempt.end.interview == self.name;
        let told: Vec<_> = attempt.tell(self.screen.words, &self.screen.zone).lines().map(str::to_owned).collect();
        if !attempt.stays() {
            self.desk.told = told;
            self.desk.end_waits &= !here;
        } else if here && matches!(attempt.outcome, Outcome::Unstarted) && !std::mem::replace(&mut self.told_unstarted, true) {
            // Once, beside what was said of the start.
            self.desk.told.extend(told);
        }
        if here && matches!(attempt.outcome, Outcome::Refused(_)) {
            self.desk.end = None;
        }
    }
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{
        Interview, InterviewState, Question, QuestionState, RejectReason, Role, watch_listening_room_response::Message,
    };
    use tokio::sync::mpsc::{UnboundedReceiver, unbounded_channel};

    use super::*;
    use crate::{
        door::{Fault, World},
        tui::scene::{INTERVIEW, interview, me, message, name, question, questions, room},
    };

    fn sitting(world: &World, post: &str) -> (Sitting, UnboundedReceiver<Order>) {
        let session = world.session(&Fault::None, 1, "listen");
        let ((orders, ordered), (ends, _)) = (unbounded_channel(), unbounded_channel());
        let sitting = Sitting {
            room: Room::default(),
            desk: Desk::default(),
            me: me(post),
            profile: session.profile.clone(),
            screen: session.screen.clone(),
            left: false,
            name: INTERVIEW.into(),
            orders,
            ends,
            asked_part: false,
            told_unstarted: false,
            texts: Texts::default(),
            asked_scope: None,
        };
        (sitting, ordered)
    }

    fn news(message: barnahus_proto::v1::WatchListeningRoomResponse) -> Heard {
        Heard::News(News::Message(Box::new(message)))
    }

    #[tokio::test]
    async fn a_ban_whose_scope_nobody_told_is_asked_for_once_and_stays_known() {
        let world = World::new();
        let (mut sitting, mut ordered) = sitting(&world, "welfare-kil-1");
        let banned = interview(InterviewState::Confirmed);
        let untold = Interview { disclosure_ban_scope: String::new(), ..banned.clone() };
        sitting.hear(news(room(untold.clone(), Vec::new())));
        sitting.hear(news(message(6, Message::Interview(untold.clone()))));
        let order = ordered.try_recv().unwrap();
        assert!(order.act == Act::AskScope && ordered.try_recv().is_err());
        assert!(!sitting.desk.unsent(), "nobody waits for it");
        let answered = Answered { interview: Some(banned.clone()), ..Answered::default() };
        sitting.hear(Heard::Answered(Box::new(order), Box::new(Ok(answered)), true));
        sitting.hear(news(message(7, Message::Interview(untold))));
        assert_eq!(sitting.room.interview.unwrap().disclosure_ban_scope, banned.disclosure_ban_scope);
        assert!(ordered.try_recv().is_err());
    }

    #[tokio::test]
    async fn the_asker_hears_of_a_rejection_at_once_l6() {
        let world = World::new();
        let (mut sitting, _ordered) = sitting(&world, "welfare-kil-1");
        sitting.hear(news(room(interview(InterviewState::InProgress), questions(true))));
        let rejected = Question {
            own: true,
            reject_reason: RejectReason::Leading.into(),
            ..question(5, Role::ChildWelfareOfficer, QuestionState::Rejected)
        };
        sitting.hear(news(message(6, Message::Question(rejected))));
        assert_eq!(sitting.desk.news, [name(5)]);
    }
}
