//! The interview in the contract's form, as one person may see it. Never a question.

use barnahus_domain::{
    booking,
    case::Case,
    code::Code as _,
    interview::{Answer, Batch, Break, Connection, Interview, Invitation, Observer, Stage},
    room::RoleCheck,
    view::{TextRef, Viewer},
};
use barnahus_policy::{Part, Phase};
use barnahus_proto::v1;

use super::times::timestamp;
use crate::{clerk::Draft, record::role_to};

/// The interview with the ban's scope, for one who opens it.
pub fn draft(viewer: &Viewer<'_>, case: &Case, interview: &Interview) -> Draft<v1::Interview> {
    let on_the_case = matches!(viewer.actor.part, Part::Team | Part::Admitted | Part::Deputy | Part::Leader);
    Draft::plain(message(viewer, case, interview))
        .text(interview.ban_index.filter(|_| on_the_case).map(|index| TextRef::new(index, "scope")), |interview, scope| {
            interview.disclosure_ban_scope = scope
        })
        .text(interview.further.filter(|_| on_the_case).map(|further| TextRef::new(further.index, "reason")), |interview, reason| {
            interview.further_reason = reason
        })
}

/// The interview without any text.
pub fn message(viewer: &Viewer<'_>, case: &Case, interview: &Interview) -> v1::Interview {
    let house = viewer.house.definition().map_or_else(String::new, |definition| format!("houses/{}", definition.id));
    let name = format!("{house}/cases/{}/interviews/{}", case.alias, interview.number);
    let names = Names { house: &house, interview: &name };
    let mut sees = viewer.sees(case, interview);
    let mut seen = |number: u32| interview.question(number).is_some_and(&mut sees);
    let answer = |invitation: &Invitation| booking::answer_now(viewer.house, interview, invitation, viewer.now);
    v1::Interview {
        kind: interview.kind.number(),
        state: state(interview).into(),
        phase: phase(interview.phase()).into(),
        rooms: interview.rooms.iter().map(|room| format!("{house}/rooms/{room}")).collect(),
        starts_at: Some(timestamp(interview.starts_at)),
        ends_at: Some(timestamp(interview.ends_at)),
        invitations: interview.invitations.iter().map(|invitation| names.invitation(invitation, answer(invitation))).collect(),
        disclosure_ban: interview.ban_until.is_some(),
        disclosure_ban_until: interview.ban_until.map(timestamp),
        disclosure_ban_scope: String::new(),
        observers: interview.observers.iter().map(|observer| names.observer(interview, observer)).collect(),
        roster_frozen_at: interview.roster_frozen_at.map(timestamp),
        child_informed_at: interview.informed.iter().map(|informed| timestamp(informed.happened_at)).collect(),
        started_at: interview.started_at.map(timestamp),
        recording_reference: interview.recording_reference.clone().unwrap_or_default(),
        deviations: interview.deviations.iter().map(|deviation| deviation.number()).collect(),
        breaks: (1..).zip(&interview.breaks).map(|(number, lasting)| names.lasting(number, lasting, &mut seen)).collect(),
        ended_at: interview.ended_at.map(timestamp),
        end_reason: interview.end_reason.map_or(0, |reason| reason.number()),
        fates_confirmed_at: interview.fates_confirmed_at.map(timestamp),
        documented_at: interview.documented_at.map(timestamp),
        etag: interview.changed.to_string(),
        break_requested_at: interview.break_requested_at.map(timestamp),
        notes_allowed: interview.notes_allowed,
        notes: (1..).zip(&interview.notes).map(|(number, note)| names.batch(number, note, &mut seen)).collect(),
        follows: interview.follows.map(|number| format!("{house}/cases/{}/interviews/{number}", case.alias)).unwrap_or_default(),
        further_decided_at: interview.further.map(|further| timestamp(further.decided_at)),
        further_kind: interview.further.map_or(0, |further| further.kind.number()),
        further_reason: String::new(),
        protocol_closed_at: interview.closed.as_ref().map(|closed| timestamp(closed.at)),
        child_to_be_told: interview.is_child_to_be_told(),
        closing_check: viewer.closing_check(interview).into_iter().map(role_check).collect(),
        name,
    }
}

