//! Messages on the wire, as tonic's own codec has them, with a smaller buffer: a stream keeps its buffer for as long as it lasts, and most
//! of a listening room's streams wait.

use std::marker::PhantomData;

use prost::Message;
use tonic::codec::BufferSettings;
use tonic_prost::{ProstCodec, ProstDecoder, ProstEncoder};

/// Bytes of a buffer to begin with: most answers and changes fit, and a longer one makes it grow. Tonic's own has 8 KiB.
const BUFFER: usize = 1024;
/// Bytes after which what is ready is sent on, though more could be; as tonic has it.
const YIELD: usize = 32 * 1024;

/// Encodes requests or answers `T` and decodes `U`.
#[derive(Debug, Clone)]
pub(crate) struct Codec<T, U>(PhantomData<(T, U)>);

impl<T, U> Default for Codec<T, U> {
    fn default() -> Self {
        Self(PhantomData)
    }
}

impl<T: Message + Send + 'static, U: Message + Default + Send + 'static> tonic::codec::Codec for Codec<T, U> {
    type Encode = T;
    type Decode = U;
    type Encoder = ProstEncoder<T>;
    type Decoder = ProstDecoder<U>;

    fn encoder(&mut self) -> Self::Encoder {
        ProstCodec::<T, U>::raw_encoder(BufferSettings::new(BUFFER, YIELD))
    }

    fn decoder(&mut self) -> Self::Decoder {
        ProstCodec::<T, U>::raw_decoder(BufferSettings::new(BUFFER, YIELD))
    }
}
