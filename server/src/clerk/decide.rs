//! Deciding: one act on the state in memory, and the record it leaves.
//!
//! Keeps nothing and answers nobody. INVARIANT: every path that names a known caller adds exactly one record to the group, and changes the
//! state in memory by that record only.

use std::sync::Arc;

use barnahus_domain::{
    Actor, By, Decided, Event, Refusal, Target, decide,
    directory::Fingerprint,
    room,
    view::{Basis, TextRef, Viewer},
};
use barnahus_policy::{Denial, Permission, Permit};
use barnahus_proto::v1;

use super::{
    Job,
    act::{Act, Failure, Scene, What},
    group::{Group, Telling},
    repeat::{Earlier, Repeats},
    writer::Writer,
};
use crate::{
    api::status::{name, reason_of},
    clock::random,
    record,
};

const KNOW: Option<Permission> = Permission::new("case.know");

/// Nobody among the caller's capacities may.
struct Refused {
    /// True if the caller may know that the case exists.
    known: bool,
    denial: Option<Denial>,
}

impl Writer {
    /// Decides one act, applies what it does, and adds its record to the group.
    pub(super) fn decide(&mut self, group: &mut Group, job: &mut Box<dyn Job>, repeats: &Repeats) -> Result<u64, Failure> {
        let act = job.act().clone();
        let certificate = self.house.certificate(&act.session).ok_or(Failure::UnknownCertificate)?;
        let person = self.house.person(&certificate.person).ok_or(Failure::UnknownCertificate)?;
        let actors = self.house.actors(person, act.session, &act.target, group.now);
        if person.revoked_at.is_some() {
            let nobody = self.house.stranger(person, act.session);
            let index = self.record_denial(group, &act, nobody.as_ref(), &act.target, "CERTIFICATE_REVOKED", None)?;
            return Err(Failure::Revoked(index));
        }
        if let What::Refuse(input) = &act.what
            && !input.named
        {
            let actor = actors.first().cloned().or_else(|| self.house.stranger(person, act.session)).ok_or(Failure::UnknownCertificate)?;
            let index = self.record_refusal(group, &act, &actor, None, name(input.reason()))?;
            return Err(Failure::BadInput(Arc::clone(input), index));
        }
        let authorized = self.authorize(&act, &actors).or_else(|refused| self.may_hear_again(&act, &actors, repeats).ok_or(refused));
        let (actor, permit) = match authorized {
            Ok(found) => found,
            Err(Refused { known, denial }) => {
                let reason = match &denial {
                    Some(denial) if denial.alarm().is_some() => "POLICY_ERROR",
                    _ if known => "PERMISSION_DENIED",
                    _ => "NOT_FOUND",
                };
                if let Some(alarm) = denial.as_ref().and_then(Denial::alarm) {
                    tracing::error!(alarm, "a policy could not be evaluated");
                }
                let actor = actors.first().cloned().or_else(|| self.house.stranger(person, act.session));
                let index = self.record_denial(group, &act, actor.as_ref(), &act.target, reason, denial.as_ref())?;
                return Err(match reason {
                    "POLICY_ERROR" => Failure::PolicyError(index),
                    "PERMISSION_DENIED" => Failure::Denied(index),
                    _ => Failure::NotFound(index),
                });
            }
        };
        if !self.house.exists(&act.target) {
            let index = self.record_refusal(group, &act, &actor, Some(&permit), "NOT_FOUND")?;
            return Err(Failure::NotFound(index));
        }
        if job.watches() && !self.may_watch(&actor, &act.target) {
            if self.may_come_in(&actor, &act.target) {
                let refusal = Refusal::Room(room::RoomRefusal::NotCheckedIn);
                let index = self.record_refusal(group, &act, &actor, Some(&permit), name(reason_of(&refusal)))?;
                return Err(Failure::Refused(Arc::new(refusal), index));
            }
            let index = self.record_denial(group, &act, Some(&actor), &act.target, "PERMISSION_DENIED", None)?;
            return Err(Failure::Denied(index));
        }
        let request = act.request.filter(|_| matches!(act.what, What::Change(_)));
        if let Some(earlier) = request.and_then(|request| repeats.get(&(actor.person.to_string(), request.id))) {
            return self.repeat(group, job, &act, &actor, &permit, earlier);
        }
        match &act.what {
            What::See => self.show(group, job, &act, &actor, &permit, None),
            What::Refuse(input) => {
                let index = self.record_refusal(group, &act, &actor, Some(&permit), name(input.reason()))?;
                Err(Failure::BadInput(Arc::clone(input), index))
            }
            What::Change(command) => {
                let by = By { actor: &actor, permit: &permit, etag: act.etag, happened_at: act.happened_at };
                let id = random::<16>().map_err(|_| Failure::Unavailable)?;
                match decide(&self.house, &by, &act.target, command, id, group.now) {
                    Ok(decided) => self.happen(group, job, &act, &actor, &permit, decided),
                    Err(refusal) => {
                        let index = self.record(group, &act, &actor, Some(&permit), name(reason_of(&refusal)), true)?;
                        Err(Failure::Refused(Arc::new(refusal), index))
                    }
                }
            }
        }
    }

