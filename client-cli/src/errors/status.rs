//! What a refusal of the house means, by its `ErrorInfo.reason`, and what to do next.
//!
//! INVARIANT: every ErrorReason has its sentence in both languages (tested in `text.rs`); one that is newer than this program still says
//! what the house said.

use std::{error::Error, time::Duration};

use barnahus_proto::{ERROR_DOMAIN, v1::ErrorReason};
use tonic::{Code, Status};
use tonic_types::{ErrorDetails, StatusExt as _};

use super::{Exit, Failure, House, fields, transport};
use crate::text::code_key;

/// What was asked of the house.
#[derive(Clone, Debug, Default)]
pub(crate) struct Asked {
    /// The rpc's name.
    pub(crate) rpc: &'static str,
    /// The request id, where it changes something.
    pub(crate) request_id: Option<String>,
    /// When it was asked, as a person would type it: for acts that must be told of later if they cannot be told now (rule L11).
    pub(crate) at: Option<String>,
}

/// The refusal, told.
pub(crate) fn refused(status: &Status, asked: &Asked) -> Failure {
    let details = status.get_error_details();
    let reason = details.error_info().filter(|info| info.domain == ERROR_DOMAIN).map(|info| info.reason.clone());
    let Some(reason) = reason else { return on_the_way(status, asked) };
    let known = ErrorReason::from_str_name(&format!("ERROR_REASON_{reason}"));
    let failure = match known {
        Some(known) => Failure::new(exit(status.code()), code_key(known.as_str_name())),
        None => Failure::new(exit(status.code()), "fail-unknown-reason").with("reason", &reason).with("message", status.message()),
    };
    let fact = |key: &str| details.error_info().and_then(|info| info.metadata.get(key));
    let record_index = fact("record_index").and_then(|index| index.parse().ok());
    let about = fact("about").into_iter().flat_map(|about| about.split(',')).map(str::to_owned).collect();
    let said = House { reason: Some(reason.clone()), message: Some(status.message().to_owned()), about, record_index };
    let failure = advise(with_details(failure, status, &details), status.code(), asked).said(said);
    failure.technical(format!("{}: {} ({reason})", asked.rpc, status.message()))
}

/// How long the house asks to wait before the same is tried again, where it says so and trying again is right.
pub(crate) fn retry_after(status: &Status) -> Option<Duration> {
    let wait = status.get_error_details().retry_info().and_then(|info| info.retry_delay);
    wait.filter(|_| status.code() == Code::Unavailable)
}

/// Whether the house gave this reason.
pub(crate) fn is_reason(status: &Status, reason: ErrorReason) -> bool {
    let details = status.get_error_details();
    let info = details.error_info();
    info.is_some_and(|info| info.domain == ERROR_DOMAIN && format!("ERROR_REASON_{}", info.reason) == reason.as_str_name())
}

fn exit(code: Code) -> Exit {
    match code {
        Code::NotFound => Exit::NotFound,
        Code::Aborted => Exit::Conflict,
        Code::Unavailable | Code::ResourceExhausted => Exit::TryAgain,
        Code::InvalidArgument
        | Code::FailedPrecondition
        | Code::PermissionDenied
        | Code::Unauthenticated
        | Code::OutOfRange
        | Code::AlreadyExists => Exit::Refused,
        _ => Exit::Other,
    }
}

