//! Each step in the story, in a few words.

use super::{acts::Act, code::Named as _};

impl Act {
    /// The step in the story, in a few words.
    pub(crate) fn tells(&self) -> String {
        match self {
            Self::RequestConsultation { .. } => "asks for a consultation".to_owned(),
            Self::ScheduleConsultation { .. } => "schedules it".to_owned(),
            Self::HoldConsultation { .. } => "notes it was held".to_owned(),
            Self::HoldAfterMeeting { .. } => "notes the after-meeting".to_owned(),
            Self::OpenInvestigation { police_reference, .. } => format!("leads, report {police_reference}"),
            Self::NameDeputy { post } => format!("names {post} as deputy"),
            Self::SetEmbargo { .. } => "sets the embargo".to_owned(),
            Self::LiftEmbargo { .. } => "lifts the embargo".to_owned(),
            Self::RecordSpecialRepresentative { post, .. } => {
                format!("representative: {}", post.as_deref().unwrap_or("the court is asked"))
            }
            Self::RecordGuardiansInformed {} => "told the guardians".to_owned(),
            Self::BookInterview(booking) => format!("books {} {}, for {} min", booking.on, booking.from.strftime("%H:%M"), booking.minutes),
            Self::AcceptBooking {} => "accepts".to_owned(),
            Self::DeclineBooking { reason } => format!("declines: {}", lower(reason.0.short_name())),
            Self::InvitePost { post, instead_of } => format!("asks {post} instead of {instead_of}"),
            Self::ConfirmInterview { .. } => "confirms interview".to_owned(),
            Self::OrderDisclosureBan { .. } => "orders the disclosure ban".to_owned(),
            Self::RemoveObserver { post } => format!("takes back {post}'s admission"),
            Self::AdmitObservers { .. } => "admits listeners".to_owned(),
            Self::DecideFurtherInterview { kind, .. } => format!("decides: {} interview", lower(kind.0.short_name())),
            Self::DocumentInterview {} => "documents it".to_owned(),
            Self::CloseProtocol {} => "closes the protocol".to_owned(),
            Self::AddRemark { .. } => "remarks".to_owned(),
            Self::CheckIn { .. } => "checks in".to_owned(),
            Self::CheckOut {} => "leaves the room".to_owned(),
            Self::FreezeRoster {} => "freezes the roster".to_owned(),
            Self::RecordChildInformed {} => "told the child who listens".to_owned(),
            Self::StartInterview { recording_reference, .. } => format!("starts, recording {recording_reference}"),
            Self::CallBreak { .. } => "calls a break".to_owned(),
            Self::AcknowledgeDelivery {} => "has read them".to_owned(),
            Self::RequestBreak {} => "asks for a break".to_owned(),
            Self::AllowNotes { allowed: true } => "allows single notes".to_owned(),
            Self::AllowNotes { allowed: false } => "allows notes no more".to_owned(),
            Self::ResumeInterview {} => "goes on".to_owned(),
            Self::InterruptInterview { reason } => format!("interrupts: {}", lower(reason.0.short_name())),
            Self::BeginClosing {} => "begins the closing".to_owned(),
            Self::SignOff {} => "signs off".to_owned(),
            Self::RecordAbsence { post, reason } => format!("says that {post} is absent: {}", lower(reason.0.short_name())),
            Self::EndInterview { reason, .. } => format!("ends: {}", lower(reason.0.short_name())),
            Self::ConfirmFates {} => "confirms the fates".to_owned(),
            Self::SubmitQuestion { .. } => "asks".to_owned(),
            Self::WithdrawQuestion { .. } => "takes back".to_owned(),
            Self::ReviseQuestion { .. } => "asks in other words".to_owned(),
            Self::RewordQuestion { .. } => "rewords".to_owned(),
            Self::DeferQuestion { .. } => "defers".to_owned(),
            Self::RankQuestion { rank, .. } => format!("ranks {rank}"),
            Self::UnmarkUrgency { .. } => "says it is not urgent".to_owned(),
            Self::MarkActedOn { .. } => "has acted on it".to_owned(),
            Self::DeliverNote { .. } => "sends as a note".to_owned(),
            Self::ExpectQuestions { .. } => "looks at the questions".to_owned(),
            Self::Triage { .. } => "decides on each".to_owned(),
            Self::Object { .. } => "objects".to_owned(),
            Self::NoteFate { .. } => "notes the fate of".to_owned(),
            Self::ExpectNothingDelivered {} => "looks too early".to_owned(),
            Self::ReadQuestionText {} => "wants to read a question".to_owned(),
            Self::ReviewSample { size } => format!("draws {size} records, twice"),
            Self::VerifyLog {} => "verifies an export".to_owned(),
        }
    }
}

fn lower(code: &str) -> String {
    code.to_lowercase().replace('_', " ")
}
