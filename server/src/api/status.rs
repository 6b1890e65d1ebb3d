//! Errors as the caller sees them. The only place in the server that knows gRPC codes.
//!
//! INVARIANT: every error carries ErrorInfo, its reason a name of [`ErrorReason`]; no error carries private text.

use std::{collections::HashMap, time::Duration};

use barnahus_domain::{
    Refusal, booking::BookingRefusal as Booking, case::CaseRefusal as Case, consultation::ConsultationRefusal as Consultation,
    directory::DirectoryRefusal as Directory, question::QuestionRefusal as Question, room::RoomRefusal as Room,
};
use barnahus_proto::{
    ERROR_DOMAIN,
    v1::ErrorReason::{self, *},
};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, FieldViolation, StatusExt as _};

use crate::{
    api::{
        about::{ABOUT, about, field},
        fields::{BadInput, Violation},
    },
    clerk::Failure,
    quota::Throttled,
    reserve,
};

/// How long to wait before a repeat.
const RETRY: Duration = Duration::from_millis(500);

/// The name of a reason in ErrorInfo and in records: without its prefix.
#[must_use]
pub fn name(reason: ErrorReason) -> &'static str {
    reason.as_str_name().trim_start_matches("ERROR_REASON_")
}

/// An act's failure as the caller sees it.
#[must_use]
pub fn failed(failure: &Failure) -> Status {
    let text = failure.to_string();
    let (reason, index) = match failure {
        Failure::BadInput(input, index) => return bad_input(input, Some(*index)),
        Failure::UnknownCertificate => (CertificateUnknown, None),
        Failure::Revoked(index) => (CertificateRevoked, Some(*index)),
        Failure::NotFound(index) => (NotFound, Some(*index)),
        Failure::Denied(index) => (PermissionDenied, Some(*index)),
        Failure::PolicyError(index) => (PolicyError, Some(*index)),
        Failure::Refused(refusal, index) => return refused(refusal, &text, *index),
        Failure::RefusedBefore(reason, index) => {
            (ErrorReason::from_str_name(&format!("ERROR_REASON_{reason}")).unwrap_or(Internal), Some(*index))
        }
        Failure::RequestReused(index) => (RequestIdReused, Some(*index)),
        Failure::Unavailable => (Unavailable, None),
        Failure::DiskFull => (DiskFull, None),
        Failure::ClockBehind => (ClockBehind, None),
        Failure::Internal => {
            let request = crate::clock::request_id().to_string();
            tracing::error!(%request, "an act could not be carried out: the lines before tell why");
            return internal(&request);
        }
    };
    status(reason, &text, index)
}

/// What the rules of the house refuse.
fn refused(refusal: &Refusal, text: &str, index: u64) -> Status {
    let reason = reason_of(refusal);
    let mut details = details_about(reason, Some(index), about(refusal));
    if let Some(field) = field(refusal) {
        details.set_bad_request(vec![FieldViolation { reason: name(reason).to_owned(), ..FieldViolation::new(field, text) }]);
    }
    with_details(reason, text, details)
}

/// A message that was not understood, and that nobody known sent.
#[must_use]
pub fn bad_input(input: &BadInput, index: Option<u64>) -> Status {
    let mut details = details(input.reason(), index);
    let told = |violation: &Violation| FieldViolation {
        reason: name(violation.reason).to_owned(),
        ..FieldViolation::new(&violation.field, &violation.text)
    };
    details.set_bad_request(input.violations.iter().map(told).collect::<Vec<_>>());
    // What is wrong with the message as a whole names no field.
    let text = |violation: &Violation| match violation.field.as_str() {
        "" => violation.text.clone(),
        field => format!("`{field}`: {}", violation.text),
    };
    let text = input.violations.iter().map(text).collect::<Vec<_>>().join("; ");
    Status::with_error_details(code(input.reason()), text, details)
}

/// Too many calls.
#[must_use]
pub fn throttled(throttled: Throttled) -> Status {
    let mut details = details(QuotaExceeded, None);
    details.set_retry_info(Some(throttled.wait));
    Status::with_error_details(code(QuotaExceeded), "too many calls: wait a moment and go on more slowly", details)
}

/// A call of ours that failed within the answer: the record stands, the content does not.
#[must_use]
pub fn internal(request: &str) -> Status {
    let mut details = details(Internal, None);
    details.set_request_info(request, "");
    Status::with_error_details(code(Internal), "an error of ours; tell the house's administrator the request id", details)
}

