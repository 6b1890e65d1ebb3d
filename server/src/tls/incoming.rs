//! The accept loop: from a listening socket to connections whose client is known.
//!
//! Judges no request. INVARIANT: no client, however slow or hostile, ends the loop. INVARIANT: the number of handshakes under way is
//! bounded, and a client that says nothing holds its place for [`HANDSHAKE_TIMEOUT`] at most.

use std::{
    io,
    net::SocketAddr,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use rustls::ServerConfig;
use tokio::{
    io::{AsyncRead, AsyncWrite, ReadBuf},
    net::{TcpListener, TcpStream},
    sync::mpsc,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_rustls::{TlsAcceptor, server::TlsStream};
use tokio_stream::{Stream, wrappers::ReceiverStream};
use tokio_util::{sync::CancellationToken, task::TaskTracker};
use tonic::transport::server::Connected;

use super::Peer;
use crate::authority;

/// How long a client has for its handshake.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(3);
/// Most handshakes at once; further clients wait in the machine's queue.
const HANDSHAKES_MAX: usize = 256;
/// Connections that are through and wait to be served.
const READY_MAX: usize = 64;
/// How long to wait when the machine has no more sockets.
const EXHAUSTED_PAUSE: Duration = Duration::from_millis(500);

/// Bytes of answers that are written at once: room for a usual answer with its receipt.
const WRITE_BUFFER: usize = 4096;

/// A connection whose client has shown a certificate. What is written to it goes out when it is flushed.
#[derive(Debug)]
pub struct Connection {
    stream: TlsStream<TcpStream>,
    // Else the head, the message and the end of an answer would be a TLS record, a system call and a packet each. Holds no memory between
    // flushes, which a `BufWriter` does: most connections wait most of the time.
    pending: Vec<u8>,
    /// How much of it has gone out.
    sent: usize,
    peer: Peer,
}

/// Accepts connections until shutdown, on a task of its own; hand the stream to tonic's `serve_with_incoming_shutdown`.
///
/// After shutdown the port is closed, handshakes under way are broken off, and the stream ends. Connections that stand are not touched.
pub fn incoming(
    listener: TcpListener,
    config: Arc<ServerConfig>,
    tracker: &TaskTracker,
    shutdown: CancellationToken,
) -> impl Stream<Item = io::Result<Connection>> + use<> {
    let (ready, connections) = mpsc::channel(READY_MAX);
    tracker.spawn(accept(listener, TlsAcceptor::from(config), ready, shutdown));
    ReceiverStream::new(connections)
}

async fn accept(listener: TcpListener, acceptor: TlsAcceptor, ready: mpsc::Sender<io::Result<Connection>>, shutdown: CancellationToken) {
    let mut handshakes = JoinSet::new();
    loop {
        let accepted = tokio::select! {
            biased;
            () = shutdown.cancelled() => break,
            () = ready.closed() => break,
            Some(_) = handshakes.join_next() => continue,
            accepted = listener.accept(), if handshakes.len() < HANDSHAKES_MAX => accepted,
        };
        match accepted {
            Ok((socket, address)) => {
                let (acceptor, ready) = (acceptor.clone(), ready.clone());
                handshakes.spawn(async move {
                    match handshake(acceptor, socket, address).await {
                        // Fails only if nobody serves any more.
                        Ok(connection) => drop(ready.send(Ok(connection)).await),
                        Err(error) => tracing::info!(%address, %error, "handshake refused"),
                    }
                });
            }
            // The client went away before it was accepted.
            Err(error) if matches!(error.kind(), io::ErrorKind::ConnectionAborted | io::ErrorKind::ConnectionReset) => {}
            Err(error) => {
                tracing::warn!(%error, "no connection can be accepted");
                tokio::select! {
                    () = shutdown.cancelled() => break,
                    () = sleep(EXHAUSTED_PAUSE) => {}
                }
            }
        }
    }
}

async fn handshake(acceptor: TlsAcceptor, socket: TcpStream, address: SocketAddr) -> io::Result<Connection> {
    socket.set_nodelay(true)?;
    let stream = timeout(HANDSHAKE_TIMEOUT, acceptor.accept(socket)).await.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    let peer =
        peer(&stream, address).ok_or_else(|| io::Error::new(io::ErrorKind::InvalidData, "the client's certificate is not readable"))?;
    Ok(Connection { stream, pending: Vec::new(), sent: 0, peer })
}

fn peer(stream: &TlsStream<TcpStream>, address: SocketAddr) -> Option<Peer> {
    let certificate = stream.get_ref().1.peer_certificates()?.first()?;
    let ends_at = authority::ends_at(certificate)?;
    Some(Peer { fingerprint: authority::fingerprint(certificate), ends_at, address })
}

impl Connection {
    /// Who is at the other end.
    #[must_use]
    pub fn peer(&self) -> Peer {
        self.peer
    }

    /// Hands over what was written, and gives its memory back.
    fn poll_pending(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        while let Some(rest) = self.pending.get(self.sent..).filter(|rest| !rest.is_empty()) {
            match ready!(Pin::new(&mut self.stream).poll_write(cx, rest))? {
                0 => return Poll::Ready(Err(io::ErrorKind::WriteZero.into())),
                more => self.sent += more,
            }
        }
        (self.pending, self.sent) = (Vec::new(), 0);
        Poll::Ready(Ok(()))
    }
}

impl Connected for Connection {
    type ConnectInfo = Peer;

    fn connect_info(&self) -> Peer {
        self.peer
    }
}

impl AsyncRead for Connection {
    fn poll_read(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(cx, buf)
    }
}

impl AsyncWrite for Connection {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        if self.pending.len() + buf.len() > WRITE_BUFFER {
            ready!(self.poll_pending(cx))?;
        }
        if buf.len() >= WRITE_BUFFER {
            return Pin::new(&mut self.stream).poll_write(cx, buf);
        }
        self.pending.extend_from_slice(buf);
        Poll::Ready(Ok(buf.len()))
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.stream).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_pending(cx))?;
        Pin::new(&mut self.stream).poll_shutdown(cx)
    }
}
