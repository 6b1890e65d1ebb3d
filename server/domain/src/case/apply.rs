//! What becomes of a case. Decides nothing.

use barnahus_policy::Part;

use super::{Case, Happened, Seat};
use crate::{
    code::RepresentativeState,
    event::Stamp,
    interview::{Seated, Stage},
};

/// Applies what happened to a case. False if the record makes no sense.
pub(crate) fn apply(case: &mut Case, stamp: &Stamp, happened: &Happened) -> bool {
    case.changed = stamp.index;
    match happened {
        Happened::InvestigationOpened { police_reference, identity_mode } => {
            let (Some(person), Some(post), Some(role)) = (stamp.person.clone(), stamp.post.clone(), stamp.role) else { return false };
            let seat = Seated { person: person.clone(), post: post.clone(), role };
            for interview in case.interviews.iter_mut().filter(|interview| interview.documented_at.is_none()) {
                if interview.stage != Stage::Tentative {
                    interview.stand_by_right(&seat, stamp.at);
                }
            }
            case.deputies.remove(&post);
            case.leader = Some(Seat { person, post, role, part: Part::Leader });
            case.police_reference = Some(police_reference.clone());
            case.identity_mode = *identity_mode;
            // C7: clocks count from the first opening.
            case.opened_at.get_or_insert(stamp.happened());
        }
        Happened::DeputyNamed { post } => {
            case.deputies.insert(post.clone());
        }
        Happened::EmbargoSet => case.embargo = true,
        Happened::EmbargoLifted => {
            case.embargo = false;
            case.embargo_lifted_at = Some(stamp.happened());
        }
        Happened::RepresentativeRecorded { state, post, .. } => {
            case.representative_state = Some(*state);
            // Who is only applied for represents nobody yet.
            let appointed = matches!(state, RepresentativeState::InterimAppointed | RepresentativeState::Confirmed);
            case.representative = post.clone().filter(|_| appointed);
        }
        Happened::GuardiansInformed => case.guardians_informed_at = Some(stamp.happened()),
    }
    true
}
