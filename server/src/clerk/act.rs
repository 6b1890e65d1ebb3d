//! An act: what one caller wants, and what becomes of it.
//!
//! Holds no rule. The clerk carries it out; what the caller gets to see is made by `render`, on the very state that the act left.

use std::{collections::HashMap, sync::Arc};

use barnahus_audit::Tree;
use barnahus_domain::{
    Command, Event, Refusal, Target, Time,
    directory::Fingerprint,
    view::{TextRef, Viewer},
};
use barnahus_policy::Permission;
use barnahus_proto::Method;
use tokio::sync::oneshot;

use super::{Job, live::Subscription};
use crate::api::fields::BadInput;

/// What one caller wants.
#[derive(Debug, Clone)]
pub struct Act {
    /// The rpc.
    pub method: &'static Method,
    /// What the policies decide on.
    pub permission: Permission,
    /// The caller's certificate.
    pub session: Fingerprint,
    /// What it is about.
    pub target: Target,
    /// To know a repeat by.
    pub request: Option<Request>,
    /// If given, the target must not have changed since this record (C10).
    pub etag: Option<u64>,
    /// When the caller says that it happened.
    pub happened_at: Option<Time>,
    /// What is asked for where the target does not tell it, as the record says it: codes only.
    pub query: String,
    /// What the caller wants.
    pub what: What,
}

/// What the caller wants.
#[derive(Debug, Clone)]
pub enum What {
    /// To do something.
    Change(Command),
    /// To see something.
    See,
    /// Something that the message does not say rightly: refused, and recorded.
    Refuse(Arc<BadInput>),
}

/// To know a repeat by.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Request {
    /// The caller's request id.
    pub id: [u8; 16],
    /// A keyed hash of the whole request.
    pub hash: [u8; 32],
}

/// What an answer is made from: the state that the act left, and who looks at it.
pub struct Scene<'a> {
    /// Who looks at what.
    pub viewer: Viewer<'a>,
    /// What it is about; the new thing, where one was made.
    pub target: &'a Target,
    /// What happened, if anything did.
    pub event: Option<&'a Event>,
    /// The index that the act's record gets.
    pub index: u64,
}

/// An answer without its texts: they are put in when the record is durable.
pub struct Draft<M> {
    /// The message.
    pub message: M,
    /// Its texts, and where each goes.
    pub texts: Vec<Slot<M>>,
    /// The full resource names that a list shows.
    pub listed: Vec<String>,
}

/// What an answer will show, as its record names it.
pub(super) struct Shown {
    pub(super) texts: Vec<TextRef>,
    pub(super) listed: Vec<String>,
}

/// One text of an answer.
pub struct Slot<M> {
    /// Where it is sealed.
    pub at: TextRef,
    /// Puts it in.
    pub(crate) put: Put<M>,
}

/// Puts a text into a message.
pub(crate) type Put<M> = Box<dyn FnOnce(&mut M, String) + Send>;

impl<M> Draft<M> {
    /// A message without texts.
    pub fn plain(message: M) -> Self {
        Self { message, texts: Vec::new(), listed: Vec::new() }
    }

    /// Says which names a list shows (U1).
    #[must_use]
    pub fn listing(self, listed: Vec<String>) -> Self {
        Self { listed, ..self }
    }

    /// Adds a text, if there is one to show.
    #[must_use]
    pub fn text(mut self, at: Option<TextRef>, put: impl FnOnce(&mut M, String) + Send + 'static) -> Self {
        self.texts.extend(at.map(|at| Slot { at, put: Box::new(put) as Put<M> }));
        self
    }

    /// Puts a smaller message with its texts into this one. `find` finds its place again.
    #[must_use]
    pub fn with<P: 'static>(
        mut self,
        smaller: Draft<P>,
        put: impl FnOnce(&mut M, P),
        find: impl Fn(&mut M) -> Option<&mut P> + Clone + Send + 'static,
    ) -> Self {
        put(&mut self.message, smaller.message);
        self.texts.extend(smaller.texts.into_iter().map(|slot| {
            let find = find.clone();
            let put: Put<M> = Box::new(move |larger, text| {
                if let Some(smaller) = find(larger) {
                    (slot.put)(smaller, text);
                }
            });
            Slot { at: slot.at, put }
        }));
        self
    }
}