    /// The first of the caller's capacities that may. Knowing precedes rights: who may not know of a case is told that it is not there.
    fn authorize(&self, act: &Act, actors: &[Actor]) -> Result<(Actor, Permit), Refused> {
        let ask = |permission: Permission, actor: &Actor| self.parts.policies.authorize(permission, &self.house.facts(actor, &act.target));
        let knows = actors.iter().any(|actor| KNOW.is_some_and(|know| ask(know, actor).is_ok()));
        // PRIVACY: nobody knows of a case that is not there, though to the policies it looks like an unprotected one; else who hosts those
        // could tell it from a protected one (C3).
        let known = act.target.case().is_none_or(|alias| knows && self.house.case(alias).is_some());
        let mut denial = None;
        for actor in actors {
            match ask(act.permission, actor) {
                Ok(permit) if known => return Ok((actor.clone(), permit)),
                Ok(_) => {}
                Err(found) => denial = denial.or(Some(found)),
            }
        }
        Err(Refused { known, denial })
    }

    /// Whoever did something may hear that it was done, though they may not do it any more, as long as they may know of the case: else a
    /// question that was kept looks like one that was lost (L12).
    fn may_hear_again(&self, act: &Act, actors: &[Actor], repeats: &Repeats) -> Option<(Actor, Permit)> {
        let (request, know) = act.request.zip(KNOW).filter(|_| act.target.case().is_some())?;
        let done = |actor: &Actor| repeats.get(&(actor.person.to_string(), request.id)).is_some_and(|done| done.hash == request.hash);
        let ask = |actor: &Actor| self.parts.policies.authorize(know, &self.house.facts(actor, &act.target));
        actors.iter().filter(|actor| done(actor)).find_map(|actor| Some((actor.clone(), ask(actor).ok()?)))
    }

    fn happen(
        &mut self,
        group: &mut Group,
        job: &mut Box<dyn Job>,
        act: &Act,
        actor: &Actor,
        permit: &Permit,
        decided: Decided,
    ) -> Result<u64, Failure> {
        let (target, event) = (decided.target.clone(), decided.event.clone());
        let telling = Telling { kind: event.kind(), outcome: v1::Outcome::Done, reason: "", target: &target, answers_repeats: true };
        let stamp = group.push(&self.house, &self.parts.id, Some(actor), Some(act), &telling, Some(decided));
        self.apply(&stamp, Some(&event))?;
        let basis = Basis::of(permit);
        let shown = job.render(&self.scene(group, actor, &target, Some(&event), stamp.index, &basis));
        // What is sealed with this very record is the caller's own, and no showing.
        let others = shown.texts.into_iter().filter(|text| text.index != stamp.index);
        name_policies(group, basis.names());
        show_to(group, actor, others.collect());
        Ok(stamp.index)
    }

