//! The measure of all: a service that answers with what it was asked, and sends it to whoever watches, as bare as tonic makes it.
//!
//! INVARIANT: nothing of the house is in its way but the certificates: tonic's own TLS, its own accept loop, its own codec.

use std::{
    convert::Infallible,
    fs,
    future::{Ready, ready},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    pin::Pin,
    task::{Context, Poll},
};

use anyhow::{Context as _, Result};
use barnahus_proto::v1::SubmitQuestionRequest;
use barnahus_server::{authority, tls};
use tokio::{
    net::TcpListener,
    sync::{broadcast, oneshot},
    task::JoinSet,
};
use tokio_stream::{Stream, StreamExt as _, wrappers::BroadcastStream};
use tonic::{
    Request, Response, Status, Streaming,
    body::Body,
    client,
    codegen::{BoxFuture, Service, http, http::uri::PathAndQuery},
    server::{Grpc, NamedService, ServerStreamingService, UnaryService},
    transport::{Certificate, Channel, Identity, Server, ServerTlsConfig, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

/// Answers with what it was asked.
pub const ECHO: &str = "/bench.Echo/Echo";
/// The same, and sends it to whoever watches.
pub const TELL: &str = "/bench.Echo/Tell";
/// Sends what is told.
pub const WATCH: &str = "/bench.Echo/Watch";
/// Messages that may wait for one who watches.
const BACKLOG: usize = 64;

/// An echo that is served. Dropping it ends it.
pub struct Echo {
    /// Where it listens.
    pub address: SocketAddr,
    _stop: oneshot::Sender<()>,
    _task: JoinSet<()>,
}

impl Echo {
    /// Serves an echo with the certificate of the house in this folder, to the same callers.
    ///
    /// # Errors
    /// If it cannot listen.
    pub async fn serve(dir: &Path) -> Result<Self> {
        let read = |name: &str| fs::read_to_string(dir.join(name)).with_context(|| format!("`{name}` of the house"));
        let identity = Identity::from_pem(read(tls::CERTIFICATE_FILE)?, read(tls::KEY_FILE)?);
        let callers = Certificate::from_pem(read(authority::CERTIFICATE_FILE)?);
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let address = listener.local_addr()?;
        let (stop, stopped) = oneshot::channel::<()>();
        let router = Server::builder()
            .tls_config(ServerTlsConfig::new().identity(identity).client_ca_root(callers))?
            .add_service(Bare(broadcast::Sender::new(BACKLOG)));
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Nobody is left to tell when it fails: the callers notice.
            drop(router.serve_with_incoming_shutdown(incoming, async { drop(stopped.await) }).await);
        });
        Ok(Self { address, _stop: stop, _task: task })
    }
}

/// Calls one of the methods with one answer.
///
/// # Errors
/// If it is not answered.
pub async fn ask(channel: &Channel, path: &'static str, request: SubmitQuestionRequest) -> Result<SubmitQuestionRequest, Status> {
    let mut grpc = client::Grpc::new(channel.clone());
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    Ok(grpc.unary(Request::new(request), PathAndQuery::from_static(path), ProstCodec::default()).await?.into_inner())
}

/// Begins to watch.
///
/// # Errors
/// If it does not begin.
pub async fn watch(channel: &Channel) -> Result<Streaming<SubmitQuestionRequest>, Status> {
    let mut grpc = client::Grpc::new(channel.clone());
    grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
    let request = Request::new(SubmitQuestionRequest::default());
    Ok(grpc.server_streaming(request, PathAndQuery::from_static(WATCH), ProstCodec::default()).await?.into_inner())
}

/// The service, with where to tell those who watch.
#[derive(Clone)]
struct Bare(broadcast::Sender<SubmitQuestionRequest>);

impl NamedService for Bare {
    const NAME: &'static str = "bench.Echo";
}

impl Service<http::Request<Body>> for Bare {
    type Response = http::Response<Body>;
    type Error = Infallible;
    type Future = BoxFuture<Self::Response, Self::Error>;

    fn poll_ready(&mut self, _: &mut Context<'_>) -> Poll<Result<(), Infallible>> {
        Poll::Ready(Ok(()))
    }

    fn call(&mut self, request: http::Request<Body>) -> Self::Future {
        let Self(told) = self.clone();
        Box::pin(async move {
            let mut grpc = Grpc::new(ProstCodec::default());
            Ok(match request.uri().path() {
                TELL => grpc.unary(Tell(told), request).await,
                WATCH => grpc.server_streaming(Watch(told), request).await,
                _ => grpc.unary(Back, request).await,
            })
        })
    }
}

/// Gives back what it got.
struct Back;

impl UnaryService<SubmitQuestionRequest> for Back {
    type Response = SubmitQuestionRequest;
    type Future = Ready<Result<Response<SubmitQuestionRequest>, Status>>;

    fn call(&mut self, request: Request<SubmitQuestionRequest>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}

/// Sends what it got to whoever watches, and gives it back.
struct Tell(broadcast::Sender<SubmitQuestionRequest>);

impl UnaryService<SubmitQuestionRequest> for Tell {
    type Response = SubmitQuestionRequest;
    type Future = Ready<Result<Response<SubmitQuestionRequest>, Status>>;

    fn call(&mut self, request: Request<SubmitQuestionRequest>) -> Self::Future {
        let told = request.into_inner();
        // Fails only while nobody watches.
        drop(self.0.send(told.clone()));
        ready(Ok(Response::new(told)))
    }
}

/// Sends what is told from here on.
struct Watch(broadcast::Sender<SubmitQuestionRequest>);

impl ServerStreamingService<SubmitQuestionRequest> for Watch {
    type Response = SubmitQuestionRequest;
    type ResponseStream = Pin<Box<dyn Stream<Item = Result<SubmitQuestionRequest, Status>> + Send>>;
    type Future = Ready<Result<Response<Self::ResponseStream>, Status>>;

    fn call(&mut self, _: Request<SubmitQuestionRequest>) -> Self::Future {
        let told = BroadcastStream::new(self.0.subscribe()).map(|told| told.map_err(|late| Status::from_error(late.into())));
        ready(Ok(Response::new(Box::pin(told))))
    }
}
