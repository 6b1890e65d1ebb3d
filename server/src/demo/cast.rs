//! The players: one client for each post of the house, with its own key, certificate and connection.
//!
//! The first administrator comes with the founded house; everyone else makes a key and a signing request, and is enrolled by the
//! administrator through the contract. What they say to the house is `player`'s. INVARIANT: a key never leaves its client, but for the
//! profile that is written for the same person.

use std::{fs, net::SocketAddr, path::Path};

use anyhow::{Context as _, Result, anyhow};
use barnahus_domain::house::Definition;
use barnahus_policy::Role;
use barnahus_proto::v1::{EnrollPersonRequest, GetSelfRequest, Mandate};
use rcgen::{CertificateParams, KeyPair};
use tonic::transport::{Certificate, Channel, ClientTlsConfig, Endpoint, Identity};
use zeroize::Zeroizing;

use super::{
    ledger::Ledger,
    rpc::{CallError, last},
};
use crate::clock;

/// Everyone, in the order of the house file.
pub(crate) struct Cast {
    /// `houses/{house}`.
    house: String,
    members: Vec<Member>,
}

/// One post with the person who holds it.
pub(crate) struct Member {
    /// The post's id.
    pub(crate) post: String,
    /// What the post does.
    pub(crate) roles: Vec<Role>,
    /// `houses/{house}/persons/{person}`.
    pub(crate) person: String,
    /// The person's certificate and key.
    pub(crate) papers: Papers,
    channel: Channel,
}

/// What a client shows of itself.
#[derive(Clone)]
pub(crate) struct Papers {
    /// PEM.
    pub(crate) certificate: String,
    /// PEM.
    pub(crate) key: Zeroizing<String>,
}

impl Papers {
    /// Reads them from a profile's folder.
    pub(crate) fn read(profile: &Path) -> Result<Self> {
        let file = |name: &str| {
            let path = profile.join(name);
            fs::read_to_string(&path).with_context(|| format!("`{}` cannot be read", path.display()))
        };
        Ok(Self { certificate: file("certificate.pem")?, key: Zeroizing::new(file("key.pem")?) })
    }
}

impl Cast {
    /// Enrols everyone who is not there yet, as the first administrator.
    pub(crate) async fn enrol(
        address: SocketAddr,
        authority: &str,
        definition: &Definition,
        administrator: Papers,
        ledger: &mut Ledger,
    ) -> Result<Self> {
        let house = format!("houses/{}", definition.id);
        let office = connect(address, authority, &administrator).await.context("the first administrator cannot connect")?;
        let (me, _) = ledger.ask(office.clone(), GetSelfRequest {}).await.map_err(|error| broken("GetSelf", error))?;
        let me = me.person.context("the house does not say who the first administrator is")?;
        let mut members = Vec::with_capacity(definition.posts.len());
        for post in &definition.posts {
            let id = post.id.as_str();
            let (person, papers, channel) = if me.mandates.iter().any(|mandate| last(&mandate.post) == id) {
                (me.name.clone(), administrator.clone(), office.clone())
            } else {
                let (person, papers) =
                    enrol(&house, id, office.clone(), ledger).await.with_context(|| format!("`{id}` is not enrolled"))?;
                let channel = connect(address, authority, &papers).await.with_context(|| format!("`{id}` cannot connect"))?;
                (person, papers, channel)
            };
            members.push(Member { post: id.to_owned(), roles: post.roles.clone(), person, papers, channel });
        }
        Ok(Self { house, members })
    }

    /// `houses/{house}`.
    pub(crate) fn house(&self) -> &str {
        &self.house
    }

    /// Everyone.
    pub(crate) fn members(&self) -> &[Member] {
        &self.members
    }

    /// Who holds a post.
    pub(crate) fn member(&self, post: &str) -> Option<&Member> {
        self.members.iter().find(|member| member.post == post)
    }

    /// The first who has a role.
    pub(crate) fn first(&self, role: Role) -> Option<&Member> {
        self.members.iter().find(|member| member.roles.contains(&role))
    }

    /// The full name of something of the house: `houses/{house}/posts/prosecutor-1`.
    pub(crate) fn name(&self, collection: &str, id: &str) -> String {
        format!("{}/{collection}/{id}", self.house)
    }
}

impl Member {
    /// The person's own connection.
    pub(crate) fn channel(&self) -> Channel {
        self.channel.clone()
    }
}

/// Makes a key and has the administrator sign for it.
async fn enrol(house: &str, post: &str, office: Channel, ledger: &mut Ledger) -> Result<(String, Papers)> {
    let key = KeyPair::generate().context("no key can be made")?;
    let signing_request =
        CertificateParams::default().serialize_request(&key).and_then(|request| request.pem()).context("no signing request can be made")?;
    let request = EnrollPersonRequest {
        parent: house.to_owned(),
        request_id: clock::request_id().to_string(),
        person: String::new(),
        signing_request,
        mandates: vec![Mandate { post: format!("{house}/posts/{post}"), from: None, until: None }],
    };
    let (answer, _) = ledger.ask(office, request).await.map_err(|error| broken("EnrollPerson", error))?;
    let person = answer.person.context("the house does not say who was enrolled")?;
    Ok((person.name, Papers { certificate: answer.certificate, key: Zeroizing::new(key.serialize_pem()) }))
}

/// Connects over mutual TLS, trusting nobody but the house's own authority.
async fn connect(address: SocketAddr, authority: &str, papers: &Papers) -> Result<Channel> {
    let identity = Identity::from_pem(&papers.certificate, papers.key.as_bytes());
    let tls = ClientTlsConfig::new().ca_certificate(Certificate::from_pem(authority)).identity(identity);
    Ok(Endpoint::from_shared(format!("https://{address}"))?.tls_config(tls)?.connect().await?)
}

/// A call before the first step that went wrong.
pub(crate) fn broken(rpc: &str, error: CallError) -> anyhow::Error {
    match error {
        CallError::Refused(refusal) => anyhow!("{rpc} was refused with {}: {}", refusal.reason, refusal.message),
        CallError::Broken(what) => anyhow!("{rpc} brought {what}"),
    }
}
