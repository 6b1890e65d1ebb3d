//! A small house for tests: two boards, two room pairs, one person for each post, and a way to act in it as the server does.
//!
//! INVARIANT: nothing is done here but through the policies, [`decide`] and [`House::apply`]; what is refused leaves a record and no more.

mod permission;
mod plan;

use std::sync::LazyLock;

use barnahus_policy::{Permission, PolicySet, Protection, Role};

use crate::{
    Actor, Alias, AuthorityId, By, Command, Decided, Event, House, PersonId, PostId, Refusal, RoomId, Stamp, Target, Time, booking, case,
    code::{AgeBand, ConsultationKind, CrimeType, EndReason, IdentityMode, InterviewKind, Relation, RepresentativeState},
    consultation, decide,
    directory::{self, Fingerprint, IssuedCertificate, Mandate},
    event::HouseHappened,
    interview::Interview,
    question, room,
    text::Text,
    time::{DAY_US, MINUTE_US},
};

pub(crate) use plan::POSTS;

pub(crate) static POLICIES: LazyLock<PolicySet> = LazyLock::new(|| PolicySet::builtin().expect("the policies fit their schema"));

/// Who listens in a case that was brought to a point, with their roles.
pub(crate) const LISTENERS: [(&str, Role); 3] =
    [("investigator-1", Role::PoliceInvestigator), ("welfare-kil-1", Role::ChildWelfareOfficer), ("paediatrician-1", Role::Paediatrician)];

/// 2026-11-16T08:00:00Z, a Monday.
pub(crate) const OPENED: Time = Time(1_794_816_000_000_000);

/// How far the first case has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Point {
    /// The house is open; there is no case.
    Empty,
    Requested,
    Held,
    /// The investigation is open.
    Led,
    Booked,
    Accepted,
    Confirmed,
    /// The ban is ordered and the listeners are admitted.
    Admitted,
    /// Checked in, frozen, the child told.
    Ready,
    Live,
    Closing,
    /// Ended without a sign-off.
    Ended,
}

/// Why an act was not done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Failed {
    /// Not there, or not to be known.
    NotFound,
    /// Known, but not permitted.
    Denied,
    /// Against a rule.
    Refused(Refusal),
}

/// What an act that is against a rule comes to.
pub(crate) fn refused(refusal: impl Into<Refusal>) -> Result<Event, Failed> {
    Err(Failed::Refused(refusal.into()))
}

pub(crate) fn text(raw: &str) -> Text {
    Text::new(raw, 1000).expect("a text")
}

pub(crate) fn post(id: &str) -> PostId {
    PostId::parse(id).expect("an id")
}

/// The one person who holds a post.
pub(crate) fn person(post: &str) -> PersonId {
    PersonId::parse(&format!("p-{post}")).expect("an id")
}

pub(crate) fn authority(id: &str) -> AuthorityId {
    AuthorityId::parse(id).expect("an id")
}

/// The house, its log, and what the next act says beside its command.
#[derive(Clone)]
pub(crate) struct SampleHouse {
    pub(crate) house: House,
    pub(crate) log: Vec<(Stamp, Option<Event>)>,
    pub(crate) now: Time,
    /// The case and interview that acts are about.
    pub(crate) alias: Alias,
    /// What was decided last.
    pub(crate) decided: Option<Decided>,
    pub(crate) happened_at: Option<Time>,
    pub(crate) etag: Option<u64>,
}

/// How the house comes to a point from the one before.
type Step = (Point, fn(&mut SampleHouse));

impl SampleHouse {
    /// A house whose first case has come to this point.
    pub(crate) fn at(point: Point) -> Self {
        let mut day = Self::empty();
        let steps: [Step; 11] = [
            (Point::Requested, |day| day.request("welfare-kil-1", "Kil")),
            (Point::Held, |day| day.hold(&["prosecutor-1", "investigator-1", "welfare-kil-1"])),
            (Point::Led, |day| day.lead("prosecutor-1")),
            (Point::Booked, |day| drop(day.book(&needs()).expect("booked"))),
            (Point::Accepted, |day| {
                for post in ["prosecutor-1", "interviewer-1"].into_iter().chain(LISTENERS.map(|(post, _)| post)) {
                    day.booking(post, booking::Command::Accept).expect("accepted");
                }
            }),
            (Point::Confirmed, |day| {
                drop(day.booking("prosecutor-1", booking::Command::Confirm { waivers: Vec::new(), defence_note: None }).expect("confirmed"))
            }),
            (Point::Admitted, |day| {
                let ban = booking::Command::OrderBan { scope: text("vad som sägs"), until: day.now.plus_us(30 * DAY_US) };
                day.booking("prosecutor-1", ban).expect("ordered");
                day.admit(&LISTENERS.map(|(post, _)| post)).expect("admitted");
            }),
            (Point::Ready, |day| {
                day.now = day.interview().starts_at.plus_us(-30 * MINUTE_US);
                for post in ["prosecutor-1"].into_iter().chain(LISTENERS.map(|(post, _)| post)) {
                    day.check_in(post).expect("checked in");
                }
                day.room("prosecutor-1", room::Command::Freeze).expect("frozen");
                day.room("interviewer-1", room::Command::ChildInformed).expect("told");
            }),
            (Point::Live, |day| drop(day.room("interviewer-1", start(None)).expect("started"))),
            (Point::Closing, |day| drop(day.room("prosecutor-1", room::Command::BeginClosing).expect("closing"))),
            (Point::Ended, |day| drop(day.room("prosecutor-1", end()).expect("ended"))),
        ];
        steps.into_iter().filter(|(step, _)| *step <= point).for_each(|(_, step)| step(&mut day));
        day
    }

