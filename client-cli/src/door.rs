//! A door for tests: mutual TLS as a house has it, and behind it canned answers in a row, so that faults come when they are wanted.
//!
//! It is no house and keeps no rule; what it was asked is kept for the test to read.

use std::{
    collections::VecDeque,
    fs,
    path::Path,
    pin::Pin,
    sync::{Arc, Mutex},
    task::{Context, Poll},
    time::Duration,
};

use barnahus_audit::{Checkpoint, Signer, Tree, Trust, inclusion_proof, leaf_hash};
use barnahus_proto::{
    ERROR_DOMAIN,
    v1::{self, ErrorReason},
};
use jiff::tz::TimeZone;
use rcgen::{
    BasicConstraints, CertificateParams, CertificateRevocationListParams, CertifiedIssuer, IsCa, KeyIdMethod, KeyPair, KeyUsagePurpose,
    RevokedCertParams, SerialNumber, date_time_ymd,
};
use rustls::{
    RootCertStore, ServerConfig,
    pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer},
    server::WebPkiClientVerifier,
};
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio_stream::Stream;
use tonic::{
    Code, Request, Response, Status,
    body::Body,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, ServerStreamingService},
};
use tonic_types::{ErrorDetails, StatusExt as _};

use crate::{
    args::{Global, Output},
    output::Screen,
    profile::{Profile, SETTINGS},
    session::Session,
    text::{Lang, Words},
};

const ORIGIN: &str = "log.example/house";
const REVOKED: u64 = 66;

/// What is wrong with a person's certificate.
#[derive(PartialEq)]
pub(crate) enum Fault {
    None,
    Expired,
    Revoked,
    Foreign,
}

/// The next answer.
pub(crate) enum Canned {
    /// These messages, then the stream's good end.
    Say(Vec<Vec<u8>>),
    /// These messages, then this status.
    SayAndCut(Vec<Vec<u8>>, Status),
    /// This status.
    Refuse(Status),
    /// The connection is dropped without an answer.
    HangUp,
}

