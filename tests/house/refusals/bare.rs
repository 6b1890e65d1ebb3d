//! Calls by the table alone: bytes in, bytes out, whatever the rpc.

use barnahus_proto::Method;
use prost::bytes::{Buf as _, BufMut as _};
use tonic::{
    Request, Status,
    client::Grpc,
    codec::{Codec, DecodeBuf, Decoder, EncodeBuf, Encoder},
    codegen::http::uri::PathAndQuery,
    transport::Channel,
};
use tonic_types::{ErrorDetails, StatusExt as _};

/// Sends and receives messages as they are.
#[derive(Debug, Clone, Copy, Default)]
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

    fn encode(&mut self, item: Vec<u8>, buffer: &mut EncodeBuf<'_>) -> Result<(), Status> {
        buffer.put_slice(&item);
        Ok(())
    }
}

impl Decoder for Bytes {
    type Item = Vec<u8>;
    type Error = Status;

    fn decode(&mut self, buffer: &mut DecodeBuf<'_>) -> Result<Option<Vec<u8>>, Status> {
        let mut item = vec![0; buffer.remaining()];
        buffer.copy_to_slice(&mut item);
        Ok(Some(item))
    }
}

/// Makes the call; of a stream, takes the first message and lets it go.
pub(crate) async fn call(channel: &Channel, method: &'static Method, request: Vec<u8>) -> Result<Vec<u8>, Status> {
    let path = PathAndQuery::from_static(method.path);
    let mut grpc = Grpc::new(channel.clone());
    grpc.ready().await.map_err(|error| Status::unavailable(error.to_string()))?;
    if method.streaming {
        let mut stream = grpc.server_streaming(Request::new(request), path, Bytes).await?.into_inner();
        Ok(stream.message().await?.unwrap_or_default())
    } else {
        Ok(grpc.unary(Request::new(request), path, Bytes).await?.into_inner())
    }
}

/// All that a caller can tell from a refusal, but the number of its own record.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Told {
    code: i32,
    message: String,
    details: String,
    headers: Vec<String>,
}

impl Told {
    pub(crate) fn of(status: &Status) -> Self {
        let mut details: ErrorDetails = status.get_error_details();
        if let Some(info) = details.error_info().cloned() {
            let mut metadata = info.metadata.clone();
            metadata.remove("record_index");
            details.set_error_info(info.reason.clone(), info.domain.clone(), metadata);
        }
        let changing = ["grpc-status-details-bin", "date"];
        let mut headers: Vec<String> = status.metadata().keys().map(|key| format!("{key:?}")).collect();
        headers.retain(|key| !changing.iter().any(|changing| key.contains(changing)));
        headers.sort();
        Self { code: status.code() as i32, message: status.message().to_owned(), details: format!("{details:?}"), headers }
    }
}
