//! A refusal, as a client understands it.

use std::{fmt, time::Duration};

use anyhow::{Result, bail};
use barnahus_proto::{ERROR_DOMAIN, v1::ErrorReason};
use tonic::{Code, Status};
use tonic_types::StatusExt as _;

/// A call that the house refused.
#[derive(Debug, Clone)]
pub struct Refused {
    /// The gRPC code.
    pub code: Code,
    /// An `ErrorReason` without its prefix; empty where the error gives none of the contract's.
    pub reason: String,
    /// What the house says to a person.
    pub message: String,
    /// The record of the refusal.
    pub record: Option<u64>,
    /// The fields that are wrong, in order.
    pub fields: Vec<String>,
    /// When to come back.
    pub retry: Option<Duration>,
    /// The whole.
    pub status: Status,
}

impl From<Status> for Refused {
    fn from(status: Status) -> Self {
        let info = status.get_details_error_info().filter(|info| info.domain == ERROR_DOMAIN);
        let record = info.as_ref().and_then(|info| info.metadata.get("record_index")?.parse().ok());
        let violations = status.get_details_bad_request().map(|bad| bad.field_violations).unwrap_or_default();
        Self {
            code: status.code(),
            reason: info.map(|info| info.reason).unwrap_or_default(),
            message: status.message().to_owned(),
            record,
            fields: violations.into_iter().map(|violation| violation.field).collect(),
            retry: status.get_details_retry_info().and_then(|retry| retry.retry_delay),
            status,
        }
    }
}

impl fmt::Display for Refused {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?} {}: {} (record {:?}, fields {:?})", self.code, self.reason, self.message, self.record, self.fields)
    }
}

impl std::error::Error for Refused {}

impl Refused {
    /// The reason, if it is one of the contract's.
    #[must_use]
    pub fn known(&self) -> Option<ErrorReason> {
        ErrorReason::from_str_name(&format!("ERROR_REASON_{}", self.reason))
    }
}

/// The refusal of a call that must be refused, for this reason.
///
/// # Errors
/// If it was not refused, or for another reason.
pub fn refused<T>(outcome: Result<T, Refused>, reason: ErrorReason) -> Result<Refused> {
    match outcome {
        Ok(_) => bail!("not refused, where {} was due", reason.as_str_name()),
        Err(refused) if refused.known() == Some(reason) => Ok(refused),
        Err(refused) => bail!("{} was due, not: {refused}", reason.as_str_name()),
    }
}
