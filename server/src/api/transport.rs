//! What the transport refuses before a handler hears of it: a message beyond its size, or one that is no message at all.
//!
//! Such a call gets a reason and a record like any other bad input. Calls that a handler answered pass untouched.

use std::{
    pin::Pin,
    sync::Arc,
    task::{Context, Poll},
};

use barnahus_domain::Target;
use barnahus_proto::{METHODS, Method, v1::ErrorReason};
use tonic::{
    Status,
    body::Body,
    codegen::http::{Request, Response},
};
use tower::Service;

use super::{
    call::{Call, Desk},
    fields::{BadInput, Violation},
    status,
};
use crate::{
    clerk::{Draft, What},
    tls::Peer,
};

/// The services of the contract, with an eye on what the transport refuses.
#[derive(Clone)]
pub struct Watched<S> {
    inner: S,
    desk: Arc<Desk>,
}

impl<S> Watched<S> {
    /// Around these services.
    pub fn new(inner: S, desk: Arc<Desk>) -> Self {
        Self { inner, desk }
    }
}

impl<S> Service<Request<Body>> for Watched<S>
where
    S: Service<Request<Body>, Response = Response<Body>>,
    S::Future: Send + 'static,
    S::Error: Send,
{
    type Response = Response<Body>;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<Self::Response, Self::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), Self::Error>> {
        self.inner.poll_ready(context)
    }

    fn call(&mut self, request: Request<Body>) -> Self::Future {
        let method = METHODS.iter().find(|method| method.path == request.uri().path());
        let peer = request.extensions().get::<Peer>().copied();
        let (answer, desk) = (self.inner.call(request), Arc::clone(&self.desk));
        Box::pin(async move {
            let response = answer.await?;
            match (method.zip(peer), Status::from_header_map(response.headers())) {
                (Some((method, peer)), Some(refused)) => match status::of_transport(&refused) {
                    Some((reason, text)) => Ok(refuse(&desk, method, peer, reason, text).await.into_http()),
                    None => Ok(response),
                },
                _ => Ok(response),
            }
        })
    }
}

/// Has the refusal recorded, and says why.
async fn refuse(desk: &Desk, method: &'static Method, peer: Peer, reason: ErrorReason, text: &str) -> Status {
    let violation = Violation { field: String::new(), reason, text: text.to_owned() };
    let what = What::Refuse(Arc::new(BadInput { violations: vec![violation], named: false }));
    let call = match desk.count(method, peer) {
        Ok(()) => Call::unread(method, peer),
        Err(throttled) => return throttled,
    };
    match call.act(Target::House, what) {
        Ok(act) => match desk.clerk.carry_out(act, |_| Draft::plain(())).await {
            Ok(_) => status::internal(method.name),
            Err(failure) => status::failed(&failure),
        },
        Err(status) => status,
    }
}
