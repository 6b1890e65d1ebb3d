//! The ground of every measurement: a house whose interview runs, an echo beside it, and callers who may ask.
//!
//! Measures nothing. INVARIANT: every caller has a connection of its own, with a certificate of its own person, to the house and to the echo
//! alike; what they send is the same message.

use std::{
    net::SocketAddr,
    sync::atomic::{AtomicUsize, Ordering},
};

use anyhow::{Context as _, Result, ensure};
use barnahus_audit::{
    Hash, Tree, Trust,
    export::{Leaf, Report, Writer, verify},
    leaf_hash,
};
use barnahus_proto::v1::{ExportRecordsRequest, SubmitQuestionRequest, exported_leaf::Form};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use super::echo::Echo;
use crate::harness::{
    Harness, Log, Options, Papers,
    day::{Case, Point},
    request_id,
};

/// The posts that ask, in turn.
const ASKERS: [&str; 3] = ["investigator-1", "welfare-kil-1", "paediatrician-1"];
/// Sees the log of the host.
const AUDITOR: &str = "auditor-karlstad-1";
/// Interviews that run. Each asker goes from one to the next, since a person writes at most 1,000 questions in one.
const INTERVIEWS: usize = 200;
/// Questions of an asker in one interview.
const EACH: usize = 900;
/// What every act says: a question as they are asked.
pub(super) const TEXT: &str = "Vad använde han när han slog, och var det någon annan som såg det?";

/// A house and an echo.
pub struct Ground {
    /// The house, served, on a clock that stands.
    pub house: Harness,
    /// `houses/{house}/cases/{case}/interviews/{interview}` of interviews that run.
    pub interviews: Vec<String>,
    /// How many questions each of the askers asked.
    asked: [AtomicUsize; ASKERS.len()],
    echo: Echo,
    authority: String,
    askers: Vec<Papers>,
}

/// Whom to call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// The bare echo.
    Echo,
    /// The house.
    House,
}

impl Ground {
    /// A house with these databases (log, keys), or on SQLite, with an interview that runs; and an echo.
    ///
    /// # Errors
    /// Whatever keeps them from being served.
    pub async fn prepare(postgres: Option<(String, String)>) -> Result<Self> {
        let house = Harness::start_with(Options { postgres, ..Options::default() }).await.context("the house")?;
        // Before the house's clock goes on: TLS goes by the machine's, and a certificate is valid from a month before it was issued.
        house.client(AUDITOR).await?;
        let mut interviews = Vec::with_capacity(INTERVIEWS);
        for _ in 0..INTERVIEWS {
            interviews.push(Case::at(&house, Point::Live).await.context("the interview day")?.interview);
        }
        let mut askers = Vec::new();
        for post in ASKERS {
            askers.push(house.client(post).await?.papers);
        }
        let echo = Echo::serve(&house.dir()).await.context("the echo")?;
        let authority = std::fs::read_to_string(house.dir().join("authority.pem"))?;
        Ok(Self { house, interviews, asked: Default::default(), echo, authority, askers })
    }

    /// Connections to one side, one for each caller.
    ///
    /// # Errors
    /// If somebody is not let in.
    pub async fn connect(&self, side: Side, callers: usize) -> Result<Vec<Channel>> {
        let address = match side {
            Side::Echo => self.echo.address,
            Side::House => self.house.address(),
        };
        let mut channels = Vec::with_capacity(callers);
        for papers in self.askers.iter().cycle().take(callers) {
            channels.push(self.channel(address, papers).await?);
        }
        Ok(channels)
    }

    /// What the caller of this connection says: to the house a new question, to the echo as many bytes.
    #[must_use]
    pub fn question(&self, side: Side, caller: usize) -> SubmitQuestionRequest {
        let asked = self.asked.get(caller % ASKERS.len());
        let asked = asked.map_or(0, |asked| asked.fetch_add(usize::from(side == Side::House), Ordering::Relaxed));
        let parent = self.interviews.get(asked / EACH % INTERVIEWS).cloned().unwrap_or_default();
        SubmitQuestionRequest { parent, request_id: request_id(), text: TEXT.to_owned(), urgent_protection: false, happened_at: None }
    }

    /// Exports the log as an auditor, verifies it offline with the trust file of the founding, and compares it with what the house keeps:
    /// exactly so many questions were submitted.
    ///
    /// # Errors
    /// If anything does not fit.
    pub async fn verify(&self, acknowledged: u64) -> Result<Report> {
        let folder = self.house.beside().join("export");
        let mut writer = Writer::create(&folder)?;
        let mut audit = self.house.client(AUDITOR).await?.audit();
        let mut stream = audit.export_records(ExportRecordsRequest { parent: self.house.name() }).await?.into_inner();
        while let Some(part) = stream.message().await? {
            for leaf in part.leaves {
                match leaf.form {
                    Some(Form::Leaf(bytes)) => writer.leaf(Leaf::Held(&bytes))?,
                    Some(Form::LeafHash(hash)) => writer.leaf(Leaf::Withheld(Hash::from_slice(&hash).context("a leaf hash")?))?,
                    None => anyhow::bail!("a leaf without form"),
                };
            }
            part.checkpoints.iter().try_for_each(|note| writer.checkpoint(note))?;
        }
        writer.finish()?;
        let trust: Trust = self.house.founded().trust.parse()?;
        let report = verify(&folder, Some(&trust), &mut |_, _| {})?;
        compare(&self.house.log().await?, &report, acknowledged)?;
        Ok(report)
    }

    async fn channel(&self, address: SocketAddr, papers: &Papers) -> Result<Channel> {
        let identity = Identity::from_pem(&papers.certificate, &papers.key);
        let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(&self.authority)).identity(identity);
        Ok(Endpoint::from_shared(format!("https://{address}"))?.tls_config(tls)?.connect().await?)
    }
}

/// What is kept makes the verified root, and holds the acts that were acknowledged.
fn compare(log: &Log, report: &Report, acknowledged: u64) -> Result<()> {
    let mut tree = Tree::new();
    for leaf in log.leaves.iter().take(usize::try_from(report.size)?) {
        tree.append(leaf_hash(leaf));
        drop(tree.take_completed());
    }
    ensure!(tree.root() == report.root, "the records that are kept do not make the root that was verified");
    let submitted = log.iter().filter(|record| record.kind == "question.submitted").count();
    ensure!(submitted as u64 == acknowledged, "{submitted} questions are in the log, {acknowledged} were acknowledged");
    Ok(())
}