    /// Shows something: the record names every text that the answer will hold.
    fn show(
        &mut self,
        group: &mut Group,
        job: &mut Box<dyn Job>,
        act: &Act,
        actor: &Actor,
        permit: &Permit,
        earlier: Option<&Earlier>,
    ) -> Result<u64, Failure> {
        let kind = if earlier.is_some() { "access.repeated" } else { act.method.kind };
        let telling = Telling { kind, outcome: v1::Outcome::Shown, reason: "", target: &act.target, answers_repeats: false };
        let stamp = group.push(&self.house, &self.parts.id, Some(actor), Some(act), &telling, None);
        let (target, event, index) = match earlier {
            Some(earlier) => (&earlier.target, earlier.event.as_ref(), earlier.index),
            None => (&act.target, None, stamp.index),
        };
        self.apply(&stamp, None)?;
        let basis = Basis::of(permit);
        let scene = self.scene(group, actor, target, event, index, &basis);
        let shown = job.render(&scene);
        let case = |name: &String| record::target(&self.parts.id, name).and_then(|target| self.house.case(target.case()?));
        let listed = shown.listed.into_iter().filter(|name| case(name).is_none_or(|case| scene.viewer.may_be_named(case)));
        if let Some(record) = group.last_mut() {
            record.listed = listed.collect();
        }
        name_policies(group, basis.names());
        show_to(group, actor, shown.texts);
        Ok(index)
    }

    fn repeat(
        &mut self,
        group: &mut Group,
        job: &mut Box<dyn Job>,
        act: &Act,
        actor: &Actor,
        permit: &Permit,
        earlier: &Earlier,
    ) -> Result<u64, Failure> {
        if act.request.is_none_or(|request| request.hash != earlier.hash) {
            let index = self.record_refusal(group, act, actor, Some(permit), "REQUEST_ID_REUSED")?;
            return Err(Failure::RequestReused(index));
        }
        // Today's rights hold for what was made then, too (A1).
        let basis = Basis::default();
        let viewer = self.viewer(group, actor, &basis);
        let knows = earlier.target.case().and_then(|alias| self.house.case(alias)).is_none_or(|case| viewer.knows(case));
        if !knows {
            let index = self.record_refusal(group, act, actor, Some(permit), "NOT_FOUND")?;
            return Err(Failure::NotFound(index));
        }
        match &earlier.refused {
            Some(reason) => {
                // The caller is told of the first refusal's record; that it was asked again is a record, too.
                self.record_refusal(group, act, actor, Some(permit), reason)?;
                Err(Failure::RefusedBefore(reason.clone(), earlier.index))
            }
            None => self.show(group, job, act, actor, permit, Some(earlier)),
        }
    }

    /// On a full disk the reserve is for what is done: whoever is refused takes none of it, and is told no more than that it is full.
    fn has_room_for_refusals(&self) -> Result<(), Failure> {
        if self.is_disk_full() { Err(Failure::DiskFull) } else { Ok(()) }
    }

    /// Records a refusal that a repeat of the call does not meet: it is decided anew.
    fn record_refusal(
        &mut self,
        group: &mut Group,
        act: &Act,
        actor: &Actor,
        permit: Option<&Permit>,
        reason: &str,
    ) -> Result<u64, Failure> {
        self.record(group, act, actor, permit, reason, false)
    }

    fn record(
        &mut self,
        group: &mut Group,
        act: &Act,
        actor: &Actor,
        permit: Option<&Permit>,
        reason: &str,
        answers_repeats: bool,
    ) -> Result<u64, Failure> {
        self.has_room_for_refusals()?;
        let telling = Telling { kind: "access.refused", outcome: v1::Outcome::Refused, reason, target: &act.target, answers_repeats };
        let stamp = group.push(&self.house, &self.parts.id, Some(actor), Some(act), &telling, None);
        name_policies(group, names(permit.map(Permit::policies)));
        self.apply(&stamp, None)?;
        Ok(stamp.index)
    }

