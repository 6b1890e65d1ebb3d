//! The measure of all: a service that answers with what it was asked, as bare as tonic makes it.
//!
//! INVARIANT: nothing of the house is in its way but the certificates: tonic's own TLS, its own accept loop, its own codec.

use std::{
    convert::Infallible,
    fs,
    future::{Ready, ready},
    net::{Ipv4Addr, SocketAddr},
    path::Path,
    task::{Context, Poll},
};

use anyhow::{Context as _, Result};
use barnahus_proto::v1::SubmitQuestionRequest;
use barnahus_server::{authority, tls};
use tokio::{net::TcpListener, sync::oneshot, task::JoinSet};
use tonic::{
    Request, Response, Status,
    body::Body,
    codegen::{BoxFuture, Service, http},
    server::{Grpc, NamedService, UnaryService},
    transport::{Certificate, Identity, Server, ServerTlsConfig, server::TcpIncoming},
};
use tonic_prost::ProstCodec;

/// The one method.
pub const PATH: &str = "/bench.Echo/Echo";

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
        let router = Server::builder().tls_config(ServerTlsConfig::new().identity(identity).client_ca_root(callers))?.add_service(Bare);
        let incoming = TcpIncoming::from(listener).with_nodelay(Some(true));
        let mut task = JoinSet::new();
        task.spawn(async move {
            // Nobody is left to tell when it fails: the callers notice.
            drop(router.serve_with_incoming_shutdown(incoming, async { drop(stopped.await) }).await);
        });
        Ok(Self { address, _stop: stop, _task: task })
    }
}

/// The service.
#[derive(Clone)]
struct Bare;

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
        Box::pin(async move { Ok(Grpc::new(ProstCodec::default()).unary(Back, request).await) })
    }
}

/// The method: gives back what it got.
struct Back;

impl UnaryService<SubmitQuestionRequest> for Back {
    type Response = SubmitQuestionRequest;
    type Future = Ready<Result<Response<SubmitQuestionRequest>, Status>>;

    fn call(&mut self, request: Request<SubmitQuestionRequest>) -> Self::Future {
        ready(Ok(Response::new(request.into_inner())))
    }
}
