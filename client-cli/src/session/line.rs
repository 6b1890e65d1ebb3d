//! The house's line without a session's receipts.

use tonic::{Request, Status, Streaming, client::Grpc, transport::Channel};
use tonic_prost::ProstCodec;

use super::{CALL_TIMEOUT, path};
use crate::rpc::Call;

/// The house's line by itself, for a stream beside a session's calls.
#[derive(Clone)]
pub(crate) struct Line {
    grpc: Grpc<Channel>,
    command: String,
}

impl Line {
    /// Of a session that is connected, for this command.
    pub(super) fn new(grpc: Grpc<Channel>, command: String) -> Self {
        Self { grpc, command }
    }

    /// Opens a stream.
    pub(crate) async fn stream<Q, M>(&self, rpc: &'static str, request: Q) -> Result<Streaming<M>, Status>
    where
        Q: prost::Message + 'static,
        M: prost::Message + Default + 'static,
    {
        let path = path(&self.command, rpc);
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        let answer = grpc.server_streaming(Request::new(request), path, ProstCodec::<Q, M>::default()).await?;
        Ok(answer.into_inner())
    }

    /// Calls once. Its receipt is not kept: for a call that says something and asks for nothing.
    pub(crate) async fn say<C: Call>(&self, request: C) -> Result<(), Status> {
        let mut request = Request::new(request);
        request.set_timeout(CALL_TIMEOUT);
        let mut grpc = self.grpc.clone();
        grpc.ready().await.map_err(|error| Status::from_error(error.into()))?;
        grpc.unary(request, path(&self.command, C::RPC), ProstCodec::<C, C::Answer>::default()).await.map(drop)
    }
}