    fn record_denial(
        &mut self,
        group: &mut Group,
        act: &Act,
        actor: Option<&Actor>,
        target: &Target,
        reason: &str,
        denial: Option<&Denial>,
    ) -> Result<u64, Failure> {
        self.has_room_for_refusals()?;
        let telling = Telling { kind: "access.denied", outcome: v1::Outcome::Denied, reason, target, answers_repeats: false };
        let stamp = group.push(&self.house, &self.parts.id, actor, Some(act), &telling, None);
        // Somebody who holds no post at all is named all the same.
        if let (None, Some(record), Some(certificate)) = (actor, group.last_mut(), self.house.certificate(&act.session)) {
            record.person = certificate.person.to_string();
            record.session = act.session.short();
        }
        name_policies(group, names(denial.map(Denial::policies)));
        self.apply(&stamp, None)?;
        Ok(stamp.index)
    }

    /// True if this caller is not revoked, and may do this to the house in one of their capacities.
    pub(super) fn may_still(&self, session: Fingerprint, permission: Permission) -> bool {
        let person = self.house.certificate(&session).and_then(|certificate| self.house.person(&certificate.person));
        let (Some(person), Ok(now)) = (person.filter(|person| person.revoked_at.is_none()), self.now()) else { return false };
        let actors = self.house.actors(person, session, &Target::House, now);
        actors.iter().any(|actor| self.parts.policies.authorize(permission, &self.house.facts(actor, &Target::House)).is_ok())
    }

    /// True if the room's own rules let this person watch it now.
    fn may_watch(&self, actor: &Actor, target: &Target) -> bool {
        let Target::Interview(alias, number) = target else { return false };
        self.house.interview(alias, *number).is_some_and(|interview| room::may_watch(interview, actor))
    }

    /// True if this person has a seat in the room, and need only check in to be there.
    fn may_come_in(&self, actor: &Actor, target: &Target) -> bool {
        let Target::Interview(alias, number) = target else { return false };
        let interview = self.house.interview(alias, *number).filter(|interview| interview.ended_at.is_none());
        interview.and_then(|interview| interview.observer(&actor.person)).is_some_and(|seat| !seat.removed)
    }

    pub(super) fn apply(&mut self, stamp: &barnahus_domain::Stamp, event: Option<&Event>) -> Result<(), Failure> {
        self.house.apply(stamp, event).map_err(|error| {
            tracing::error!(%error, "a decided record does not fit the house");
            Failure::Internal
        })
    }

    fn viewer<'a>(&'a self, group: &Group, actor: &'a Actor, basis: &'a Basis) -> Viewer<'a> {
        Viewer { house: &self.house, policies: &self.parts.policies, actor, now: group.now, basis }
    }

    fn scene<'a>(
        &'a self,
        group: &Group,
        actor: &'a Actor,
        target: &'a Target,
        event: Option<&'a Event>,
        index: u64,
        basis: &'a Basis,
    ) -> Scene<'a> {
        Scene { viewer: self.viewer(group, actor, basis), target, event, index }
    }
}

fn name_policies(group: &mut Group, policies: Vec<String>) {
    if let Some(record) = group.last_mut() {
        record.policies = policies;
    }
}

fn names(policies: Option<&[Arc<str>]>) -> Vec<String> {
    policies.unwrap_or_default().iter().map(ToString::to_string).collect()
}

/// Names in the newest record which texts the answer holds.
fn show_to(group: &mut Group, actor: &Actor, shown: Vec<TextRef>) {
    let Some(record) = group.last_mut().filter(|_| !shown.is_empty()) else { return };
    let noun = record.kind.split('.').next().unwrap_or_default().to_owned();
    let field = |text: &TextRef| text.field.rsplit('/').next().unwrap_or_default().to_owned();
    let category = |text: &TextRef| if text.field == "text" { "question_text".to_owned() } else { format!("{noun}_{}", field(text)) };
    record.data_categories.extend(shown.iter().map(category));
    record.data_categories.sort_unstable();
    record.data_categories.dedup();
    let mut texts: Vec<u64> = shown.into_iter().map(|text| text.index).collect();
    texts.sort_unstable();
    texts.dedup();
    record.showings.push(v1::Showing { person: actor.person.to_string(), texts });
}