fn with_details(mut failure: Failure, status: &Status, details: &ErrorDetails) -> Failure {
    // One that names no field is about the whole message, as the reason says.
    let fields = details.bad_request().into_iter().flat_map(|bad| &bad.field_violations).filter(|violation| !violation.field.is_empty());
    for violation in fields {
        // A rule of the house says by its reason what is wrong; the field says where.
        if violation.description == status.message() {
            failure = failure.and("fail-field-named").with("field", fields::flag(&violation.field));
            continue;
        }
        failure = failure.and("fail-field").with("field", fields::flag(&violation.field));
        failure = failure.with("reason", &violation.reason).with("description", &violation.description);
    }
    // One without a subject says what the reason says.
    let unmet = details.precondition_failure().into_iter().flat_map(|failed| &failed.violations);
    for violation in unmet.filter(|violation| !violation.subject.is_empty()) {
        failure = failure.and("fail-unmet").with("subject", crate::names::short(&violation.subject));
        failure = failure.with("description", &violation.description);
    }
    if let Some(index) = details.error_info().and_then(|info| info.metadata.get("record_index")) {
        failure = failure.and("fail-record").with("index", index);
    }
    if let Some(wait) = details.retry_info().and_then(|info| info.retry_delay) {
        failure = failure.and("fail-retry-after").with("seconds", wait.as_secs_f64().ceil());
    }
    if let Some(request) = details.request_info().filter(|request| !request.request_id.is_empty()) {
        failure = failure.and("fail-request-info").with("id", &request.request_id);
    }
    failure
}

/// No refusal of the house's own, but something between it and us.
fn on_the_way(status: &Status, asked: &Asked) -> Failure {
    let failure = match status.source() {
        Some(source) => transport::Trouble::of(source).failure(),
        None => match status.code() {
            Code::Unavailable | Code::Cancelled | Code::DeadlineExceeded => transport::Trouble::Lost.failure(),
            code => Failure::new(exit(code), "fail-foreign").with("message", status.message()),
        },
    };
    let lost = failure.exit == Exit::TryAgain;
    let failure = advise(failure, if lost { Code::Unavailable } else { status.code() }, asked);
    transport::chain(status).into_iter().fold(failure, Failure::technical)
}

/// Where it is not known whether it was done, how to find out.
fn advise(failure: Failure, code: Code, asked: &Asked) -> Failure {
    if code != Code::Unavailable {
        return failure;
    }
    match (&asked.at, &asked.request_id) {
        (Some(at), _) => failure.and("fail-tell-later").with("at", at),
        (None, Some(id)) => failure.and("fail-repeat").with("id", id),
        (None, None) => failure,
    }
}

#[cfg(test)]
mod tests {
    use tonic_types::FieldViolation;

    use super::*;
    use crate::text::{Lang, Words};

    const EN: Words = Words { lang: Lang::En };
    const SV: Words = Words { lang: Lang::Sv };

    fn status(code: Code, reason: &str, more: impl FnOnce(&mut ErrorDetails)) -> Status {
        let mut details = ErrorDetails::new();
        details.set_error_info(reason, ERROR_DOMAIN, [("k".to_owned(), "v".to_owned())]);
        more(&mut details);
        Status::with_error_details(code, "the server's own words", details)
    }

    fn asked() -> Asked {
        Asked { rpc: "SubmitQuestion", request_id: Some("0193-id".into()), at: None }
    }

    #[test]
    fn a_reason_is_told_in_the_persons_language_with_what_it_is_about() {
        let failure = refused(&status(Code::FailedPrecondition, "NOT_CHECKED_IN", |_| ()), &asked());
        assert_eq!(failure.exit, Exit::Refused);
        assert!(failure.tell(SV, false).contains("incheckad"));
        assert!(failure.tell(EN, false).contains("`interview check-in`"));
        assert!(!failure.tell(SV, false).contains("own words") && !failure.tell(EN, false).contains("own words"));
        let state = status(Code::FailedPrecondition, "WRONG_STATE", |details| {
            details.set_error_info("WRONG_STATE", ERROR_DOMAIN, [("about".to_owned(), "INTERVIEW_STATE_BREAK,room-4".to_owned())]);
        });
        assert!(refused(&state, &asked()).tell(SV, false).contains("\ndet gäller: paus, room-4"));
        assert!(refused(&state, &asked()).tell(EN, false).contains("\nit is about: break, room-4"));
        assert!(failure.tell(EN, true).contains("SubmitQuestion: the server's own words (NOT_CHECKED_IN)"));
    }

