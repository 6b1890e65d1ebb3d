//! What went wrong between the person and the house, found at the end of an error's `source()`s.
//!
//! SPEC: under TLS 1.3 (RFC 8446, section 4.4.2.4) a refused client's handshake succeeds on its own side, and the alert comes with the
//! first answer: so the reason is looked for in every error, not only in those of connecting.

use std::{error::Error, io};

use rustls::AlertDescription;

use super::{Exit, Failure};

/// What went wrong on the way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Trouble {
    /// No program answers at that address.
    NobodyListens,
    /// The name leads to no address.
    HostUnknown,
    /// The house refused the certificate as revoked.
    CertificateRevoked,
    /// The house refused the certificate as expired.
    CertificateExpired,
    /// The house did not get a certificate.
    CertificateMissing,
    /// The house does not know who issued the certificate, or refused it for another fault.
    CertificateUnknown,
    /// The house's own certificate is not one that the profile's authority issued, or not for its name.
    ServerUntrusted,
    /// Whoever answers speaks another protocol.
    NotTls,
    /// The connection broke.
    Lost,
}

impl Trouble {
    /// What an error came from.
    pub(crate) fn of(error: &(dyn Error + 'static)) -> Self {
        find(error).unwrap_or(Self::Lost)
    }

    /// What to do about it.
    pub(crate) fn failure(self) -> Failure {
        match self {
            Self::NobodyListens => Failure::new(Exit::TryAgain, "fail-nobody-listens"),
            Self::HostUnknown => Failure::new(Exit::Other, "fail-host-unknown"),
            Self::CertificateRevoked => Failure::new(Exit::Refused, "fail-certificate-revoked"),
            Self::CertificateExpired => Failure::new(Exit::Refused, "fail-certificate-expired"),
            Self::CertificateMissing => Failure::new(Exit::Refused, "fail-certificate-missing"),
            Self::CertificateUnknown => Failure::new(Exit::Refused, "fail-certificate-unknown"),
            Self::ServerUntrusted => Failure::new(Exit::Other, "fail-server-untrusted"),
            Self::NotTls => Failure::new(Exit::Other, "fail-not-tls"),
            Self::Lost => Failure::new(Exit::TryAgain, "fail-lost"),
        }
    }
}

/// An error and its sources, each once, for those who want the machine's own words.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> Vec<String> {
    let mut said: Vec<String> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next {
        let text = error.to_string();
        if !said.iter().any(|earlier| earlier.contains(&text)) {
            said.push(text);
        }
        next = below(error);
    }
    said
}

fn find(error: &(dyn Error + 'static)) -> Option<Trouble> {
    // The deepest error knows best.
    below(error).and_then(find).or_else(|| judge(error))
}

/// An error's source. `io::Error` hands out the source of what it wraps, and so would hide the very TLS error that is looked for.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn judge(error: &(dyn Error + 'static)) -> Option<Trouble> {
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return tls(error);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return match error.kind() {
            io::ErrorKind::ConnectionRefused
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::AddrNotAvailable => Some(Trouble::NobodyListens),
            _ => None,
        };
    }
    let said = error.to_string();
    // HTTP/2 keeps an error's words only, and of those the alert's name.
    let alert = said.strip_prefix("received fatal alert: ").and_then(|name| ALERTS.iter().find(|(alert, _)| format!("{alert:?}") == name));
    alert.map(|(_, trouble)| *trouble).or_else(|| (said == "dns error").then_some(Trouble::HostUnknown))
}

/// What the house's alerts mean to the person (RFC 8446, section 6.2).
const ALERTS: &[(AlertDescription, Trouble)] = &[
    (AlertDescription::CertificateRevoked, Trouble::CertificateRevoked),
    (AlertDescription::CertificateExpired, Trouble::CertificateExpired),
    (AlertDescription::CertificateRequired, Trouble::CertificateMissing),
    (AlertDescription::NoCertificate, Trouble::CertificateMissing),
    (AlertDescription::UnknownCA, Trouble::CertificateUnknown),
    (AlertDescription::BadCertificate, Trouble::CertificateUnknown),
    (AlertDescription::UnsupportedCertificate, Trouble::CertificateUnknown),
    (AlertDescription::CertificateUnknown, Trouble::CertificateUnknown),
    (AlertDescription::AccessDenied, Trouble::CertificateUnknown),
    (AlertDescription::DecryptError, Trouble::CertificateUnknown),
    (AlertDescription::ProtocolVersion, Trouble::NotTls),
    (AlertDescription::HandshakeFailure, Trouble::NotTls),
];

fn tls(error: &rustls::Error) -> Option<Trouble> {
    match error {
        rustls::Error::AlertReceived(received) => ALERTS.iter().find(|(alert, _)| alert == received).map(|(_, trouble)| *trouble),
        rustls::Error::InvalidCertificate(_) | rustls::Error::NoCertificatesPresented | rustls::Error::UnsupportedNameType => {
            Some(Trouble::ServerUntrusted)
        }
        rustls::Error::InvalidMessage(_) | rustls::Error::PeerIncompatible(_) | rustls::Error::InappropriateMessage { .. } => {
            Some(Trouble::NotTls)
        }
        _ => None,
    }
}
