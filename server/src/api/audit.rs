//! Reviewing the log: listing, sampling, exporting, proving. An auditor sees the records of their own authority.
//!
//! What an auditor may see is read from the store after the record of the reading is durable.

use std::{collections::BTreeSet, sync::Arc};

use aws_lc_rs::digest;
use barnahus_audit::{Hash, TileSource as _, consistency_proof, consistency_tiles};
use barnahus_domain::{Alias, AuthorityId, PersonId, Time};
use barnahus_proto::{
    METHODS,
    v1::{self, ErrorReason, audit_service_server::AuditService},
};
use barnahus_store::{Filter, Record as Row};
use prost::Message as _;
use tonic::{Request, Response, Status};

use super::{
    call::Desk,
    export::{self, Export},
    fields::Fields,
    token,
};
use crate::{
    clerk::{Draft, Scene},
    clock::random,
};

/// Kinds of records that no rpc leaves by succeeding.
const OWN_KINDS: &[&str] = &[
    "access.denied",
    "access.refused",
    "access.repeated",
    "room.shown",
    "room.connections",
    "house.founded",
    "house.started",
    "house.throttled",
];
/// Records read at once.
const PAGE: u32 = 1000;

/// The service.
pub struct Audit(pub Arc<Desk>);

/// Whose records an auditor sees, and whose own are left out of a sample.
pub(super) struct Auditor {
    pub(super) authority: Option<AuthorityId>,
    person: Option<PersonId>,
}

/// The auditor that the scene names.
pub(super) fn auditor(scene: &Scene<'_>) -> Draft<Auditor> {
    let actor = scene.viewer.actor;
    Draft::plain(Auditor { authority: Some(actor.authority.clone()), person: Some(actor.person.clone()) })
}

#[tonic::async_trait]
impl AuditService for Audit {
    async fn list_records(&self, request: Request<v1::ListRecordsRequest>) -> Result<Response<v1::ListRecordsResponse>, Status> {
        let (call, message) = self.0.call(request, "ListRecords")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &message.parent);
        let (filter, query) = filter(&mut fields, &message);
        let size = fields.page_size(message.page_size, 100, 500);
        let pages = token::Pages::new(&self.0.token_key, &call);
        let below = pages.open(&mut fields, &message.page_token);
        let page = if below == 0 { format!("size={size}") } else { format!("size={size} below={below}") };
        let query = if query.is_empty() { page } else { format!("{query} {page}") };
        let committed = self.0.ask(&call, fields, target, query, auditor).await?;
        let until = if below == 0 { committed.index } else { u64::try_from(below).unwrap_or(committed.index) };
        let filter = Filter {
            authority: Some(committed.draft.message.authority.map(|authority| authority.to_string()).unwrap_or_default()),
            indexes: 0..until,
            newest_first: true,
            limit: u32::try_from(size).unwrap_or(PAGE),
            ..filter
        };
        let rows = self.0.store.records(&filter).await.map_err(|error| self.0.unread(&error))?;
        let next = rows
            .last()
            .filter(|row| rows.len() == size && row.index > 0)
            .map(|row| pages.seal(usize::try_from(row.index).unwrap_or(usize::MAX)));
        let records = rows.iter().map(|row| self.record(row)).collect::<Result<_, _>>()?;
        let receipt = self.0.receipt(committed.index, &committed.proof).await?;
        Ok(Response::new(v1::ListRecordsResponse { records, next_page_token: next.unwrap_or_default(), receipt: Some(receipt) }))
    }

    async fn draw_sample(&self, request: Request<v1::DrawSampleRequest>) -> Result<Response<v1::DrawSampleResponse>, Status> {
        let (call, message) = self.0.call(request, "DrawSample")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &message.parent);
        let draw = Draw::new(&mut fields, &message).map_err(|error| self.0.broken(&error))?;
        let query = format!("size={} from_us={} until_us={} seed={}", draw.size, draw.from.0, draw.until.0, hex(&draw.seed));
        let committed = self.0.ask(&call, fields, target, query, auditor).await?;
        let (records, population) = self.drawn(&draw, &committed.draft.message, committed.index).await?;
        let receipt = self.0.receipt(committed.index, &committed.proof).await?;
        let (seed, log_size) = (hex(&draw.seed), committed.index);
        Ok(Response::new(v1::DrawSampleResponse { seed, population, log_size, records, receipt: Some(receipt) }))
    }

    type ExportRecordsStream = Export;

    async fn export_records(&self, request: Request<v1::ExportRecordsRequest>) -> Result<Response<Export>, Status> {
        export::begin(Arc::clone(&self.0), request).await
    }

    async fn get_checkpoint(&self, request: Request<v1::GetCheckpointRequest>) -> Result<Response<v1::GetCheckpointResponse>, Status> {
        let (call, message) = self.0.call(request, "GetCheckpoint")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &message.parent);
        let since = message.since_size;
        let committed = self.0.ask(&call, fields, target, format!("since_size={since}"), |_| Draft::plain(())).await?;
        let tree = &*committed.proof.tree;
        let proof = if since == 0 || since > tree.size() {
            Vec::new()
        } else {
            let missing = consistency_tiles(since, tree.size()).into_iter().filter(|id| tree.tile(*id).is_none());
            let tiles = self.0.tiles(missing).await?;
            consistency_proof(since, tree.size(), &(tree, &tiles)).map_err(|error| self.0.broken(&error))?
        };
        let receipt = self.0.receipt(committed.index, &committed.proof).await?;
        Ok(Response::new(v1::GetCheckpointResponse {
            checkpoint: committed.proof.checkpoint.to_string(),
            consistency_proof: proof.iter().map(|hash: &Hash| hash.as_bytes().to_vec()).collect(),
            receipt: Some(receipt),
        }))
    }
}

