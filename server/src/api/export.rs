//! Exports: the whole log as leaf hashes, with the leaves that the caller may see, and every kept checkpoint.
//!
//! Holds one page in memory at a time, and waits for a caller who reads slowly. INVARIANT: the caller's right is judged anew for each page.

use std::{pin::Pin, sync::Arc};

use barnahus_audit::leaf_hash;
use barnahus_domain::directory::Fingerprint;
use barnahus_policy::Permission;
use barnahus_proto::v1::{self, exported_leaf::Form};
use barnahus_store::{Filter, Record as Row};
use tokio::sync::mpsc;
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tonic::{Request, Response, Status};

use super::{
    audit::auditor,
    call::{Desk, permission},
    status,
};
use crate::clerk::Failure;

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
    let (size, index, session) = (committed.proof.tree.size(), committed.index, call.peer.fingerprint);
    let reading = permission(call.method.permission).ok_or_else(|| status::internal(call.method.name))?;
    let authority = committed.draft.message.authority.map(|authority| authority.to_string()).unwrap_or_default();
    let (sender, receiver) = mpsc::channel(AHEAD);
    let tracker = desk.tracker.clone();
    tracker.spawn(async move {
        let export = Exporting { desk: &desk, authority: &authority, size, index, session, reading, sender: &sender };
        if let Err(status) = export.send().await {
            drop(sender.send(Err(status)).await);
        }
    });
    Ok(Response::new(Box::pin(ReceiverStream::new(receiver))))
}

/// An export under way.
struct Exporting<'a> {
    desk: &'a Desk,
    authority: &'a str,
    size: u64,
    /// The record of its beginning.
    index: u64,
    session: Fingerprint,
    reading: Permission,
    sender: &'a mpsc::Sender<Result<v1::ExportRecordsResponse, Status>>,
}

impl Exporting<'_> {
    async fn send(&self) -> Result<(), Status> {
        let mut from = 0;
        while from < self.size {
            let filter = Filter { indexes: from..self.size, ..Filter::all(PAGE) };
            let page = self.desk.store.records(&filter).await.map_err(|error| self.desk.unread(&error))?;
            let Some(last) = page.last() else { return Err(self.desk.broken("the log has a gap")) };
            from = last.index + 1;
            let leaves = page.iter().map(|row| exported(row, self.authority)).collect();
            if !self.hand_over(leaves, Vec::new()).await? {
                return Ok(());
            }
        }
        let mut from = 1;
        loop {
            let page = self.desk.store.checkpoints(from, CHECKPOINTS).await.map_err(|error| self.desk.unread(&error))?;
            let kept: Vec<_> = page.into_iter().filter(|checkpoint| checkpoint.size <= self.size).collect();
            let Some(last) = kept.last() else { return Ok(()) };
            from = last.size + 1;
            let checkpoints = kept.into_iter().map(|checkpoint| checkpoint.note).collect();
            if !self.hand_over(Vec::new(), checkpoints).await? {
                return Ok(());
            }
        }
    }

    /// Judges the caller's right anew, when there is room for more. False if the caller went away.
    async fn hand_over(&self, leaves: Vec<v1::ExportedLeaf>, checkpoints: Vec<String>) -> Result<bool, Status> {
        let Ok(room) = self.sender.reserve().await else { return Ok(false) };
        if !self.desk.clerk.may_still(self.session, self.reading).await {
            return Err(status::failed(&Failure::Denied(self.index)));
        }
        room.send(Ok(v1::ExportRecordsResponse { size: self.size, leaves, checkpoints }));
        Ok(true)
    }
}

/// The leaf, if the auditor's authority acted or owns the case; its hash otherwise.
fn exported(row: &Row, authority: &str) -> v1::ExportedLeaf {
    let theirs = row.authority == authority || row.owner_authority.as_deref() == Some(authority);
    let form = if theirs { Form::Leaf(row.leaf.clone()) } else { Form::LeafHash(leaf_hash(&row.leaf).as_bytes().to_vec()) };
    v1::ExportedLeaf { form: Some(form) }
}
