//! A person of the house, with a key, a certificate and a connection of their own.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Context as _, Result};
use barnahus_proto::v1::{
    EnrollPersonRequest, EnrollPersonResponse, Mandate, administration_service_client::AdministrationServiceClient,
    audit_service_client::AuditServiceClient, booking_service_client::BookingServiceClient, case_service_client::CaseServiceClient,
    consultation_service_client::ConsultationServiceClient, directory_service_client::DirectoryServiceClient,
    listening_room_service_client::ListeningRoomServiceClient, protocol_service_client::ProtocolServiceClient,
    question_service_client::QuestionServiceClient,
};
use barnahus_server::authority::NewKey;
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};

use super::{Harness, Refused, Rpc, request_id};

/// The post of whoever founded the house.
pub const ADMINISTRATOR: &str = "administrator-1";

/// What a client shows of itself.
#[derive(Clone)]
pub struct Papers {
    /// PEM.
    pub certificate: String,
    /// PEM.
    pub key: String,
}

/// One person of the house. Clones share the connection.
#[derive(Clone)]
pub struct Client {
    /// The post.
    pub post: String,
    /// `houses/{house}/persons/{person}`.
    pub person: String,
    /// Key and certificate.
    pub papers: Papers,
    channel: Channel,
}

impl Papers {
    /// Reads them from a profile's folder.
    ///
    /// # Errors
    /// If a file is missing.
    pub fn read(profile: &Path) -> Result<Self> {
        let file = |name: &str| fs::read_to_string(profile.join(name)).with_context(|| format!("`{name}` of the profile"));
        Ok(Self { certificate: file("certificate.pem")?, key: file("key.pem")? })
    }
}

macro_rules! services {
    ($($(#[$doc:meta])* $name:ident: $client:ident,)+) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(&self) -> $client<Channel> {
            $client::new(self.channel())
        }
    )+};
}

impl Client {
    services! {
        /// The directory.
        directory: DirectoryServiceClient,
        /// Administration.
        administration: AdministrationServiceClient,
        /// Cases.
        cases: CaseServiceClient,
        /// Consultations.
        consultations: ConsultationServiceClient,
        /// Bookings.
        bookings: BookingServiceClient,
        /// The listening room.
        room: ListeningRoomServiceClient,
        /// Questions.
        questions: QuestionServiceClient,
        /// Protocols.
        protocols: ProtocolServiceClient,
        /// The log.
        audit: AuditServiceClient,
    }

    /// The connection.
    #[must_use]
    pub fn channel(&self) -> Channel {
        self.channel.clone()
    }

    /// The pseudonym: the last part of the person's name.
    #[must_use]
    pub fn pseudonym(&self) -> &str {
        self.person.rsplit('/').next().unwrap_or_default()
    }

    /// Calls.
    ///
    /// # Errors
    /// The refusal.
    pub async fn call<R: Rpc>(&self, request: R) -> Result<R::Answer, Refused> {
        super::rpc::unary(self.channel(), request).await.map_err(Refused::from)
    }

    /// Enrols a new person in a post, and connects.
    pub(super) async fn enrol(harness: &Harness, administrator: &Self, post: &str) -> Result<Self> {
        let posts = [harness.of("posts", post)];
        let (papers, answer) = administrator.enrol_with("", &posts, &harness.name()).await?;
        let person = answer.person.context("nobody was enrolled")?.name;
        Self::connect(harness, post, &person, papers).await
    }

    /// Enrols a person as this administrator: a new one, or a further certificate for one who is here.
    ///
    /// # Errors
    /// The refusal.
    pub async fn enrol_with(&self, person: &str, posts: &[String], house: &str) -> Result<(Papers, EnrollPersonResponse)> {
        let key = NewKey::generate()?;
        let request = EnrollPersonRequest {
            parent: house.to_owned(),
            request_id: request_id(),
            person: person.to_owned(),
            signing_request: key.request_pem,
            mandates: posts.iter().map(|post| Mandate { post: post.clone(), from: None, until: None }).collect(),
        };
        let answer = self.call(request).await?;
        Ok((Papers { certificate: answer.certificate.clone(), key: key.key_pem.to_string() }, answer))
    }

    /// The same person with the same papers, over a connection of its own.
    ///
    /// # Errors
    /// If the house does not let them in.
    pub async fn elsewhere(&self, harness: &Harness) -> Result<Self> {
        Self::connect(harness, &self.post, &self.person, self.papers.clone()).await
    }

    /// Connects with any papers.
    ///
    /// # Errors
    /// If the house does not let them in.
    pub async fn connect(harness: &Harness, post: &str, person: &str, papers: Papers) -> Result<Self> {
        let channel = connect(harness, Some(&papers)).await?;
        Ok(Self { post: post.to_owned(), person: person.to_owned(), papers, channel })
    }
}

/// Connects over TLS, trusting nobody but the house's own authority.
///
/// # Errors
/// If the house does not let them in.
pub async fn connect(harness: &Harness, papers: Option<&Papers>) -> Result<Channel> {
    Ok(endpoint(harness, papers)?.connect().await?)
}

/// The same, not connected yet.
///
/// # Errors
/// If the house's folder lacks its authority.
pub fn endpoint(harness: &Harness, papers: Option<&Papers>) -> Result<Endpoint> {
    endpoint_at(harness, harness.address(), papers)
}

/// The same at another address, where somebody serves with the house's certificate.
///
/// # Errors
/// As [`endpoint`].
pub fn endpoint_at(harness: &Harness, address: SocketAddr, papers: Option<&Papers>) -> Result<Endpoint> {
    let authority = fs::read_to_string(harness.dir().join("authority.pem")).context("the trial authority's certificate")?;
    let mut tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority));
    if let Some(papers) = papers {
        tls = tls.identity(Identity::from_pem(&papers.certificate, &papers.key));
    }
    Ok(Endpoint::from_shared(format!("https://{address}"))?.tls_config(tls)?)
}