/// Why the transport refused a message, if it did: its statuses carry no details, ours always do.
#[must_use]
pub fn of_transport(status: &Status) -> Option<(ErrorReason, &'static str)> {
    match status.code() {
        _ if !status.details().is_empty() => None,
        Code::Ok => None,
        Code::OutOfRange => Some((MessageTooLarge, "the message as a whole is larger than 64 KiB: shorten its texts")),
        _ => Some((InvalidField, "this is no message of the contract: use its .proto files")),
    }
}

/// A status with a reason and no further details.
#[must_use]
pub fn status(reason: ErrorReason, text: &str, index: Option<u64>) -> Status {
    with_details(reason, text, details(reason, index))
}

fn with_details(reason: ErrorReason, text: &str, mut details: ErrorDetails) -> Status {
    match code(reason) {
        Code::Unavailable => {
            details.set_retry_info(Some(if reason == DiskFull { reserve::LOOK } else { RETRY }));
        }
        Code::FailedPrecondition => {
            details.add_precondition_failure_violation(name(reason), "", text);
        }
        _ => {}
    }
    Status::with_error_details(code(reason), text, details)
}

fn details(reason: ErrorReason, index: Option<u64>) -> ErrorDetails {
    details_about(reason, index, None)
}

/// `record_index` in the metadata names the refusal's own record.
fn details_about(reason: ErrorReason, index: Option<u64>, about: Option<String>) -> ErrorDetails {
    let index = index.map(|index| ("record_index".to_owned(), index.to_string()));
    let metadata: HashMap<_, _> = index.into_iter().chain(about.map(|about| (ABOUT.to_owned(), about))).collect();
    ErrorDetails::with_error_info(name(reason), ERROR_DOMAIN, metadata)
}

/// The gRPC code of a reason.
#[must_use]
fn code(reason: ErrorReason) -> Code {
    match reason {
        ErrorReason::NotFound => Code::NotFound,
        PermissionDenied | PolicyError => Code::PermissionDenied,
        CertificateUnknown | CertificateRevoked => Code::Unauthenticated,
        QuotaExceeded | TooManyQuestions => Code::ResourceExhausted,
        ErrorReason::Unavailable | DiskFull | ClockBehind => Code::Unavailable,
        Unspecified | ErrorReason::Internal => Code::Internal,
        TokenExpired => Code::OutOfRange,
        StaleEtag => Code::Aborted,
        InvalidField
        | MessageTooLarge
        | IdentityNumberInText
        | TextEmpty
        | TextTooLong
        | ControlCharacter
        | UnknownCode
        | MalformedName
        | MalformedRequestId
        | RequestIdReused
        | TimeBeforeCase
        | TimeAfterEnd
        | TokenInvalid
        | TimeUnsuitable
        | UrgencyNotYours
        | MergeTarget
        | OffsetNeeded
        | ReasonNeeded
        | SigningRequestInvalid
        | MandateTimes
        | RoomsUnsuitable => Code::InvalidArgument,
        WrongState
        | LeaderExists
        | NoLeader
        | IdentityGoesForward
        | EmbargoOn
        | EmbargoOff
        | RepresentativeState
        | ResourceTaken
        | NobodyFits
        | InterviewExists
        | AcceptanceMissing
        | RepresentativeMissing
        | DefenceNoteMissing
        | NoOpenInvitation
        | NoSeat
        | NotCheckedIn
        | CheckedInAlready
        | DisclosureBanNotAcknowledged
        | RosterFrozen
        | FormalityMissing
        | NoSuchBreak
        | SignOffMissing
        | SignedOffAlready
        | WasNotThere
        | QuestionWithoutFate
        | FatesUnconfirmed
        | QuestionState
        | NothingToObjectTo
        | NotesNotAllowed
        | NoteUnread
        | NotUrgent
        | DecisionMissing
        | RevokedAlready
        | LastAdministrator
        | MandateConflict => Code::FailedPrecondition,
    }
}

/// The reason of a refusal.
#[must_use]
pub fn reason_of(refusal: &Refusal) -> ErrorReason {
    match refusal {
        Refusal::StaleEtag => StaleEtag,
        Refusal::TimeBeforeCase => TimeBeforeCase,
        Refusal::TimeAfterEnd => TimeAfterEnd,
        Refusal::Directory(refusal) => of_directory(refusal),
        Refusal::Case(refusal) => of_case(refusal),
        Refusal::Consultation(refusal) => of_consultation(refusal),
        Refusal::Interview(refusal) => of_booking(refusal),
        Refusal::Room(refusal) => of_room(refusal),
        Refusal::Question(refusal) => of_question(refusal),
    }
}

fn of_directory(refusal: &Directory) -> ErrorReason {
    match refusal {
        Directory::NoSuchPerson => NotFound,
        Directory::NoSuchPost(_) => NobodyFits,
        Directory::MandateTimes(_) | Directory::NoSuchMandate(_) => MandateTimes,
        Directory::RolesApart(_) | Directory::Oneself => MandateConflict,
        Directory::Revoked => RevokedAlready,
        Directory::LastAdministrator => LastAdministrator,
    }
}

