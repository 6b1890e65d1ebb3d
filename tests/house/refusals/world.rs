//! A house with three cases, everyone who could call, and what the policies say of each of them.

use std::collections::BTreeSet;

use anyhow::{Context as _, Result};
use barnahus_domain::{House, HouseId, PersonId, Target, Time};
use barnahus_policy::Permission;
use barnahus_proto::{Method, v1};
use barnahus_server::{authority::fingerprint, record};
use barnahus_tests::harness::{
    Client, Harness,
    day::{Case, Plan, Point},
    request_id,
};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};

use super::form::Place;
use crate::evidence::policies;

/// What must come of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Due {
    /// The policies permit it.
    Permitted,
    /// The caller may know, and may not.
    Denied,
    /// The caller may not even know.
    NotThere,
}

/// A place to call about, and who has a part in it.
pub(crate) struct Spot {
    pub(crate) what: &'static str,
    pub(crate) place: Place,
    /// The posts with a part; nobody for what is not there.
    team: BTreeSet<&'static str>,
    /// Whether coordinators host it without a part.
    hosted: bool,
    /// False for a case that does not exist.
    pub(crate) is_there: bool,
}

pub(crate) struct World {
    pub(crate) callers: Vec<Client>,
    /// What is not there, and then all that is.
    pub(crate) spots: Vec<Spot>,
    pub(crate) house: House,
    id: HouseId,
}

impl World {
    /// A case that runs, one that waits for its leader, another authority's that is confirmed, and a protected one that has ended.
    pub(crate) async fn new(harness: &Harness) -> Result<Self> {
        let mut callers = harness.everyone().await?;
        callers.push(without_mandate(harness, "prosecutor-2").await?);
        let protected = Plan { protection: v1::Protection::ConfidentialityMarked, rooms: ["interview-1", "listening-1"], ..Plan::other() };
        let protected = Case::of(harness, protected, Point::Ended).await?;
        let other = Case::of(harness, Plan { days: 3, ..Plan::other() }, Point::Confirmed).await?;
        let waiting = Case::at(harness, Point::Held).await?;
        let mut running = Case::at(harness, Point::Live).await?;
        let asked = running.ask("investigator-1", "vad hände sedan").await?;
        running.approve(&asked.name).await?;
        running.to(Point::Break).await?;
        running.ask("welfare-kil-1", "var är syskonen").await?;

        let somebody = &harness.client("counsellor-1").await?.person;
        let place = |case: &str| Place::new(harness, case, somebody);
        let ghost = harness.of("cases", &format!("VRM-{}-0000", year(&running.name)));
        let called = |case: &Case<'_>| case.present().into_iter().chain([case.plan.coordinator]).collect::<BTreeSet<_>>();
        let team = |case: &Case<'_>| called(case).into_iter().chain([case.plan.interviewer]).collect::<BTreeSet<_>>();
        let spot = |what, place, team, hosted| Spot { what, place, team, hosted, is_there: true };
        let nobody = BTreeSet::new;
        let ghosts = Spot {
            is_there: false,
            ..spot("no case", Place::new(harness, &ghost, &harness.of("persons", "p-0000000000")), nobody(), false)
        };
        let spots = vec![
            ghosts,
            spot("the running case", place(&running.name), team(&running), true),
            spot("what is not there in the running case", place(&running.name).beyond(), team(&running), true),
            spot("the case without a leader", place(&waiting.name), called(&waiting), true),
            spot("the other authority's case", place(&other.name), team(&other), true),
            spot("the protected case", place(&protected.name), team(&protected), false),
            spot("what is not there in the protected case", place(&protected.name).beyond(), team(&protected), false),
        ];
        // Everyone with a part has had a hand in their case before the calls begin: else its auditors would come to know of it on the way.
        for case in [&waiting, &running, &other, &protected] {
            for post in called(case).into_iter().chain(if std::ptr::eq(case, &waiting) { None } else { Some(case.plan.interviewer) }) {
                case.call(post, v1::GetCaseRequest { name: case.name.clone() }).await?;
            }
        }
        let id = harness.founded().house.clone();
        let house = replayed(harness, &id).await?;
        Ok(Self { callers, spots, house, id })
    }

    /// What the policies say, on the same facts as the server has.
    pub(crate) fn due(&self, caller: &Client, method: &Method, target: &str, now: Time) -> Result<Due> {
        let target = record::target(&self.id, target).with_context(|| format!("`{target}` is no name"))?;
        let person = PersonId::parse(caller.pseudonym()).and_then(|id| self.house.person(&id)).context("nobody")?;
        let session = fingerprint(&CertificateDer::from_pem_slice(caller.papers.certificate.as_bytes())?);
        let actors = self.house.actors(person, session, &target, now);
        let asked = |permission: &str| -> Result<bool> {
            let permission = Permission::parse(permission).context("an unknown permission")?;
            Ok(actors.iter().any(|actor| policies().is_ok_and(|set| set.authorize(permission, &self.house.facts(actor, &target)).is_ok())))
        };
        let is_there = target.case().is_none_or(|alias| self.house.case(alias).is_some());
        let knows = is_there && (target.case().is_none() || asked("case.know")?);
        Ok(match (knows, asked(method.permission)?) {
            (false, _) => Due::NotThere,
            (true, true) => Due::Permitted,
            (true, false) => Due::Denied,
        })
    }

    /// True if what this names exists.
    pub(crate) fn exists(&self, target: &str) -> bool {
        record::target(&self.id, target).is_some_and(|target| self.house.exists(&target))
    }

    /// True if this names something of a case.
    pub(crate) fn is_of_a_case(&self, target: &str) -> bool {
        record::target(&self.id, target).as_ref().and_then(Target::case).is_some()
    }
}

impl Spot {
    /// Said without the policies: whoever has no part in a case and does not host it, knows nothing of it (A1, C3). Of an auditor's
    /// authority that has had a hand in the case, the auditor knows that it exists.
    pub(crate) fn is_closed_to(&self, caller: &Client) -> bool {
        let hosts = self.hosted && caller.post.starts_with("coordinator-");
        !(self.team.contains(caller.post.as_str()) || hosts || (self.is_there && caller.post.starts_with("auditor-")))
    }
}

/// The house as the log says it is.
async fn replayed(harness: &Harness, id: &HouseId) -> Result<House> {
    let log = harness.log().await?;
    let mut house = House::default();
    for (index, leaf) in (0..).zip(&log.leaves) {
        let read = record::decode(id, index, leaf)?;
        house.apply(&read.stamp, read.event.as_ref())?;
    }
    Ok(house)
}

/// Somebody who was enrolled, and whose mandate was ended.
async fn without_mandate(harness: &Harness, post: &str) -> Result<Client> {
    let gone = harness.another(post).await?;
    harness.pass_minutes(1);
    let request = v1::EndMandateRequest { name: gone.person.clone(), request_id: request_id(), post: harness.of("posts", post) };
    harness.client("administrator-1").await?.call(request).await?;
    Ok(gone)
}

fn year(name: &str) -> &str {
    name.rsplit('/').next().and_then(|alias| alias.split('-').nth(1)).unwrap_or_default()
}
