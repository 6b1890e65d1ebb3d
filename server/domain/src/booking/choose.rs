//! Choosing: rooms and posts for an interview that are free and fit (B3).
//!
//! Proposes no times. INVARIANT: what is chosen is free with its buffers, and no post is chosen twice (B2).

use std::collections::BTreeSet;

use barnahus_policy::Role;

use super::{BookingRefusal, Happened, Invited, Need, Resource};
use crate::{
    case::Case,
    code::{InterviewKind, RoomKind},
    command::Decided,
    event::Event,
    house::{House, Post, Room},
    id::{PostId, RoomId, Target},
    time::{MINUTE_US, Time},
};

/// Shortest and longest booking, in microseconds.
const DURATION_US: std::ops::RangeInclusive<i64> = 15 * MINUTE_US..=8 * 60 * MINUTE_US;

/// What a coordinator wants to book.
pub(super) struct Wanted<'a> {
    pub(super) kind: InterviewKind,
    pub(super) needs: &'a [Need],
    pub(super) rooms: &'a [RoomId],
    pub(super) starts_at: Time,
    pub(super) duration_us: i64,
}

/// Books: all or nothing.
pub(super) fn book(house: &House, case: &Case, wanted: &Wanted<'_>, now: Time) -> Result<Decided, BookingRefusal> {
    if case.leader().is_none() {
        return Err(BookingRefusal::NoLeader);
    }
    if !case.interviews().is_empty() {
        return Err(BookingRefusal::InterviewExists);
    }
    // B5: an interview that nobody could hold, or a post that has no place in it, is not booked.
    if let Some(need) = wanted.needs.iter().find(|need| !takes_part(need.role)) {
        return Err(BookingRefusal::NobodyFits(need.role.to_string()));
    }
    if !wanted.needs.iter().any(|need| need.role == Role::ChildInterviewer) {
        return Err(BookingRefusal::InterviewerNotAsked);
    }
    if wanted.starts_at < now || !DURATION_US.contains(&wanted.duration_us) {
        return Err(BookingRefusal::TimeUnsuitable);
    }
    let buffer_us = i64::from(house.definition().map_or(0, |definition| definition.buffer_minutes)) * MINUTE_US;
    let (kind, starts_at, ends_at) = (wanted.kind, wanted.starts_at, wanted.starts_at.plus_us(wanted.duration_us));
    let search = Search { house, case, from: starts_at.plus_us(-buffer_us), until: ends_at.plus_us(buffer_us) };
    let rooms = search.rooms(wanted.rooms)?;
    let invited = search.posts(wanted.needs)?;
    let event = Happened::Booked { kind, rooms, starts_at, ends_at, buffer_us, invited };
    Ok(Decided::new(Target::Interview(case.alias.clone(), 1), Event::Interview(event)))
}

/// True for roles that can be called to an interview.
fn takes_part(role: Role) -> bool {
    !matches!(role, Role::Coordinator | Role::Auditor | Role::Administrator)
}

/// A search for one case in one time, buffers included.
struct Search<'a> {
    house: &'a House,
    case: &'a Case,
    from: Time,
    until: Time,
}

