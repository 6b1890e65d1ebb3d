//! One call: who calls, what is meant, and the answer with its texts and its receipt.
//!
//! Decides nothing. PRIVACY: texts are opened here, after the record that names them is durable, and go into the answer only.

use std::{collections::HashMap, sync::Arc};

use aws_lc_rs::hmac;
use barnahus_audit::{Hash, Node, Tile, TileId, TileSource as _, inclusion_proof, inclusion_tiles};
use barnahus_domain::{Command, HouseId, Target, Time, view::TextRef};
use barnahus_policy::Permission;
use barnahus_proto::{Method, method, v1};
use barnahus_store::Store;
use prost::{Message, bytes::BytesMut};
use tonic::{Request, Response, Status};

use super::{
    fields::{BadInput, Fields},
    status,
};
use crate::{
    authority::Authority,
    clerk::{self, Act, Clerk, Committed, Draft, Failure, Fresh, Proof, Scene, What},
    clock::Clock,
    keys::Vault,
    quota::Quota,
    tls::Peer,
};

/// Largest message, in bytes; the longest texts fit well within.
pub const MESSAGE_MAX: usize = 64 * 1024;

/// What all handlers share.
pub struct Desk {
    /// The house's id.
    pub house: HouseId,
    /// The way to the writer.
    pub clerk: Clerk,
    /// For reading what is durable.
    pub store: Store,
    /// For opening texts.
    pub vault: Arc<Vault>,
    /// For enrolling.
    pub authority: Authority,
    /// The trust file, as enrolment hands it over.
    pub trust: String,
    /// Calls per person.
    pub quota: Quota,
    /// What time it is.
    pub clock: Clock,
    /// The house's time zone.
    pub time_zone: jiff::tz::TimeZone,
    /// Seals page and resume tokens, and hashes requests.
    pub token_key: hmac::Key,
    /// Tasks to wait for at the end.
    pub tracker: tokio_util::task::TaskTracker,
}

/// Who calls which method.
pub struct Call {
    /// The rpc.
    pub method: &'static Method,
    /// The caller's connection.
    pub peer: Peer,
    /// A keyed hash of the whole request.
    hash: [u8; 32],
    /// Its size, in bytes.
    size: usize,
}

/// A permission by its name, for what a list may show.
pub(super) fn permission(name: &str) -> Option<Permission> {
    Permission::parse(name)
}

/// What a change says besides its command.
#[derive(Default)]
pub struct Marks<'a> {
    /// The request id, as given.
    pub request_id: &'a str,
    /// The etag, as given.
    pub etag: &'a str,
    /// The claimed time, as given.
    pub happened_at: Option<prost_types::Timestamp>,
}

impl Desk {
    /// Takes a call: finds the caller's certificate and asks the quota, bad input counted.
    ///
    /// # Errors
    /// If there is no certificate, or too many calls came.
    pub fn call<T: Message>(&self, request: Request<T>, name: &'static str) -> Result<(Call, T), Status> {
        let peer = request.extensions().get::<Peer>().cloned().ok_or_else(|| status::failed(&Failure::UnknownCertificate))?;
        let method = method(name).ok_or_else(|| status::internal(name))?;
        self.count(method, peer)?;
        let message = request.into_inner();
        let mut context = hmac::Context::with_key(&self.token_key);
        context.update(method.path.as_bytes());
        let bytes = message.encode_to_vec();
        context.update(&bytes);
        let mut hash = [0; 32];
        hash.copy_from_slice(context.sign().as_ref());
        Ok((Call { method, peer, hash, size: bytes.len() }, message))
    }

    /// Counts a call against its caller's quota.
    ///
    /// # Errors
    /// If too many came.
    pub fn count(&self, method: &'static Method, peer: Peer) -> Result<(), Status> {
        self.quota.take(&peer.fingerprint, method, self.clock.now()).map_err(status::throttled)
    }