    fn empty() -> Self {
        let alias = Alias::new("VRM", 2026, 1);
        let mut day = Self { house: House::default(), log: Vec::new(), now: OPENED, alias, decided: None, happened_at: None, etag: None };
        let founded = Event::House(HouseHappened::Founded { definition: Box::new(plan::definition()) });
        day.record(None, Target::House, Some(founded));
        for (at, (id, ..)) in POSTS.iter().enumerate() {
            let ends_at = OPENED.plus_us(365 * DAY_US);
            let certificate = IssuedCertificate { fingerprint: format!("{:064x}", at + 1), ends_at, pem: "PEM".into() };
            let mandates = vec![Mandate { post: post(id), from: OPENED, until: ends_at }];
            let enrolled = Event::Directory(directory::Happened::Enrolled { certificate, mandates });
            day.record(None, Target::Person(person(id)), Some(enrolled));
        }
        day
    }

    /// Adds a record and applies it.
    pub(crate) fn record(&mut self, actor: Option<&Actor>, target: Target, event: Option<Event>) {
        let stamp = Stamp {
            index: self.house.size(),
            at: self.now,
            happened_at: self.happened_at.filter(|_| event.is_some()),
            person: actor.map(|actor| actor.person.clone()),
            role: actor.map(|actor| actor.role),
            post: actor.map(|actor| actor.post.clone()),
            authority: actor.map(|actor| actor.authority.clone()),
            part: actor.map_or(barnahus_policy::Part::None, |actor| actor.part),
            target,
        };
        self.house.apply(&stamp, event.as_ref()).expect("what was decided fits");
        self.log.push((stamp, event));
    }

    /// One act by whoever holds a post: a minute later, the first of their capacities that may.
    pub(crate) fn act(&mut self, by: &str, target: Target, command: &Command) -> Result<Event, Failed> {
        self.now = self.now.plus_us(MINUTE_US);
        let person = self.house.person(&person(by)).expect("enrolled").clone();
        let actors = self.house.actors(&person, Fingerprint([0; 32]), &target, self.now);
        let may = |permission: &str, actor: &Actor| {
            let permission = Permission::parse(permission).expect("a permission");
            POLICIES.authorize(permission, &self.house.facts(actor, &target)).ok()
        };
        let known = target.case().is_none() || actors.iter().any(|actor| may("case.know", actor).is_some());
        let found = actors.iter().find_map(|actor| Some((actor, may(permission::of(command), actor)?)));
        let (etag, happened_at) = (self.etag.take(), self.happened_at);
        let outcome = match &found {
            Some((actor, permit)) if known && self.house.exists(&target) => {
                let by = By { actor, permit, etag, happened_at };
                let id = u128::from(self.house.size()).to_le_bytes();
                decide(&self.house, &by, &target, command, id, self.now).map_err(Failed::Refused)
            }
            None if known => Err(Failed::Denied),
            _ => Err(Failed::NotFound),
        };
        let actor = found.map(|(actor, _)| actor.clone()).or_else(|| actors.first().cloned());
        self.decided = outcome.as_ref().ok().cloned();
        let (target, event) = outcome.as_ref().map_or((target, None), |decided| (decided.target.clone(), Some(decided.event.clone())));
        self.record(actor.as_ref(), target, event);
        self.happened_at = None;
        outcome.map(|decided| decided.event)
    }

    /// The interview that acts are about.
    pub(crate) fn interview(&self) -> &Interview {
        self.house.interview(&self.alias, 1).expect("booked")
    }

    /// One question of it.
    pub(crate) fn asked(&self, number: u32) -> &question::Question {
        self.interview().question(number).expect("submitted")
    }

    pub(crate) fn the_case(&self) -> &case::Case {
        self.house.case(&self.alias).expect("opened")
    }

    pub(crate) fn booking(&mut self, by: &str, command: booking::Command) -> Result<Event, Failed> {
        self.act(by, Target::Interview(self.alias.clone(), 1), &Command::Interview(command))
    }

    pub(crate) fn room(&mut self, by: &str, command: room::Command) -> Result<Event, Failed> {
        self.act(by, Target::Interview(self.alias.clone(), 1), &Command::Room(command))
    }