/// What became of an act whose record is durable.
pub struct Committed<M> {
    /// The answer, texts not put in.
    pub draft: Draft<M>,
    /// The record's place in the log.
    pub index: u64,
    /// What the receipt is made from.
    pub proof: Proof,
    /// Texts sealed in the same group, which need no reading.
    pub fresh: Fresh,
}

/// What a receipt is made from: the tree and checkpoint of the group that holds the record.
#[derive(Clone)]
pub struct Proof {
    /// The tree after the group; knows its newest 256 leaves' paths by itself.
    pub tree: Arc<Tree>,
    /// The checkpoint after the group, a signed note.
    pub checkpoint: Arc<str>,
}

/// Texts of the group just committed, by record and field.
pub type Fresh = Arc<HashMap<TextRef, String>>;

/// Why there is no answer. What is decided has its own record, named by its index.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Failure {
    /// No certificate of this house.
    #[error("this certificate belongs to nobody in this house: ask the administrator to enrol you")]
    UnknownCertificate,
    /// Revoked.
    #[error("this certificate was revoked: ask the administrator")]
    Revoked(u64),
    /// Not there, or not to be known.
    #[error("not found: check the name, and whether you have a part in the case")]
    NotFound(u64),
    /// Known, but not permitted.
    #[error("your role and part in the case do not permit this: see `--help` for who may")]
    Denied(u64),
    /// The policies could not be evaluated (A4).
    #[error("the policies could not be evaluated, so the answer is no: tell the house's administrator")]
    PolicyError(u64),
    /// The rules of the house refuse it.
    #[error("{0}")]
    Refused(Arc<Refusal>, u64),
    /// An earlier call with this request id was refused, for this reason.
    #[error("this call was refused before for `{0}`: send it anew with a new request id")]
    RefusedBefore(String, u64),
    /// The message is not understood.
    #[error("the message has bad fields")]
    BadInput(Arc<BadInput>, u64),
    /// The request id came before with other content.
    #[error("this request id came before with other content: use a new one")]
    RequestReused(u64),
    /// Nothing was written, or it is not known whether; the repeat finds out.
    #[error("the house could not write: repeat the call with the same request id to find out")]
    Unavailable,
    /// The disk is full, and its reserve is kept for what cannot wait (L11).
    #[error("the house's disk is full: END, interrupt, break, check-out and revoke still work; tell the administrator, who must make room")]
    DiskFull,
    /// The machine's clock is behind the newest record.
    #[error("the server's clock is behind its newest record: set the clock right, the house does not write before")]
    ClockBehind,
    /// Ours.
    #[error("an error of ours; the server's log tells more")]
    Internal,
}

/// An act with its rendering and the way back to the caller.
pub(super) struct Task<M, R> {
    pub(super) act: Act,
    pub(super) render: R,
    pub(super) reply: oneshot::Sender<Result<Committed<M>, Failure>>,
    pub(super) rendered: Option<(Draft<M>, u64)>,
    pub(super) subscription: Option<Subscription>,
}

impl<M, R> Job for Task<M, R>
where
    M: Send + 'static,
    R: Fn(&Scene<'_>) -> Draft<M> + Send,
{
    fn act(&self) -> &Act {
        &self.act
    }

    fn render(&mut self, scene: &Scene<'_>) -> Shown {
        let mut draft = (self.render)(scene);
        let texts = draft.texts.iter().map(|slot| slot.at.clone()).collect();
        let shown = Shown { texts, listed: std::mem::take(&mut draft.listed) };
        self.rendered = Some((draft, scene.index));
        shown
    }

    fn watches(&self) -> bool {
        self.subscription.is_some()
    }

    fn subscription(&mut self) -> Option<Subscription> {
        self.subscription.take()
    }

    fn finish(self: Box<Self>, result: Result<(Proof, Fresh), Failure>) {
        let answer = match (result, self.rendered) {
            (Ok((proof, fresh)), Some((draft, index))) => Ok(Committed { draft, index, proof, fresh }),
            (Ok(_), None) => Err(Failure::Internal),
            (Err(failure), _) => Err(failure),
        };
        // A caller who went away gets no answer; the record stands all the same.
        drop(self.reply.send(answer));
    }
}