fn role_check(RoleCheck { role, signed_off, absent, waiting, delivered }: RoleCheck) -> v1::RoleCheck {
    v1::RoleCheck { role: role_to(role).into(), signed_off, absent, unasked: waiting.saturating_add(delivered) }
}

/// How resources are named here.
struct Names<'a> {
    house: &'a str,
    interview: &'a str,
}

impl Names<'_> {
    fn invitation(&self, invitation: &Invitation, answer: Answer) -> v1::Invitation {
        let (state, reason) = match answer {
            Answer::Open => (v1::InvitationState::Open, 0),
            Answer::Accepted => (v1::InvitationState::Accepted, 0),
            Answer::Declined(reason) => (v1::InvitationState::Declined, reason.number()),
            Answer::Waived => (v1::InvitationState::Waived, 0),
        };
        v1::Invitation {
            post: format!("{}/posts/{}", self.house, invitation.post),
            role: role_to(invitation.role).into(),
            required: invitation.required,
            state: state.into(),
            person: invitation.person.as_ref().map(|person| format!("{}/persons/{person}", self.house)).unwrap_or_default(),
            reason,
        }
    }

    fn observer(&self, interview: &Interview, observer: &Observer) -> v1::Observer {
        v1::Observer {
            person: format!("{}/persons/{}", self.house, observer.person),
            post: format!("{}/posts/{}", self.house, observer.post),
            role: role_to(observer.role).into(),
            by_right: observer.by_right,
            checked_in_at: observer.checked_in_at.map(timestamp),
            checked_out_at: observer.checked_out_at.map(timestamp),
            ban_acknowledged: observer.ban_acknowledged,
            signed_off_at: interview.sign_off(observer).map(timestamp),
            connection_lost_at: match observer.connection {
                Connection::Lost(since) => Some(timestamp(since)),
                Connection::None | Connection::Stands => None,
            },
            absence_reason: observer.absence.map_or(0, |reason| reason.number()),
        }
    }

    fn lasting(&self, number: u32, lasting: &Break, seen: &mut impl FnMut(u32) -> bool) -> v1::Break {
        v1::Break {
            number,
            called_at: Some(timestamp(lasting.called_at)),
            resumed_at: lasting.resumed_at.map(timestamp),
            batches: (1..).zip(&lasting.batches).map(|(number, batch)| self.batch(number, batch, seen)).collect(),
        }
    }

    fn batch(&self, number: u32, batch: &Batch, seen: &mut impl FnMut(u32) -> bool) -> v1::Batch {
        let questions = batch.questions.iter().filter(|number| seen(**number));
        v1::Batch {
            number,
            questions: questions.map(|question| format!("{}/questions/{question}", self.interview)).collect(),
            delivered_at: Some(timestamp(batch.delivered_at)),
            acknowledged_at: batch.acknowledged_at.map(timestamp),
        }
    }
}

fn state(interview: &Interview) -> v1::InterviewState {
    match interview.stage {
        Stage::Tentative => v1::InterviewState::Tentative,
        Stage::Confirmed if interview.is_ready() => v1::InterviewState::Ready,
        Stage::Confirmed => v1::InterviewState::Confirmed,
        Stage::InProgress => v1::InterviewState::InProgress,
        Stage::Break => v1::InterviewState::Break,
        Stage::Closing => v1::InterviewState::Closing,
        Stage::Interrupted => v1::InterviewState::Interrupted,
        Stage::Ended => v1::InterviewState::Ended,
        Stage::Documented => v1::InterviewState::Documented,
    }
}

fn phase(phase: Phase) -> v1::Phase {
    match phase {
        Phase::Before => v1::Phase::Before,
        Phase::Prepared => v1::Phase::Prepared,
        Phase::Live => v1::Phase::Live,
        Phase::After => v1::Phase::After,
        Phase::Documented => v1::Phase::Documented,
        Phase::Closed => v1::Phase::Closed,
        Phase::Erased => v1::Phase::Erased,
    }
}
