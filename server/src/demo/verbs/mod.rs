//! Verbs: which calls a step's act stands for, and what their answers must hold.
//!
//! One file for each part of the contract. Who acts and when is the player's; here is no verb's order among others.

mod audit;
mod booking;
mod case;
mod consultation;
mod question;
mod room;

use barnahus_domain::Time;

use super::{
    acts::Act,
    player::{Done, Halt, Player, Scene},
    rpc::Rpc,
};
use crate::clock;

/// What comes of an act.
pub(crate) type Play = Result<Done, Halt>;

/// Does what a step says, as one post.
pub(crate) async fn perform(player: &mut Player<'_>, scene: Scene<'_>, act: &Act) -> Play {
    match act {
        Act::RequestConsultation { kind, identity, reason, coordinator } => {
            consultation::request(player, scene, *kind, *identity, reason, coordinator.as_deref()).await
        }
        Act::ScheduleConsultation { invite } => consultation::schedule(player, scene, invite).await,
        Act::HoldConsultation { absent, actions } => consultation::hold(player, scene, absent, actions).await,
        Act::HoldAfterMeeting { actions } => consultation::hold_after_meeting(player, scene, actions).await,
        Act::OpenInvestigation { police_reference, identity, ground } => {
            case::open(player, scene, police_reference, *identity, ground).await
        }
        Act::NameDeputy { post } => case::name_deputy(player, scene, post).await,
        Act::SetEmbargo { reason } => case::set_embargo(player, scene, reason).await,
        Act::LiftEmbargo { reason } => case::lift_embargo(player, scene, reason).await,
        Act::RecordSpecialRepresentative { state, post, court_reference } => {
            case::representative(player, scene, *state, post.as_deref(), court_reference).await
        }
        Act::RecordGuardiansInformed {} => case::guardians_informed(player, scene).await,
        Act::BookInterview(booking) => booking::book(player, scene, booking).await,
        Act::AcceptBooking {} => booking::accept(player, scene).await,
        Act::DeclineBooking { reason } => booking::decline(player, scene, *reason).await,
        Act::InvitePost { post, instead_of } => booking::invite(player, scene, post, instead_of).await,
        Act::ConfirmInterview { waive, defence_note } => booking::confirm(player, scene, waive, defence_note).await,
        Act::OrderDisclosureBan { scope, until } => booking::order_ban(player, scene, scope, *until).await,
        Act::RemoveObserver { post } => booking::remove(player, scene, post).await,
        Act::AdmitObservers { who } => booking::admit(player, scene, who).await,
        Act::DecideFurtherInterview { kind, reason } => booking::further(player, scene, *kind, reason).await,
        Act::DocumentInterview {} => booking::document(player, scene).await,
        Act::CloseProtocol {} => booking::close_protocol(player, scene).await,
        Act::AddRemark { text } => booking::remark(player, scene, text).await,
        Act::CheckIn { acknowledge_disclosure_ban } => room::check_in(player, scene, *acknowledge_disclosure_ban).await,
        Act::CheckOut {} => room::check_out(player, scene).await,
        Act::FreezeRoster {} => room::freeze(player, scene).await,
        Act::RecordChildInformed {} => room::child_informed(player, scene).await,
        Act::StartInterview { recording_reference, reason } => room::start(player, scene, recording_reference, reason).await,
        Act::CallBreak { delivered_in_order } => room::call_break(player, scene, delivered_in_order.as_deref()).await,
        Act::AcknowledgeDelivery {} => room::acknowledge(player, scene).await,
        Act::RequestBreak {} => room::request_break(player, scene).await,
        Act::AllowNotes { allowed } => room::allow_notes(player, scene, *allowed).await,
        Act::ResumeInterview {} => room::resume(player, scene).await,
        Act::InterruptInterview { reason } => room::interrupt(player, scene, *reason).await,
        Act::BeginClosing {} => room::begin_closing(player, scene).await,
        Act::SignOff {} => room::sign_off(player, scene).await,
        Act::RecordAbsence { post, reason } => room::record_absence(player, scene, post, *reason).await,
        Act::EndInterview { reason, unasked } => room::end(player, scene, *reason, unasked).await,
        Act::ConfirmFates {} => room::confirm_fates(player, scene).await,
        Act::SubmitQuestion { text, urgent_protection, hint } => question::submit(player, scene, text, *urgent_protection, *hint).await,
        Act::WithdrawQuestion { question } => question::withdraw(player, scene, question).await,
        Act::ReviseQuestion { question, text } => question::revise(player, scene, question, text).await,
        Act::RewordQuestion { question, text } => question::reword(player, scene, question, text).await,
        Act::DeferQuestion { question } => question::defer(player, scene, question).await,
        Act::RankQuestion { question, rank } => question::rank(player, scene, question, *rank).await,
        Act::UnmarkUrgency { question, reason } => question::unmark_urgency(player, scene, question, reason).await,
        Act::MarkActedOn { question } => question::acted_on(player, scene, question).await,
        Act::DeliverNote { question } => question::deliver_note(player, scene, question).await,
        Act::ExpectQuestions { in_order } => question::expect_questions(player, scene, in_order).await,
        Act::Triage { approve, merge, reject } => question::triage(player, scene, approve, merge, reject).await,
        Act::Object { to, text } => question::object(player, scene, to, text).await,
        Act::NoteFate { question, fate, offset, reason } => question::note_fate(player, scene, question, *fate, *offset, *reason).await,
        Act::ExpectNothingDelivered {} => question::expect_nothing_delivered(player, scene).await,
        Act::ReadQuestionText {} => question::read_text(player, scene).await,
        Act::ReviewSample { size } => audit::review_sample(player, scene, *size).await,
        Act::VerifyLog {} => audit::verify_log(player, scene).await,
    }
}

/// An act of which nothing but its success is told.
async fn plain<R: Rpc>(player: &mut Player<'_>, scene: Scene<'_>, request: R, outcome: &str) -> Play {
    player.act(scene.who, request).await?;
    Ok(Done::said(outcome))
}

/// The id of a new request.
fn request_id() -> String {
    clock::request_id().to_string()
}

/// An instant as messages carry it.
pub(super) fn timestamp(time: Time) -> prost_types::Timestamp {
    let nanos = i32::try_from(time.0.rem_euclid(1_000_000) * 1000).unwrap_or_default();
    prost_types::Timestamp { seconds: time.0.div_euclid(1_000_000), nanos }
}

/// A part of an answer that must be there.
fn present<T>(part: Option<T>, what: &str) -> Result<T, Halt> {
    part.ok_or_else(|| Halt::unexpected(format!("an answer with {what}"), "one without"))
}