    pub(crate) fn question(&mut self, by: &str, number: u32, command: question::Command) -> Result<Event, Failed> {
        self.act(by, Target::Question(self.alias.clone(), 1, number), &Command::Question(command))
    }

    pub(crate) fn case(&mut self, by: &str, command: case::Command) -> Result<Event, Failed> {
        self.act(by, Target::Case(self.alias.clone()), &Command::Case(command))
    }

    pub(crate) fn consultation(&mut self, by: &str, number: u32, command: consultation::Command) -> Result<Event, Failed> {
        self.act(by, Target::Consultation(self.alias.clone(), number), &Command::Consultation(command))
    }

    /// Submits a question, not urgent, and gives its number.
    pub(crate) fn ask(&mut self, by: &str) -> u32 {
        let command = Command::Question(question::Command::Submit { text: text("Vad hände sedan?"), urgent: false });
        self.act(by, Target::Interview(self.alias.clone(), 1), &command).expect("submitted");
        self.interview().question_count()
    }

    pub(crate) fn check_in(&mut self, by: &str) -> Result<Event, Failed> {
        self.room(by, room::Command::CheckIn { acknowledge_ban: true })
    }

    pub(crate) fn admit(&mut self, posts: &[&str]) -> Result<Event, Failed> {
        self.booking("prosecutor-1", booking::Command::Admit(posts.iter().map(|post| person(post)).collect()))
    }

    /// Opens another case; acts are about that from here on.
    pub(crate) fn request(&mut self, by: &str, board: &str) {
        let request = consultation::Command::Request { opening: opening(board), reason: text("oro om våld"), year: 2026 };
        self.act(by, Target::House, &Command::Consultation(request)).expect("requested");
        self.alias = self.decided.as_ref().and_then(|decided| decided.target.case()).expect("a case").clone();
    }

    pub(crate) fn hold(&mut self, posts: &[&str]) {
        let invited = posts.iter().map(|id| post(id)).collect();
        self.consultation("coordinator-1", 1, consultation::Command::Schedule { starts_at: None, invited }).expect("scheduled");
        let hold = consultation::Command::Hold { absences: Vec::new(), actions: Vec::new() };
        self.consultation("coordinator-1", 1, hold).expect("held");
    }

    pub(crate) fn lead(&mut self, by: &str) {
        let police_reference = "5000-K000001-26".to_owned();
        let (identity_mode, legal_ground) = (Some(IdentityMode::Identified), Some("OSL 10:21".to_owned()));
        self.case(by, case::Command::OpenInvestigation { police_reference, identity_mode, legal_ground }).expect("opened");
    }

    /// Books 90 minutes, a day from now, in any rooms.
    pub(crate) fn book(&mut self, needs: &[booking::Need]) -> Result<Event, Failed> {
        self.book_at(needs, &[], self.now.plus_us(DAY_US))
    }

    pub(crate) fn book_at(&mut self, needs: &[booking::Need], rooms: &[&str], starts_at: Time) -> Result<Event, Failed> {
        let rooms = rooms.iter().map(|id| RoomId::parse(id).expect("an id")).collect();
        let book =
            booking::Command::Book { kind: InterviewKind::First, needs: needs.to_vec(), rooms, starts_at, duration_us: 90 * MINUTE_US };
        self.act("coordinator-1", Target::Case(self.alias.clone()), &Command::Interview(book))
    }

    /// Brings the representative's appointment to a state.
    pub(crate) fn represent(&mut self, state: RepresentativeState) -> Result<Event, Failed> {
        let (post, court_reference) = (Some(post("representative-1")), Some("T 1-26".to_owned()));
        self.case("prosecutor-1", case::Command::RecordRepresentative { state, post, court_reference })
    }
}

pub(crate) fn need(role: Role, required: bool, named: Option<&str>) -> booking::Need {
    booking::Need { role, required, post: named.map(post) }
}

/// Leader, interviewer and [`LISTENERS`], the last of them only a wish.
pub(crate) fn needs() -> Vec<booking::Need> {
    let mut needs = vec![need(Role::InvestigationLeader, true, None), need(Role::ChildInterviewer, true, None)];
    needs.extend(LISTENERS.map(|(post, role)| need(role, role != Role::Paediatrician, Some(post))));
    needs
}

pub(crate) fn start(reason: Option<&str>) -> room::Command {
    room::Command::Start { recording_reference: Some("REC-1".to_owned()), reason: reason.map(text) }
}

pub(crate) fn end() -> room::Command {
    room::Command::End { reason: EndReason::AsPlanned, unasked: Vec::new() }
}

pub(crate) fn opening(board: &str) -> consultation::Opening {
    consultation::Opening {
        kind: ConsultationKind::WithPoliceAndProsecutor,
        identity_mode: IdentityMode::Anonymous,
        home_board: authority(board),
        protection: Protection::None,
        child_age_band: AgeBand::From7To14,
        crime_type: CrimeType::Assault,
        relation_to_child: Relation::LegalGuardian,
        language: "sv".to_owned(),
        coordinator: None,
    }
}
