//! What may be done to a case, and when. Authorizes nobody.

use barnahus_policy::Role;

use super::{Case, CaseRefusal, Command, Happened};
use crate::{
    code::{Code as _, IdentityMode, RepresentativeState},
    command::{By, Decided},
    event::Event,
    house::House,
    id::{PostId, Target},
    time::Time,
};

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, CaseRefusal> {
    let case = target.case().and_then(|alias| house.case(alias)).ok_or(CaseRefusal::NoSuchCase)?;
    let happened = |event: Happened| Decided::new(target.clone(), Event::Case(event));
    match command {
        Command::OpenInvestigation { police_reference, identity_mode, legal_ground } => {
            if let Some(leader) = &case.leader {
                return Err(CaseRefusal::LeaderExists(leader.post.clone()));
            }
            let identity_mode = forward(case, *identity_mode, legal_ground.is_some())?;
            let mut decided = happened(Happened::InvestigationOpened { police_reference: police_reference.clone(), identity_mode });
            decided.ground.clone_from(legal_ground);
            Ok(decided)
        }
        Command::SetEmbargo(_) if case.embargo => Err(CaseRefusal::EmbargoOn),
        Command::SetEmbargo(reason) => Ok(happened(Happened::EmbargoSet).seal("reason", reason)),
        Command::LiftEmbargo(_) if !case.embargo => Err(CaseRefusal::EmbargoOff),
        Command::LiftEmbargo(reason) => Ok(happened(Happened::EmbargoLifted).seal("reason", reason)),
        Command::RecordRepresentative { state, post, court_reference } => {
            check_representative(house, case, *state, post.as_ref(), court_reference.as_deref())?;
            let (state, post, court_reference) = (*state, post.clone(), court_reference.clone());
            Ok(happened(Happened::RepresentativeRecorded { state, post, court_reference }))
        }
        Command::RecordGuardiansInformed => {
            // C6: after the embargo is lifted, by what is claimed too.
            let informed = by.happened_at.unwrap_or(now);
            if case.embargo || case.embargo_lifted_at.is_some_and(|lifted| informed < lifted) {
                Err(CaseRefusal::EmbargoOn)
            } else if case.guardians_informed_at.is_some() {
                Err(CaseRefusal::GuardiansInformedAlready)
            } else {
                Ok(happened(Happened::GuardiansInformed))
            }
        }
    }
}

/// C2: the identity mode only goes forward, with a legal ground.
fn forward(case: &Case, to: Option<IdentityMode>, grounded: bool) -> Result<IdentityMode, CaseRefusal> {
    let to = to.unwrap_or(case.identity_mode);
    if to < case.identity_mode || (to > case.identity_mode && !grounded) { Err(CaseRefusal::IdentityGoesForward) } else { Ok(to) }
}

/// S5: an appointment only goes forward; after a discharge it may begin anew. The court's reference stands from the application on.
fn check_representative(
    house: &House,
    case: &Case,
    to: RepresentativeState,
    post: Option<&PostId>,
    court_reference: Option<&str>,
) -> Result<(), CaseRefusal> {
    let from = case.representative_state;
    let appointed = |state: RepresentativeState| matches!(state, RepresentativeState::InterimAppointed | RepresentativeState::Confirmed);
    let goes = match (from, to) {
        (from, RepresentativeState::Discharged) => from.is_some_and(appointed),
        (None | Some(RepresentativeState::Discharged), _) => true,
        (Some(from), to) => to > from,
    };
    if !goes || (to >= RepresentativeState::Applied && court_reference.is_none()) || (appointed(to) && post.is_none()) {
        return Err(CaseRefusal::RepresentativeState { from: from.map_or("nothing", |state| state.as_str()), to });
    }
    match post {
        Some(id) if house.post(id).is_none_or(|post| !post.roles.contains(&Role::SpecialRepresentative)) => {
            Err(CaseRefusal::NotARepresentative(id.clone()))
        }
        _ => Ok(()),
    }
}
