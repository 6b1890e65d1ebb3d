//! What does not fit in an export or in a kept receipt, told in the person's language: the auditor's findings, place by place.
//!
//! The findings are `server/audit`'s; its own English stays where a finding is about a signature or a proof.

use barnahus_audit::{
    CheckpointError, NoteError, ReceiptError,
    export::{Fault, ReceiptFault, WriteError},
};

use super::{Exit, Failure};

/// The first place where an export does not fit.
pub(crate) fn export(fault: &Fault) -> Failure {
    match fault {
        Fault::NewestCheckpoint(source) | Fault::KeptCheckpoint { source, .. } if foreign(source) => {
            Failure::new(Exit::Other, "fail-trust-foreign").technical(fault)
        }
        fault => place(Failure::new(Exit::Other, "fail-export"), fault).technical(fault),
    }
}

/// Whether a checkpoint is not forged, but of a log that the trust file does not speak of.
pub(crate) fn foreign(error: &CheckpointError) -> bool {
    matches!(error, CheckpointError::Note(NoteError::UnknownSigners) | CheckpointError::Origin { .. })
}

/// Whether a receipt is not forged, but of a log that the trust file does not speak of.
pub(crate) fn foreign_receipt(error: &ReceiptError) -> bool {
    matches!(error, ReceiptError::Checkpoint(source) if foreign(source))
}

/// The first kept receipt that an export does not fit.
pub(crate) fn receipt(fault: &ReceiptFault) -> Failure {
    if let ReceiptFault::Invalid { source, .. } = fault
        && foreign_receipt(source)
    {
        return Failure::new(Exit::Other, "fail-trust-foreign").technical(fault);
    }
    let failure = Failure::new(Exit::Other, "fail-receipts");
    let failure = match fault {
        ReceiptFault::Invalid { index, source } => failure.and("fail-receipt-invalid").with("index", index).with("error", source),
        ReceiptFault::SetBack { index, seen, size } => {
            failure.and("fail-receipt-set-back").with("index", index).with("seen", seen).with("size", size)
        }
        ReceiptFault::Replaced { index } => failure.and("fail-receipt-replaced").with("index", index),
        ReceiptFault::Forked { index, size } => failure.and("fail-receipt-history").with("index", index).with("size", size),
        ReceiptFault::Export(fault) => return export(fault),
    };
    failure.technical(fault)
}

/// Why an export was not written.
pub(crate) fn write(error: &WriteError) -> Failure {
    match error {
        WriteError::NotEmpty(path) => Failure::new(Exit::Usage, "fail-out-exists").with("path", path),
        WriteError::Write { path, source } => Failure::new(Exit::Other, "fail-write").with("path", path).with("error", source.kind()),
        other => Failure::new(Exit::Other, "fail-export-write").with("error", other),
    }
}

fn place(failure: Failure, fault: &Fault) -> Failure {
    match fault {
        Fault::Unfinished => failure.and("fail-fault-unfinished"),
        Fault::Missing { path, record } => failure.and("fail-fault-missing").with("path", path).with("record", record),
        Fault::Read { path, kind } => failure.and("fail-read").with("path", path).with("error", kind),
        Fault::Length { path, found, expected } => {
            failure.and("fail-fault-length").with("path", path).with("found", found).with("expected", expected)
        }
        Fault::Cut { path, record } => failure.and("fail-fault-cut").with("path", path).with("record", record),
        Fault::Trailing { path, record } => failure.and("fail-fault-trailing").with("path", path).with("record", record),
        Fault::Beyond { path, size } => failure.and("fail-fault-beyond").with("path", path).with("size", size),
        Fault::Record(record) => failure.and("fail-fault-record").with("record", record),
        Fault::Tile { path, first, last } => failure.and("fail-fault-tile").with("path", path).with("first", first).with("last", last),
        Fault::Recomputed { after, until } => failure.and("fail-fault-recomputed").with("after", after).with("until", until),
        Fault::Fork { size } => failure.and("fail-fault-fork").with("size", size),
        Fault::Fell { from, to } => failure.and("fail-fault-fell").with("from", from).with("to", to),
        Fault::Newest { newest, kept } => failure.and("fail-fault-newest").with("newest", newest).with("kept", kept),
        Fault::NewestCheckpoint(source) => failure.and("fail-fault-newest-checkpoint").with("error", source),
        Fault::KeptCheckpoint { number, source } => failure.and("fail-fault-kept-checkpoint").with("number", number).with("error", source),
    }
}