/// An issuer, a log's key, a person's folder, and what was asked at the door.
pub(crate) struct World {
    authority: CertifiedIssuer<'static, KeyPair>,
    /// Who issued the door's own certificate.
    door_authority: Option<CertifiedIssuer<'static, KeyPair>>,
    signer: Signer,
    folder: TempDir,
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl World {
    pub(crate) fn new() -> Self {
        let signer = Signer::from_seed(ORIGIN, &[7; 32].into()).unwrap();
        Self { authority: authority(), door_authority: None, signer, folder: tempfile::tempdir().unwrap(), asked: Arc::default() }
    }

    /// One whose door is not the house that the profile knows.
    pub(crate) fn foreign() -> Self {
        Self { door_authority: Some(authority()), ..Self::new() }
    }

    /// The requests that came, in order.
    pub(crate) fn asked(&self) -> Vec<Vec<u8>> {
        self.asked.lock().unwrap().clone()
    }

    /// Whom the person trusts about the log.
    pub(crate) fn trust(&self) -> Trust {
        Trust::new(ORIGIN.parse().unwrap(), vec![self.signer.verifier().clone()], Vec::new(), 0).unwrap()
    }

    /// The log's signed word on a tree.
    pub(crate) fn note(&self, tree: &Tree) -> String {
        Checkpoint { origin: ORIGIN.parse().unwrap(), size: tree.size(), root: tree.root() }.sign(&self.signer)
    }

    /// A folder that goes away with the world.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// A receipt for a record that is said to be the first of this tree.
    pub(crate) fn receipt(&self, tree: &Tree, record: &[u8]) -> v1::Receipt {
        let checkpoint = self.note(tree);
        let proof = inclusion_proof(0, tree.size(), tree).unwrap();
        let inclusion_proof = proof.iter().map(|hash| hash.as_bytes().to_vec().into()).collect();
        v1::Receipt { index: 0, leaf_hash: leaf_hash(record).as_bytes().to_vec().into(), checkpoint, inclusion_proof }
    }

    /// A person's dealings with the house at this port.
    pub(crate) fn session(&self, fault: &Fault, port: u16, command: &str) -> Session {
        let folder = self.folder.path();
        let (key, foreign) = (KeyPair::generate().unwrap(), authority());
        let mut params = CertificateParams::default();
        params.serial_number = (*fault == Fault::Revoked).then(|| SerialNumber::from(REVOKED));
        params.not_after = date_time_ymd(if *fault == Fault::Expired { 2020 } else { 2100 }, 1, 1);
        let issuer = if *fault == Fault::Foreign { &foreign } else { &self.authority };
        fs::write(folder.join("certificate.pem"), params.signed_by(&key, issuer).unwrap().pem()).unwrap();
        fs::write(folder.join("key.pem"), key.serialize_pem()).unwrap();
        fs::write(folder.join("authority.pem"), self.authority.pem()).unwrap();
        fs::write(folder.join("trust"), self.trust().to_string()).unwrap();
        let settings = format!("server = \"https://127.0.0.1:{port}\"\nserver_name = \"localhost\"\nhouse = \"houses/v\"\n");
        fs::write(folder.join(SETTINGS), settings).unwrap();

        let profile = Profile::open(folder.to_str(), None).unwrap();
        let screen = Screen { output: Output::Json, words: Words { lang: Lang::En }, zone: TimeZone::UTC, terminal: false, verbose: false };
        let global = Global { profile: None, output: Output::Json, lang: None, request_id: None, verbose: false };
        Session::new(profile, screen, global, command.to_owned()).unwrap()
    }

    /// Opens the door: its port, and what must be polled for it to stay open. Answers come in the order given, over all connections.
    pub(crate) async fn open(&self, answers: Vec<Canned>) -> (u16, Pin<Box<dyn Future<Output = ()>>>) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (port, tls) = (listener.local_addr().unwrap().port(), self.tls());
        let house = House { answers: Arc::new(Mutex::new(answers.into())), asked: Arc::clone(&self.asked) };
        let serve = async move {
            let mut connections = tokio::task::JoinSet::new();
            loop {
                let (stream, _) = listener.accept().await.unwrap();
                let Ok(stream) = tls.accept(stream).await else { continue };
                let server = tonic::transport::Server::builder().add_service(Rooms(house.clone())).add_service(Directory(house.clone()));
                let server = server.add_service(Audit(house.clone())).add_service(Booking(house.clone()));
                let hang_up = house.hangs_up();
                connections.spawn(async move {
                    if hang_up {
                        // Long enough for the client to count as connected and to send.
                        tokio::time::sleep(Duration::from_millis(200)).await;
                        return;
                    }
                    let incoming =
                        tokio_stream::StreamExt::chain(tokio_stream::once(Ok::<_, std::io::Error>(stream)), tokio_stream::pending());
                    let _ = server.serve_with_incoming(incoming).await;
                });
            }
        };
        (port, Box::pin(serve))
    }

    fn tls(&self) -> tokio_rustls::TlsAcceptor {
        let (key, mut roots) = (KeyPair::generate().unwrap(), RootCertStore::empty());
        let issuer = self.door_authority.as_ref().unwrap_or(&self.authority);
        let certificate = CertificateParams::new(vec!["localhost".to_owned()]).unwrap().signed_by(&key, issuer).unwrap();
        roots.add(self.authority.der().clone()).unwrap();
        let revoked = RevokedCertParams {
            serial_number: SerialNumber::from(REVOKED),
            revocation_time: date_time_ymd(2024, 1, 1),
            reason_code: None,
            invalidity_date: None,
        };
        let list = CertificateRevocationListParams {
            this_update: date_time_ymd(2024, 1, 1),
            next_update: date_time_ymd(2100, 1, 1),
            crl_number: SerialNumber::from(1),
            issuing_distribution_point: None,
            revoked_certs: vec![revoked],
            key_identifier_method: KeyIdMethod::Sha256,
        };
        let list = list.signed_by(&self.authority).unwrap();
        let verifier = WebPkiClientVerifier::builder(Arc::new(roots)).with_crls([list.der().clone()]).build().unwrap();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let mut config =
            ServerConfig::builder().with_client_cert_verifier(verifier).with_single_cert(vec![certificate.der().clone()], key).unwrap();
        config.alpn_protocols = vec![b"h2".to_vec()];
        Arc::new(config).into()
    }
}