    /// Fields of a message to this house.
    #[must_use]
    pub fn fields(&self) -> Fields<'_> {
        Fields::new(&self.house)
    }

    /// Has a change carried out, and answers with what `render` makes of it.
    ///
    /// # Errors
    /// The failure as the caller sees it.
    pub async fn change<M, R>(
        &self,
        call: &Call,
        mut fields: Fields<'_>,
        target: Target,
        marks: Marks<'_>,
        command: Option<Command>,
        render: R,
    ) -> Result<Response<M>, Status>
    where
        M: Receipted,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        let request = fields.request_id(marks.request_id).map(|id| clerk::Request { id, hash: call.hash });
        let etag = fields.etag(marks.etag).flatten();
        let happened_at = fields.optional_time("happened_at", marks.happened_at).flatten();
        let what = match (call.finish(fields), command) {
            (Ok(()), Some(command)) => What::Change(command),
            (Ok(()), None) => return Err(status::internal(call.method.name)),
            (Err(input), _) => What::Refuse(Arc::new(input)),
        };
        let act = Act { request, etag, happened_at, ..call.act(target, what)? };
        let committed = self.clerk.carry_out(act, render).await.map_err(|failure| status::failed(&failure))?;
        self.answer(committed).await
    }

    /// Has something shown.
    ///
    /// # Errors
    /// The failure as the caller sees it.
    pub async fn show<M, R>(&self, call: &Call, fields: Fields<'_>, target: Target, render: R) -> Result<Response<M>, Status>
    where
        M: Receipted,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        let committed = self.look(call, fields, target, render).await?;
        self.answer(committed).await
    }

    /// Has something shown that is not answered as it is: the record is durable when this returns.
    ///
    /// # Errors
    /// The failure as the caller sees it.
    pub async fn look<M, R>(&self, call: &Call, fields: Fields<'_>, target: Target, render: R) -> Result<Committed<M>, Status>
    where
        M: Send + 'static,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        self.ask(call, fields, target, String::new(), render).await
    }

    /// The same, where the target does not tell what is asked for: the record says it too.
    ///
    /// # Errors
    /// The failure as the caller sees it.
    pub async fn ask<M, R>(&self, call: &Call, fields: Fields<'_>, target: Target, query: String, render: R) -> Result<Committed<M>, Status>
    where
        M: Send + 'static,
        R: Fn(&Scene<'_>) -> Draft<M> + Send + 'static,
    {
        let what = call.finish(fields).map_or_else(|input| What::Refuse(Arc::new(input)), |()| What::See);
        let act = Act { query, ..call.act(target, what)? };
        self.clerk.carry_out(act, render).await.map_err(|failure| status::failed(&failure))
    }

    /// The answer with its texts and its receipt.
    ///
    /// # Errors
    /// If a text or a tile is missing.
    pub async fn answer<M: Receipted>(&self, committed: Committed<M>) -> Result<Response<M>, Status> {
        let index = committed.index;
        let mut message = self.fill(committed.draft, &committed.fresh).await?;
        message.put_receipt(self.receipt(index, &committed.proof).await?);
        Ok(Response::new(message))
    }

    /// Opens the texts of an answer and puts them in.
    ///
    /// # Errors
    /// If one is missing or does not open.
    pub async fn fill<M>(&self, draft: Draft<M>, fresh: &Fresh) -> Result<M, Status> {
        let Draft { mut message, texts, .. } = draft;
        let missing: Vec<(u64, &str)> =
            texts.iter().filter(|slot| !fresh.contains_key(&slot.at)).map(|slot| (slot.at.index, slot.at.field.as_str())).collect();
        let mut opened: HashMap<TextRef, String> = HashMap::with_capacity(missing.len());
        if !missing.is_empty() {
            for content in self.store.contents(&missing).await.map_err(|error| self.unread(&error))? {
                let text = self.vault.unseal(&content).map_err(|error| self.broken(&error))?;
                opened.insert(TextRef::new(content.index, content.field), text);
            }
        }
        for slot in texts {
            let text = fresh.get(&slot.at).or_else(|| opened.get(&slot.at)).cloned();
            let text = text.ok_or_else(|| self.broken(&format!("no content of record {}", slot.at.index)))?;
            (slot.put)(&mut message, text);
        }
        Ok(message)
    }

    /// Proof that the record stands in the log (RFC 6962 section 2.1.1).
    ///
    /// # Errors
    /// If the store lacks a tile that it must have.
    pub async fn receipt(&self, index: u64, proof: &Proof) -> Result<v1::Receipt, Status> {
        let tree = &*proof.tree;
        let missing = inclusion_tiles(index, tree.size()).into_iter().filter(|id| tree.tile(*id).is_none());
        let tiles = self.tiles(missing).await?;
        let source = (tree, &tiles);
        let path = inclusion_proof(index, tree.size(), &source).map_err(|error| self.broken(&error))?;
        let leaf = source.node(Node { height: 0, index }).ok_or_else(|| self.broken(&"no leaf hash"))?;
        let mut hashes = BytesMut::with_capacity((path.len() + 1) * leaf.as_bytes().len());
        let mut bytes = |hash: &Hash| {
            hashes.extend_from_slice(hash.as_bytes());
            hashes.split().freeze()
        };
        let (leaf_hash, inclusion_proof) = (bytes(&leaf), path.iter().map(bytes).collect());
        Ok(v1::Receipt { index, leaf_hash, checkpoint: proof.checkpoint.to_string(), inclusion_proof })
    }

    /// Tiles that the store keeps.
    ///
    /// # Errors
    /// If the store fails.
    pub async fn tiles(&self, ids: impl Iterator<Item = TileId>) -> Result<HashMap<TileId, Tile>, Status> {
        let ids: Vec<(u8, u64)> = ids.map(|id| (id.level, id.index)).collect();
        if ids.is_empty() {
            return Ok(HashMap::new());
        }
        let rows = self.store.tiles(&ids).await.map_err(|error| self.unread(&error))?.into_iter();
        let tiles = rows.filter_map(|row| Tile::from_bytes(TileId { level: row.level, index: row.index }, &row.bytes).ok());
        Ok(tiles.map(|tile| (tile.id, tile)).collect())
    }

    /// An error of ours, logged once with the id that the caller is told.
    pub fn broken(&self, error: &(impl std::fmt::Display + ?Sized)) -> Status {
        let request = crate::clock::request_id().to_string();
        tracing::error!(%request, %error, "an answer could not be made");
        status::internal(&request)
    }

    /// A read that the store did not answer. What is recorded stands; a store that is away for a while has the call repeated.
    pub fn unread(&self, error: &barnahus_store::Error) -> Status {
        match error {
            barnahus_store::Error::Busy => {
                tracing::warn!(%error, "an answer could not be read");
                status::failed(&Failure::Unavailable)
            }
            error => self.broken(error),
        }
    }

    /// The time now.
    #[must_use]
    pub fn now(&self) -> Time {
        self.clock.now()
    }
}

impl Call {
    /// A call whose message nobody could read.
    #[must_use]
    pub fn unread(method: &'static Method, peer: Peer) -> Self {
        Self { method, peer, hash: [0; 32], size: 0 }
    }

    /// What was found wrong with the message, its size included.
    ///
    /// # Errors
    /// If anything was.
    pub fn finish(&self, mut fields: Fields<'_>) -> Result<(), BadInput> {
        if self.size > MESSAGE_MAX {
            let text = format!("the message as a whole has {} bytes and may have {MESSAGE_MAX}: shorten its texts", self.size);
            fields.refuse("", v1::ErrorReason::MessageTooLarge, text);
        }
        fields.finish()
    }

    /// The act that this call wants.
    ///
    /// # Errors
    /// If the contract names a permission that the policies do not know.
    pub fn act(&self, target: Target, what: What) -> Result<Act, Status> {
        let permission = Permission::parse(self.method.permission).ok_or_else(|| status::internal(self.method.name))?;
        let (method, session) = (self.method, self.peer.fingerprint);
        Ok(Act { method, permission, session, target, request: None, etag: None, happened_at: None, query: String::new(), what })
    }
}

/// An answer that carries a receipt.
pub trait Receipted: Send + 'static {
    /// Puts it in.
    fn put_receipt(&mut self, receipt: v1::Receipt);
}