impl Audit {
    fn record(&self, row: &Row) -> Result<v1::Record, Status> {
        v1::Record::decode(row.leaf.as_slice()).map_err(|error| self.0.broken(&error))
    }

    /// The records with the least SHA-256(seed, index), from those of the auditor's authority that are not the auditor's own (U6).
    async fn drawn(&self, draw: &Draw, auditor: &Auditor, log_size: u64) -> Result<(Vec<v1::Record>, u64), Status> {
        let mut sample: BTreeSet<([u8; 32], u64)> = BTreeSet::new();
        let mut population = 0;
        let mut from = 0;
        let authority = auditor.authority.as_ref().map(ToString::to_string).unwrap_or_default();
        loop {
            let filter = Filter { authority: Some(authority.clone()), indexes: from..log_size, ..Filter::all(PAGE) };
            let page = self.0.store.records(&filter).await.map_err(|error| self.0.unread(&error))?;
            let Some(last) = page.last() else { break };
            from = last.index + 1;
            let meant = |row: &&Row| {
                let at = Time(row.recorded_at_us);
                draw.from <= at && at < draw.until && auditor.person.as_ref().is_none_or(|person| row.person != person.as_str())
            };
            for row in page.iter().filter(meant) {
                population += 1;
                sample.insert((draw.rank(row.index), row.index));
                if sample.len() > draw.size {
                    sample.pop_last();
                }
            }
        }
        let mut records = Vec::with_capacity(sample.len());
        for index in sample.into_iter().map(|(_, index)| index).collect::<BTreeSet<_>>() {
            let rows = self.0.store.load_since(index, 1).await.map_err(|error| self.0.unread(&error))?;
            for leaf in rows {
                records.push(v1::Record::decode(leaf.leaf.as_slice()).map_err(|error| self.0.broken(&error))?);
            }
        }
        Ok((records, population))
    }
}

/// A sample to draw.
struct Draw {
    size: usize,
    from: Time,
    until: Time,
    seed: [u8; 32],
}

impl Draw {
    fn new(fields: &mut Fields<'_>, message: &v1::DrawSampleRequest) -> Result<Self, crate::clock::RandomError> {
        let size = usize::try_from(message.size).ok().filter(|size| (1..=100).contains(size));
        if size.is_none() {
            fields.refuse("size", ErrorReason::InvalidField, "give 1 to 100");
        }
        let from = fields.optional_time("from", message.from).flatten().unwrap_or(Time(i64::MIN));
        let until = fields.optional_time("until", message.until).flatten().unwrap_or(Time(i64::MAX));
        let seed = if message.seed.is_empty() {
            Some(random::<32>()?)
        } else {
            barnahus_domain::directory::parse_fingerprint(&message.seed).map(|bytes| bytes.0)
        };
        if seed.is_none() {
            fields.refuse("seed", ErrorReason::InvalidField, "give 64 hex digits, or none for a new draw");
        }
        Ok(Self { size: size.unwrap_or(1), from, until, seed: seed.unwrap_or_default() })
    }

    fn rank(&self, index: u64) -> [u8; 32] {
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&self.seed);
        context.update(&index.to_be_bytes());
        let mut rank = [0; 32];
        rank.copy_from_slice(context.finish().as_ref());
        rank
    }
}

pub(super) fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// The filter of a list, and how its record tells it.
fn filter(fields: &mut Fields<'_>, message: &v1::ListRecordsRequest) -> (Filter, String) {
    let case: Option<Alias> = match message.case.as_str() {
        "" => None,
        name => fields.case("case", name).case().cloned(),
    };
    let person = if message.person.is_empty() { None } else { fields.person("person", &message.person) };
    let kind_fits =
        message.kind.is_empty() || OWN_KINDS.contains(&message.kind.as_str()) || METHODS.iter().any(|method| method.kind == message.kind);
    if !kind_fits {
        fields.refuse("kind", ErrorReason::InvalidField, "give a kind such as `question.read`");
    }
    let kind = (!message.kind.is_empty() && kind_fits).then(|| message.kind.clone());
    let told = [
        case.as_ref().map(|case| format!("case={case}")),
        person.as_ref().map(|person| format!("person={person}")),
        kind.as_ref().map(|kind| format!("kind={kind}")),
    ];
    let query = told.into_iter().flatten().collect::<Vec<_>>().join(" ");
    let filter = Filter {
        case_alias: case.map(|case| case.to_string()),
        person: person.map(|person| person.to_string()),
        kind,
        ..Filter::all(PAGE)
    };
    (filter, query)
}