/// A refusal as a house words it.
pub(crate) fn refusal(code: Code, reason: ErrorReason, retry: Option<Duration>) -> Status {
    let mut details = ErrorDetails::new();
    details.set_error_info(reason.as_str_name().trim_start_matches("ERROR_REASON_"), ERROR_DOMAIN, [("k".to_owned(), "v".to_owned())]);
    if retry.is_some() {
        details.set_retry_info(retry);
    }
    Status::with_error_details(code, "canned", details)
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    CertifiedIssuer::self_signed(params, KeyPair::generate().unwrap()).unwrap()
}

/// The answers that are left, and what was asked.
#[derive(Clone)]
struct House {
    answers: Arc<Mutex<VecDeque<Canned>>>,
    asked: Arc<Mutex<Vec<Vec<u8>>>>,
}

impl House {
    fn hangs_up(&self) -> bool {
        let mut answers = self.answers.lock().unwrap();
        let hangs_up = matches!(answers.front(), Some(Canned::HangUp));
        if hangs_up {
            answers.pop_front();
        }
        hangs_up
    }
}

impl ServerStreamingService<Vec<u8>> for House {
    type Response = Vec<u8>;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<Vec<u8>, Status>> + Send>>;
    type Future = BoxFuture<Response<Self::ResponseStream>, Status>;

    fn call(&mut self, request: Request<Vec<u8>>) -> Self::Future {
        self.asked.lock().unwrap().push(request.into_inner());
        let answer = match self.answers.lock().unwrap().pop_front() {
            Some(Canned::Say(messages)) => Ok(messages.into_iter().map(Ok).collect::<Vec<_>>()),
            Some(Canned::SayAndCut(messages, status)) => Ok(messages.into_iter().map(Ok).chain([Err(status)]).collect()),
            Some(Canned::Refuse(status)) => Err(status),
            Some(Canned::HangUp) | None => Err(Status::internal("nothing is left to say")),
        };
        Box::pin(async move { answer.map(|messages| Response::new(Box::pin(tokio_stream::iter(messages)) as Self::ResponseStream)) })
    }
}

macro_rules! services {
    ($($service:ident = $name:literal),*) => {$(
        #[derive(Clone)]
        struct $service(House);

        impl NamedService for $service {
            const NAME: &'static str = $name;
        }

        impl Service<http::Request<Body>> for $service {
            type Response = http::Response<Body>;
            type Error = std::convert::Infallible;
            type Future = BoxFuture<Self::Response, Self::Error>;

            fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
                Poll::Ready(Ok(()))
            }

            fn call(&mut self, request: http::Request<Body>) -> Self::Future {
                let house = self.0.clone();
                Box::pin(async move { Ok(Grpc::new(Bytes).server_streaming(house, request).await) })
            }
        }
    )*};
}

services!(
    Rooms = "barnahus.v1.ListeningRoomService",
    Directory = "barnahus.v1.DirectoryService",
    Audit = "barnahus.v1.AuditService",
    Booking = "barnahus.v1.BookingService"
);

/// Messages as the bytes that they are.
struct Bytes;

impl Codec for Bytes {
    type Encode = Vec<u8>;
    type Decode = Vec<u8>;
    type Encoder = Self;
    type Decoder = Self;

    fn encoder(&mut self) -> Self {
        Self
    }

    fn decoder(&mut self) -> Self {
        Self
    }
}

impl Encoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn encode(&mut self, message: Vec<u8>, into: &mut EncodeBuf<'_>) -> Result<(), Status> {
        prost::bytes::BufMut::put_slice(into, &message);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, from: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let length = prost::bytes::Buf::remaining(from);
        let mut message = vec![0; length];
        prost::bytes::Buf::copy_to_slice(from, &mut message);
        Ok(Some(message))
    }
}
