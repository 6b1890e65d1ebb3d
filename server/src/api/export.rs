//! Exports: the whole log as leaf hashes, with the leaves that the caller may see, and every kept checkpoint.
//!
//! Holds one page in memory at a time, and waits for a caller who reads slowly.

use std::{pin::Pin, sync::Arc};

use barnahus_audit::leaf_hash;
use barnahus_proto::v1::{self, exported_leaf::Form};
use barnahus_store::{Filter, Record as Row};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status};

use super::{audit::auditor, call::Desk};

/// Records in one message; a leaf has at most 64 KiB, most have less than 1.
const PAGE: u32 = 64;
/// Checkpoints read at once.
const CHECKPOINTS: u32 = 256;
/// Messages made ahead of the caller.
const AHEAD: usize = 4;

/// What the caller gets.
pub type Export = Pin<Box<dyn Stream<Item = Result<v1::ExportRecordsResponse, Status>> + Send>>;

/// Begins an export up to the checkpoint that covers its own record.
///
/// # Errors
/// If the caller may not export.
pub async fn begin(desk: Arc<Desk>, request: Request<v1::ExportRecordsRequest>) -> Result<Response<Export>, Status> {
    let (call, message) = desk.call(request, "ExportRecords")?;
    let mut fields = desk.fields();
    let target = fields.house("parent", &message.parent);
    let committed = desk.look(&call, fields, target, auditor).await?;
    let size = committed.proof.tree.size();
    let authority = committed.draft.message.authority.map(|authority| authority.to_string()).unwrap_or_default();
    let (sender, receiver) = mpsc::channel(AHEAD);
    let tracker = desk.tracker.clone();
    tracker.spawn(async move {
        if let Err(status) = send(&desk, &authority, size, &sender).await {
            drop(sender.send(Err(status)).await);
        }
    });
    Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
}

type Sender = mpsc::Sender<Result<v1::ExportRecordsResponse, Status>>;

async fn send(desk: &Desk, authority: &str, size: u64, sender: &Sender) -> Result<(), Status> {
    let mut from = 0;
    while from < size {
        let filter = Filter { indexes: from..size, ..Filter::all(PAGE) };
        let page = desk.store.records(&filter).await.map_err(|error| desk.unread(&error))?;
        let Some(last) = page.last() else { return Err(desk.broken("the log has a gap")) };
        from = last.index + 1;
        let leaves = page.iter().map(|row| exported(row, authority)).collect();
        if sender.send(Ok(v1::ExportRecordsResponse { size, leaves, checkpoints: Vec::new() })).await.is_err() {
            return Ok(());
        }
    }
    let mut from = 1;
    loop {
        let page = desk.store.checkpoints(from, CHECKPOINTS).await.map_err(|error| desk.unread(&error))?;
        let kept: Vec<_> = page.into_iter().filter(|checkpoint| checkpoint.size <= size).collect();
        let Some(last) = kept.last() else { return Ok(()) };
        from = last.size + 1;
        let checkpoints = kept.into_iter().map(|checkpoint| checkpoint.note).collect();
        if sender.send(Ok(v1::ExportRecordsResponse { size, leaves: Vec::new(), checkpoints })).await.is_err() {
            return Ok(());
        }
    }
}

/// The leaf, if the auditor's authority acted or owns the case; its hash otherwise.
fn exported(row: &Row, authority: &str) -> v1::ExportedLeaf {
    let theirs = row.authority == authority || row.owner_authority.as_deref() == Some(authority);
    let form = if theirs { Form::Leaf(row.leaf.clone()) } else { Form::LeafHash(leaf_hash(&row.leaf).as_bytes().to_vec()) };
    v1::ExportedLeaf { form: Some(form) }
}