fn of_case(refusal: &Case) -> ErrorReason {
    match refusal {
        Case::NoSuchCase => NotFound,
        Case::LeaderExists(_) => LeaderExists,
        Case::IdentityGoesForward => IdentityGoesForward,
        Case::EmbargoOn => EmbargoOn,
        Case::EmbargoOff => EmbargoOff,
        Case::RepresentativeState { .. } => RepresentativeState,
        Case::NotARepresentative(_) => NobodyFits,
        Case::GuardiansInformedAlready => WrongState,
        Case::CannotDepute(_) => NobodyFits,
        Case::InterviewRuns => WrongState,
    }
}

fn of_consultation(refusal: &Consultation) -> ErrorReason {
    match refusal {
        Consultation::WrongState(_) | Consultation::InterviewNotEnded | Consultation::NoAliasLeft => WrongState,
        Consultation::NoSuchConsultation => NotFound,
        Consultation::NoSuchPost(_) => NobodyFits,
        Consultation::NoSuchAuthority(_) | Consultation::NotInvited(_) | Consultation::CoordinatorNeeded => InvalidField,
        Consultation::InThePast | Consultation::DueTooEarly(_) => TimeUnsuitable,
    }
}

fn of_booking(refusal: &Booking) -> ErrorReason {
    match refusal {
        Booking::NoSuchInterview => NotFound,
        Booking::WrongStage(_) => WrongState,
        Booking::NoLeader => NoLeader,
        Booking::InterviewExists => InterviewExists,
        Booking::DecisionMissing => DecisionMissing,
        Booking::ChangedSince => StaleEtag,
        Booking::TimeUnsuitable | Booking::BanEndsInThePast => TimeUnsuitable,
        Booking::Taken(_) | Booking::NoRoomFree => ResourceTaken,
        Booking::InterviewerNotAsked | Booking::NobodyFits(_) | Booking::CannotListen(_) => NobodyFits,
        Booking::RoomsUnsuitable => RoomsUnsuitable,
        Booking::NoOpenInvitation => NoOpenInvitation,
        Booking::AcceptanceMissing(_) | Booking::InterviewerMissing => AcceptanceMissing,
        Booking::NothingToWaive(_) | Booking::NothingToReplace(_) | Booking::NothingToNote => InvalidField,
        Booking::DefenceNoteMissing => DefenceNoteMissing,
        Booking::RepresentativeMissing => RepresentativeMissing,
        Booking::NoSeat(_) => NoSeat,
        Booking::SignOffMissing(_) => SignOffMissing,
        Booking::QuestionWithoutFate(_) => QuestionWithoutFate,
        Booking::FatesUnconfirmed => FatesUnconfirmed,
    }
}

fn of_room(refusal: &Room) -> ErrorReason {
    match refusal {
        Room::NoSuchInterview => NotFound,
        Room::WrongStage(_) => WrongState,
        Room::CheckedInAlready => CheckedInAlready,
        Room::NotCheckedIn => NotCheckedIn,
        Room::WasNotThere => WasNotThere,
        Room::SignedOffAlready => SignedOffAlready,
        Room::BanNotAcknowledged => DisclosureBanNotAcknowledged,
        Room::RosterFrozen | Room::RosterFrozenAlready => RosterFrozen,
        Room::FormalityMissing(_) => FormalityMissing,
        Room::NoSuchBatch { .. } => NoSuchBreak,
        Room::NoSuchQuestion(_) => InvalidField,
        Room::Fate(refusal) => of_question(refusal),
    }
}

fn of_question(refusal: &Question) -> ErrorReason {
    match refusal {
        Question::NoSuchQuestion => NotFound,
        Question::NotCheckedIn => NotCheckedIn,
        Question::WrongStage(_) => WrongState,
        Question::UrgencyNotYours => UrgencyNotYours,
        Question::WrongState(_) => QuestionState,
        Question::MergeTarget(_) => MergeTarget,
        Question::NothingToObjectTo => NothingToObjectTo,
        Question::DecidedByAnother => StaleEtag,
        Question::NotUrgent => NotUrgent,
        Question::NotesNotAllowed => NotesNotAllowed,
        Question::NoteUnread => NoteUnread,
        Question::NoSuchRank => InvalidField,
        Question::OffsetNeeded => OffsetNeeded,
        Question::ReasonNeeded => ReasonNeeded,
        Question::TooMany | Question::TooManyOfYours | Question::TooManyWordings => TooManyQuestions,
    }
}
