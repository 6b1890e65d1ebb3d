//! The one way in: TLS 1.3, and a certificate on both sides.
//!
//! A client's certificate must be signed by the trial authority or by an issuer in `issuers/`, and be within its time, at the handshake.
//! Whose it is, and what they may do, is the directory's to say; so is revocation, which is a record.
//!
//! INVARIANT: whoever gets through has shown a certificate that was in force when they did: no session is resumed, so no handshake stands
//! on an earlier one. INVARIANT: expiry ends no connection that stands, since it might carry an interview.

mod incoming;
#[cfg(test)]
mod tests;

use std::{
    fs, io,
    net::SocketAddr,
    path::{Path, PathBuf},
    sync::Arc,
    time::Duration,
};

use barnahus_domain::{Time, directory::Fingerprint};
use rustls::{
    RootCertStore, ServerConfig,
    crypto::aws_lc_rs,
    server::{NoServerSessionStorage, VerifierBuilderError, WebPkiClientVerifier},
    time_provider::TimeProvider,
};
use rustls_pki_types::{CertificateDer, PrivateKeyDer, UnixTime, pem::PemObject as _};

pub use incoming::{Connection, incoming};

use crate::{authority, clock::Clock, init::read_private};

/// The server's certificate, in the house's folder; further certificates up to its issuer may follow in it.
pub const CERTIFICATE_FILE: &str = "server.pem";
/// The server's key, in the house's folder.
pub const KEY_FILE: &str = "secret/server.key";
/// Certificates of further issuers whose clients may come in, in the house's folder: `*.pem`.
pub const ISSUERS_DIR: &str = "issuers";

/// Who is at the other end. Each request finds it in its extensions.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Peer {
    /// Of the certificate that was shown.
    pub fingerprint: Fingerprint,
    /// When that certificate ends.
    pub ends_at: Time,
    /// Where the connection comes from.
    pub address: SocketAddr,
}

/// Why nobody can be let in.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read.
    #[error("cannot read `{path}`: {source}: put back the file that init made")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of clients' issuers holds something else.
    #[error("`{path}` is no issuer's certificate: {source}: ask the issuer for it again, or take the file away")]
    Issuer {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        source: rustls::Error,
    },
    /// The server's certificate and key do not fit.
    #[error("`{CERTIFICATE_FILE}` with `{KEY_FILE}` cannot be used: {0}: put back the pair that belongs together")]
    Own(#[from] rustls::Error),
    /// The issuers cannot be used together.
    #[error("clients' certificates cannot be checked: {0}")]
    Verifier(#[from] VerifierBuilderError),
}

/// What the server of the house in this folder asks and shows at a handshake.
///
/// # Errors
/// If a file is missing or is not what it should be.
pub fn server_config(dir: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    server_config_at(dir, Clock::machine())
}

/// The house's certificates that end within 30 days, the server's own and those of its clients' issuers, by file.
///
/// # Errors
/// If one cannot be read.
pub fn ending_soon(dir: &Path, now: Time) -> Result<Vec<(PathBuf, Time)>, TlsError> {
    let mut soon = Vec::new();
    for path in issuer_files(dir)?.into_iter().chain([dir.join(CERTIFICATE_FILE)]) {
        for certificate in certificates(&path).map_err(|source| TlsError::Read { path: path.clone(), source })? {
            let damaged = || TlsError::Read { path: path.clone(), source: io::ErrorKind::InvalidData.into() };
            let ends_at = authority::ends_at(&certificate).ok_or_else(damaged)?;
            if authority::ends_soon(ends_at, now) {
                soon.push((path.clone(), ends_at));
            }
        }
    }
    Ok(soon)
}

/// The first certificate of a PEM file.
pub(crate) fn first_certificate(path: &Path) -> io::Result<CertificateDer<'static>> {
    let missing = || io::Error::new(io::ErrorKind::InvalidData, "holds no certificate");
    certificates(path)?.into_iter().next().ok_or_else(missing)
}

fn server_config_at(dir: &Path, clock: Clock) -> Result<Arc<ServerConfig>, TlsError> {
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut issuers = RootCertStore::empty();
    for path in issuer_files(dir)? {
        for certificate in certificates(&path).map_err(|source| TlsError::Read { path: path.clone(), source })? {
            issuers.add(certificate).map_err(|source| TlsError::Issuer { path: path.clone(), source })?;
        }
    }
    let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(issuers), Arc::clone(&provider)).build()?;
    let (chain, key) = own(dir)?;
    let mut config = ServerConfig::builder_with_details(provider, Arc::new(HandshakeTime(clock)))
        .with_protocol_versions(&[&rustls::version::TLS13])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(chain, key)?;
    config.alpn_protocols = vec![b"h2".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// The server's own chain and key.
fn own(dir: &Path) -> Result<(Vec<CertificateDer<'static>>, PrivateKeyDer<'static>), TlsError> {
    let (path, key_path) = (dir.join(CERTIFICATE_FILE), dir.join(KEY_FILE));
    let chain = certificates(&path).map_err(|source| TlsError::Read { path, source })?;
    let key = read_private(&key_path).and_then(|pem| {
        PrivateKeyDer::from_pem_slice(pem.as_bytes()).map_err(|_| io::Error::new(io::ErrorKind::InvalidData, "holds no private key"))
    });
    Ok((chain, key.map_err(|source| TlsError::Read { path: key_path, source })?))
}

/// The trial authority's certificate, and every `*.pem` in the folder of further issuers.
fn issuer_files(dir: &Path) -> Result<Vec<PathBuf>, TlsError> {
    let folder = dir.join(ISSUERS_DIR);
    let mut files = vec![dir.join(authority::CERTIFICATE_FILE)];
    let listed = match fs::read_dir(&folder) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(files),
        listed => listed.and_then(|entries| entries.map(|entry| entry.map(|entry| entry.path())).collect::<io::Result<Vec<PathBuf>>>()),
    };
    let listed = listed.map_err(|source| TlsError::Read { path: folder, source })?;
    files.extend(listed.into_iter().filter(|path| path.extension().is_some_and(|extension| extension == "pem")));
    files.sort();
    Ok(files)
}

/// The certificates of a PEM file, at least one.
fn certificates(path: &Path) -> io::Result<Vec<CertificateDer<'static>>> {
    let text = fs::read(path)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&text).collect();
    let found = found.map_err(|error| io::Error::new(io::ErrorKind::InvalidData, format!("is damaged: {error}")))?;
    if found.is_empty() { Err(io::Error::new(io::ErrorKind::InvalidData, "holds no certificate")) } else { Ok(found) }
}

/// The time at which certificates are judged.
#[derive(Debug)]
struct HandshakeTime(Clock);

impl TimeProvider for HandshakeTime {
    fn current_time(&self) -> Option<UnixTime> {
        u64::try_from(self.0.now().0).ok().map(|micros| UnixTime::since_unix_epoch(Duration::from_micros(micros)))
    }
}