impl Search<'_> {
    fn has_free(&self, resource: &Resource) -> bool {
        self.house.calendar.is_free(resource, self.from, self.until)
    }

    fn has_free_post(&self, post: &PostId) -> bool {
        self.has_free(&Resource::Post(post.clone()))
    }

    /// An interview room that suits the child's age, with the listening room that hears it.
    fn rooms(&self, wanted: &[RoomId]) -> Result<Vec<RoomId>, BookingRefusal> {
        let free = |room: &RoomId| self.has_free(&Resource::Room(room.clone()));
        let suits = |room: &&Room| room.kind == RoomKind::Interview && room.suits.contains(&self.case.child_age_band);
        let pairs = || self.house.rooms().filter(suits).filter_map(|room| Some([room.id.clone(), room.paired_with.clone()?]));
        if wanted.is_empty() {
            return pairs().find(|pair| pair.iter().all(free)).map(Vec::from).ok_or(BookingRefusal::NoRoomFree);
        }
        let named = |pair: &[RoomId; 2]| wanted.len() == pair.len() && pair.iter().all(|room| wanted.contains(room));
        let pair = pairs().find(named).ok_or(BookingRefusal::RoomsUnsuitable)?;
        match pair.iter().find(|room| !free(room)) {
            Some(taken) => Err(BookingRefusal::Taken(taken.to_string())),
            None => Ok(Vec::from(pair)),
        }
    }

    /// A post for each need, in the order of the needs; none where nobody fits a need that is only a wish. Named posts are kept first,
    /// then the case's own: so nobody who is meant for one need is spent on another.
    fn posts(&self, needs: &[Need]) -> Result<Vec<Invited>, BookingRefusal> {
        let mut kept: BTreeSet<PostId> = BTreeSet::new();
        let mut chosen: Vec<Option<PostId>> = Vec::with_capacity(needs.len());
        for need in needs {
            let named = need.post.as_ref().map(|post| self.named(post, need.role, &kept)).transpose()?;
            kept.extend(named.clone());
            chosen.push(named);
        }
        for (need, place) in needs.iter().zip(&mut chosen).filter(|(need, _)| need.post.is_none()) {
            let own = self.own(need.role).filter(|post| self.suits(post, need.role) && self.has_free_post(post) && !kept.contains(post));
            kept.extend(own.clone());
            *place = own;
        }
        for (need, place) in needs.iter().zip(&mut chosen) {
            if place.is_none() {
                *place = self.somebody(need, &kept)?;
                kept.extend(place.clone());
            }
        }
        let invited =
            needs.iter().zip(chosen).filter_map(|(need, post)| Some(Invited { post: post?, role: need.role, required: need.required }));
        Ok(invited.collect())
    }

    fn named(&self, post: &PostId, role: Role, kept: &BTreeSet<PostId>) -> Result<PostId, BookingRefusal> {
        if !self.suits(post, role) {
            Err(BookingRefusal::NobodyFits(post.to_string()))
        } else if kept.contains(post) || !self.has_free_post(post) {
            Err(BookingRefusal::Taken(post.to_string()))
        } else {
            Ok(post.clone())
        }
    }

    /// The case's own leader or representative, or the officer of its home board who works on it.
    fn own(&self, role: Role) -> Option<PostId> {
        match role {
            Role::InvestigationLeader => self.case.leader().map(|seat| seat.post.clone()),
            Role::SpecialRepresentative => self.case.representative.clone(),
            Role::ChildWelfareOfficer => {
                let of_board = |post: &PostId| self.house.post(post).is_some_and(|post| post.authority == self.case.home_board);
                self.case.seats.values().find(|seat| seat.role == role && of_board(&seat.post)).map(|seat| seat.post.clone())
            }
            _ => None,
        }
    }

    /// The first free and qualified post. Another prosecutor or representative does not stand for the case's own who is busy; another
    /// officer of the home board does.
    fn somebody(&self, need: &Need, kept: &BTreeSet<PostId>) -> Result<Option<PostId>, BookingRefusal> {
        let irreplaceable = need.role != Role::ChildWelfareOfficer;
        if let Some(own) = self.own(need.role).filter(|own| irreplaceable && !kept.contains(own)) {
            return if need.required { Err(BookingRefusal::Taken(own.to_string())) } else { Ok(None) };
        }
        let of_board = |post: &&Post| need.role != Role::ChildWelfareOfficer || post.authority == self.case.home_board;
        let mut fitting = self.house.posts().filter(|post| !post.on_call && fits(post, need.role, self.case)).filter(of_board);
        match fitting.find(|post| !kept.contains(&post.id) && self.has_free_post(&post.id)) {
            Some(post) => Ok(Some(post.id.clone())),
            None if need.required => Err(BookingRefusal::NobodyFits(need.role.to_string())),
            None => Ok(None),
        }
    }

    fn suits(&self, post: &PostId, role: Role) -> bool {
        self.house.post(post).is_some_and(|post| fits(post, role, self.case))
    }
}

/// The role, and for those who meet the child its age or language (B3, B5). Hosts, auditors and administrators are asked to no interview.
fn fits(post: &Post, role: Role, case: &Case) -> bool {
    post.roles.contains(&role)
        && match role {
            Role::ChildInterviewer => post.qualified.contains(&case.child_age_band),
            Role::Interpreter => speaks(post, case),
            Role::Coordinator | Role::Auditor | Role::Administrator => false,
            _ => true,
        }
}

/// True if the post speaks the child's language, or nothing is said of its languages.
pub(super) fn speaks(post: &Post, case: &Case) -> bool {
    post.languages.is_empty() || post.languages.contains(&case.language)
}