macro_rules! receipted {
    ($($name:ident)+) => {$(
        impl Receipted for v1::$name {
            fn put_receipt(&mut self, receipt: v1::Receipt) {
                self.receipt = Some(receipt);
            }
        }
    )+};
}

receipted! {
    GetSelfResponse GetHouseResponse ListPostsResponse
    GetCaseResponse ListCasesResponse OpenInvestigationResponse NameDeputyResponse SetEmbargoResponse LiftEmbargoResponse
    RecordSpecialRepresentativeResponse RecordGuardiansInformedResponse
    RequestConsultationResponse ScheduleConsultationResponse HoldConsultationResponse HoldAfterMeetingResponse
    GetConsultationResponse ListConsultationsResponse
    BookInterviewResponse AcceptBookingResponse DeclineBookingResponse InvitePostResponse ConfirmInterviewResponse
    OrderDisclosureBanResponse AdmitObserversResponse RemoveObserverResponse DecideFurtherInterviewResponse DocumentInterviewResponse GetInterviewResponse ListInterviewsResponse
    CheckInResponse CheckOutResponse FreezeRosterResponse RecordChildInformedResponse StartInterviewResponse CallBreakResponse
    RequestBreakResponse AllowNotesResponse AcknowledgeDeliveryResponse ResumeInterviewResponse InterruptInterviewResponse
    BeginClosingResponse SignOffResponse RecordAbsenceResponse AcknowledgeShownResponse
    EndInterviewResponse ConfirmFatesResponse
    SubmitQuestionResponse WithdrawQuestionResponse ApproveQuestionResponse RejectQuestionResponse MergeQuestionResponse
    ReviseQuestionResponse RewordQuestionResponse DeferQuestionResponse RankQuestionResponse UnmarkUrgencyResponse
    MarkActedOnResponse DeliverNoteResponse ObjectToDecisionResponse NoteFateResponse GetQuestionResponse ListQuestionsResponse
    GetProtocolResponse CloseProtocolResponse AddRemarkResponse
    ListRecordsResponse DrawSampleResponse GetCheckpointResponse
    EnrollPersonResponse RevokePersonResponse GrantMandateResponse EndMandateResponse ListPersonsResponse
}