    #[test]
    fn every_wrong_field_is_listed() {
        let status = status(Code::InvalidArgument, "INVALID_FIELD", |details| {
            let empty = FieldViolation { reason: "TEXT_EMPTY".into(), ..FieldViolation::new("text", "is empty") };
            details.set_bad_request(vec![empty]).add_bad_request_violation("parent", "is malformed");
        });
        let told = refused(&status, &asked()).tell(EN, false);
        assert!(told.contains("--text: is empty") && told.contains("parent: is malformed"), "{told}");
        assert!(!told.contains("own words"), "{told}");
        let told = refused(&status, &asked()).tell(SV, false);
        assert!(told.contains("--text: texten saknas") && told.contains("parent: värdet går inte"), "{told}");
    }

    #[test]
    fn exit_codes_tell_refused_from_not_found_from_conflict_from_try_again() {
        for (code, reason, exit) in [
            (Code::PermissionDenied, "PERMISSION_DENIED", Exit::Refused),
            (Code::InvalidArgument, "TEXT_EMPTY", Exit::Refused),
            (Code::NotFound, "NOT_FOUND", Exit::NotFound),
            (Code::Aborted, "STALE_ETAG", Exit::Conflict),
            (Code::Unavailable, "UNAVAILABLE", Exit::TryAgain),
            (Code::ResourceExhausted, "QUOTA_EXCEEDED", Exit::TryAgain),
            (Code::Internal, "INTERNAL", Exit::Other),
        ] {
            assert_eq!(refused(&status(code, reason, |_| ()), &asked()).exit, exit, "{reason}");
        }
    }

    #[test]
    fn what_may_have_been_done_says_how_to_find_out() {
        let unavailable = status(Code::Unavailable, "UNAVAILABLE", |details| {
            details.set_retry_info(Some(Duration::from_millis(1500)));
        });
        let told = refused(&unavailable, &asked()).tell(EN, false);
        assert!(told.contains("--request-id 0193-id") && told.contains("2 s"), "{told}");
        assert_eq!(retry_after(&unavailable), Some(Duration::from_millis(1500)));
        let read = refused(&unavailable, &Asked { request_id: None, ..asked() }).tell(EN, false);
        assert!(!read.contains("--request-id"), "{read}");
        let end = refused(&unavailable, &Asked { at: Some("2026-11-23 10:55:03".into()), ..asked() }).tell(EN, false);
        assert!(end.contains("--at \"2026-11-23 10:55:03\"") && !end.contains("--request-id"), "{end}");
    }

    #[test]
    fn the_houses_own_fault_names_the_request() {
        let status = status(Code::Internal, "INTERNAL", |details| {
            details.set_request_info("req-9", "");
        });
        assert!(refused(&status, &asked()).tell(SV, false).contains("req-9"));
    }

    #[test]
    fn a_reason_newer_than_this_program_and_a_foreign_server_still_say_what_was_said() {
        let newer = refused(&status(Code::FailedPrecondition, "SOMETHING_NEW", |_| ()), &asked());
        assert!(newer.tell(EN, false).contains("SOMETHING_NEW") && newer.exit == Exit::Refused);
        let foreign = refused(&Status::unimplemented("no such method"), &asked());
        assert!(foreign.tell(EN, false).contains("no such method") && foreign.exit == Exit::Other);
    }

    #[test]
    fn only_a_house_that_says_when_is_asked_again() {
        assert_eq!(retry_after(&status(Code::Unavailable, "UNAVAILABLE", |_| ())), None);
        let quota = status(Code::ResourceExhausted, "QUOTA_EXCEEDED", |details| {
            details.set_retry_info(Some(Duration::from_secs(1)));
        });
        assert_eq!(retry_after(&quota), None);
        assert!(is_reason(&quota, ErrorReason::QuotaExceeded) && !is_reason(&quota, ErrorReason::Unavailable));
    }
}
