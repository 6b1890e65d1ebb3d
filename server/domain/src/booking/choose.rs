//! Choosing: rooms and posts for an interview that are free and fit (B3).
//!
//! Proposes no times. INVARIANT: what is chosen is free with its buffers, and no post is chosen twice (B2).

use std::collections::BTreeSet;

use barnahus_policy::Role;

use super::{BookingRefusal, Invited, Need, Resource};
use crate::{
    case::Case,
    code::RoomKind,
    house::{House, Post, Room},
    id::{PostId, RoomId},
    time::Time,
};

/// A search for one case in one time, buffers included.
pub(super) struct Search<'a> {
    pub(super) house: &'a House,
    pub(super) case: &'a Case,
    pub(super) from: Time,
    pub(super) until: Time,
}

impl Search<'_> {
    fn has_free(&self, resource: &Resource) -> bool {
        self.house.calendar.is_free(resource, self.from, self.until)
    }

    fn has_free_post(&self, post: &PostId) -> bool {
        self.has_free(&Resource::Post(post.clone()))
    }

    /// An interview room that suits the child's age, with the listening room that hears it.
    pub(super) fn rooms(&self, wanted: &[RoomId]) -> Result<Vec<RoomId>, BookingRefusal> {
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
    pub(super) fn posts(&self, needs: &[Need]) -> Result<Vec<Invited>, BookingRefusal> {
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

    /// The case's own leader or representative, the interviewer of its newest interview, or the officer of its home board who works on it.
    fn own(&self, role: Role) -> Option<PostId> {
        match role {
            Role::InvestigationLeader => self.case.leader().map(|seat| seat.post.clone()),
            Role::SpecialRepresentative => self.case.representative.clone(),
            // B7: the child meets the same interviewer again.
            Role::ChildInterviewer => self.case.interviews().last()?.interviewer().map(|invitation| invitation.post.clone()),
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
        let irreplaceable = !matches!(need.role, Role::ChildWelfareOfficer | Role::ChildInterviewer);
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

/// The role, and for those who meet the child its age or language (B3, B5).
fn fits(post: &Post, role: Role, case: &Case) -> bool {
    post.roles.contains(&role)
        && match role {
            Role::ChildInterviewer => post.qualified.contains(&case.child_age_band),
            Role::Interpreter => speaks(post, case),
            _ => true,
        }
}

/// True if the post speaks the child's language, or nothing is said of its languages.
pub(super) fn speaks(post: &Post, case: &Case) -> bool {
    post.languages.is_empty() || post.languages.contains(&case.language)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Event as Recorded,
        booking::Happened,
        code::AgeBand,
        sample_house::{Failed, Point, SampleHouse, need, needs, refused},
        time::{DAY_US, MINUTE_US},
    };

    /// A second case beside the first, which is booked: led by the other prosecutor.
    fn second_case() -> SampleHouse {
        let mut day = SampleHouse::at(Point::Booked);
        day.request("welfare-torsby-1", "Torsby");
        day.hold(&["prosecutor-2", "welfare-torsby-1"]);
        day.lead("prosecutor-2");
        day
    }

    fn few() -> [Need; 2] {
        [need(Role::InvestigationLeader, true, None), need(Role::ChildInterviewer, true, Some("interviewer-2"))]
    }

    /// Books for these needs, and an interviewer, in any rooms.
    fn book(day: &mut SampleHouse, needs: &[Need], starts_at: Time) -> Result<Recorded, Failed> {
        let interviewer = need(Role::ChildInterviewer, true, None);
        day.book_at(&[needs, &[interviewer]].concat(), &[], starts_at)
    }

    fn tomorrow(day: &SampleHouse) -> Time {
        day.now.plus_us(DAY_US)
    }

    /// Who is asked, but the interviewer.
    fn chosen(outcome: Result<Recorded, Failed>) -> Vec<String> {
        match outcome {
            Ok(Recorded::Interview(Happened::Booked { invited, .. })) => {
                let others = invited.iter().filter(|invited| invited.role != Role::ChildInterviewer);
                others.map(|invited| invited.post.to_string()).collect()
            }
            other => panic!("not booked: {other:?}"),
        }
    }

    fn rooms_of(outcome: Result<Recorded, Failed>) -> Vec<String> {
        match outcome {
            Ok(Recorded::Interview(Happened::Booked { rooms, .. })) => rooms.iter().map(ToString::to_string).collect(),
            other => panic!("not booked: {other:?}"),
        }
    }

    fn young(day: &mut SampleHouse) {
        let alias = day.alias.clone();
        day.house.cases.get_mut(&alias).expect("a case").child_age_band = AgeBand::Under4;
    }

    #[test]
    fn a_room_is_free_again_when_both_buffers_are_over_b2() {
        let mut day = second_case();
        let rooms = ["interview-1", "listening-1"];
        let first = day.house.cases().find_map(|case| case.interview(1)).expect("booked");
        let (starts_at, ends_at) = (first.starts_at, first.ends_at);
        let taken = refused(BookingRefusal::Taken("interview-1".to_owned()));
        for early in [starts_at, ends_at, ends_at.plus_us(30 * MINUTE_US - 1), starts_at.plus_us(-120 * MINUTE_US + 1)] {
            assert_eq!(day.book_at(&few(), &rooms, early), taken, "{early:?}");
        }
        day.clone().book_at(&few(), &rooms, starts_at.plus_us(-120 * MINUTE_US)).expect("edges touch before it");
        day.book_at(&few(), &rooms, ends_at.plus_us(30 * MINUTE_US)).expect("edges touch after it");
        assert_eq!(day.house.calendar.overlap(), None);
    }

    #[test]
    fn a_refusal_does_not_say_what_takes_the_room_c3() {
        let mut day = second_case();
        let other = day.house.cases().last().expect("a case");
        let (starts_at, alias) = (other.interviews()[0].starts_at, other.alias.to_string());
        let Err(Failed::Refused(refusal)) = day.book_at(&few(), &["interview-1", "listening-1"], starts_at) else { panic!("taken") };
        assert!(!refusal.to_string().contains(&alias));
    }

    #[test]
    fn without_a_wish_the_first_pair_that_is_free_and_suits_is_taken_b3() {
        let mut day = second_case();
        let starts_at = day.house.cases().last().expect("a case").interviews()[0].starts_at;
        assert_eq!(rooms_of(book(&mut day.clone(), &[], starts_at)), ["interview-2", "listening-2"]);
        young(&mut day);
        assert_eq!(book(&mut day, &[], starts_at), refused(BookingRefusal::NoRoomFree), "interview-2 suits no small children");
    }

    #[test]
    fn rooms_are_a_pair_that_suits_the_childs_age_b5() {
        let mut day = SampleHouse::at(Point::Led);
        let unsuitable = refused(BookingRefusal::RoomsUnsuitable);
        for rooms in
            [&["interview-1"][..], &["interview-1", "listening-2"], &["listening-1", "listening-2"], &["interview-1", "interview-1"]]
        {
            let starts_at = day.now.plus_us(DAY_US);
            assert_eq!(day.book_at(&needs(), rooms, starts_at), unsuitable, "{rooms:?}");
        }
        young(&mut day);
        let starts_at = day.now.plus_us(DAY_US);
        assert_eq!(day.book_at(&needs(), &["interview-2", "listening-2"], starts_at), unsuitable);
        let either_order = day.book_at(&needs(), &["listening-1", "interview-1"], starts_at);
        assert_eq!(rooms_of(either_order), ["interview-1", "listening-1"]);
    }

    #[test]
    fn no_post_is_asked_twice_in_one_booking_b2() {
        let mut day = SampleHouse::at(Point::Led);
        let at = tomorrow(&day);
        let twice =
            [need(Role::PoliceInvestigator, true, Some("investigator-1")), need(Role::PoliceInvestigator, false, Some("investigator-1"))];
        assert_eq!(book(&mut day, &twice, at), refused(BookingRefusal::Taken("investigator-1".to_owned())));
        let roles = [
            need(Role::SpecialRepresentative, true, Some("representative-1")),
            need(Role::InjuredPartyCounsel, true, Some("representative-1")),
        ];
        let taken = refused(BookingRefusal::Taken("representative-1".to_owned()));
        assert_eq!(book(&mut day, &roles, at), taken, "one person sits in one role");
    }

    #[test]
    fn several_needs_of_one_role_are_several_people_b3() {
        let day = SampleHouse::at(Point::Led);
        let book = |needs: &[Need]| book(&mut day.clone(), needs, tomorrow(&day));
        let investigators = [need(Role::PoliceInvestigator, true, None), need(Role::PoliceInvestigator, true, Some("investigator-1"))];
        assert_eq!(chosen(book(&investigators)), ["investigator-2", "investigator-1"], "whoever is named is kept");
        let officer = || need(Role::ChildWelfareOfficer, true, None);
        assert_eq!(chosen(book(&[officer(), officer()])), ["welfare-kil-1", "welfare-kil-2"], "both of the home board");
        let nobody = refused(BookingRefusal::NobodyFits("CHILD_WELFARE_OFFICER".to_owned()));
        assert_eq!(book(&[officer(), officer(), officer()]), nobody);
    }

    #[test]
    fn the_cases_own_people_are_kept_for_their_needs_b3() {
        let mut day = SampleHouse::at(Point::Led);
        day.represent(crate::code::RepresentativeState::InterimAppointed).expect("appointed");
        let counsel_first = [need(Role::InjuredPartyCounsel, false, None), need(Role::SpecialRepresentative, true, None)];
        let at = tomorrow(&day);
        assert_eq!(chosen(book(&mut day, &counsel_first, at)), ["representative-1"], "not spent on another need");
    }

    #[test]
    fn another_prosecutor_does_not_stand_for_the_leader_and_another_officer_of_the_board_does_b3() {
        let mut day = SampleHouse::at(Point::Led);
        let at = tomorrow(&day);
        let busy = [need(Role::InvestigationLeader, true, Some("prosecutor-2")), need(Role::ChildWelfareOfficer, true, None)];
        book(&mut day, &busy, at).expect("the first case's own booking");
        day.request("welfare-kil-1", "Kil");
        day.hold(&["prosecutor-2", "welfare-kil-1"]);
        day.lead("prosecutor-2");
        let required = book(&mut day.clone(), &[need(Role::InvestigationLeader, true, None)], at);
        assert_eq!(required, refused(BookingRefusal::Taken("prosecutor-2".to_owned())));
        let wishes = [need(Role::InvestigationLeader, false, None), need(Role::ChildWelfareOfficer, true, None)];
        assert_eq!(chosen(book(&mut day.clone(), &wishes, at)), ["welfare-kil-2"]);
        let named = book(&mut day, &[need(Role::ChildWelfareOfficer, false, Some("welfare-kil-1"))], at);
        assert_eq!(named, refused(BookingRefusal::Taken("welfare-kil-1".to_owned())), "whoever is named is meant");
    }

    #[test]
    fn who_meets_the_child_is_qualified_for_its_age_and_language_b3() {
        let mut day = SampleHouse::at(Point::Led);
        young(&mut day);
        let small = [need(Role::ChildInterviewer, true, Some("interviewer-2"))];
        assert_eq!(day.book(&small), refused(BookingRefusal::NobodyFits("interviewer-2".to_owned())));
        let outcome = day.clone().book(&[need(Role::ChildInterviewer, true, None)]);
        let asked = |event: &Recorded| format!("{event:?}").contains("`interviewer-1`");
        assert!(outcome.as_ref().is_ok_and(asked), "{outcome:?}");
        let (alias, at) = (day.alias.clone(), tomorrow(&day));
        let mut speak = |language: &str| {
            language.clone_into(&mut day.house.cases.get_mut(&alias).expect("a case").language);
            book(&mut day.clone(), &[need(Role::Interpreter, true, None)], at)
        };
        assert_eq!(chosen(speak("so")), ["interpreter-so-1"]);
        assert_eq!(speak("ar"), refused(BookingRefusal::NobodyFits("INTERPRETER".to_owned())));
    }
}
