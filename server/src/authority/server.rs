//! The server's own certificate: issued by the trial authority, and renewed by it.

use std::net::IpAddr;

use barnahus_domain::Time;
use rcgen::{ExtendedKeyUsagePurpose, KeyPair, SanType, string::Ia5String};
use rustls_pki_types::DnsName;
use x509_parser::{certificate::X509Certificate, extensions::GeneralName, parse_x509_certificate};
use zeroize::Zeroizing;

use super::{Authority, AuthorityError, ends_at, ends_soon};

/// Names of the server on its own machine.
const LOCAL_NAMES: [&str; 3] = ["localhost", "127.0.0.1", "::1"];

/// What a server shows to its clients.
pub struct ServerCertificate {
    /// The certificate, as PEM.
    pub certificate_pem: String,
    /// PKCS #8, as PEM.
    pub key_pem: Zeroizing<String>,
    /// When the certificate ends.
    pub ends_at: Time,
}

impl Authority {
    /// A certificate for a server of these names, and for localhost, with a new key.
    ///
    /// # Errors
    /// If a name is none, or the authority cannot sign.
    pub fn issue_server<S: AsRef<str>>(&self, names: &[S], now: Time) -> Result<ServerCertificate, AuthorityError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let (certificate_pem, ends_at) = self.sign_server(&key, names, now)?;
        Ok(ServerCertificate { certificate_pem, key_pem: Zeroizing::new(key.serialize_pem()), ends_at })
    }

    /// A new certificate for the key that a server has, as PEM, if the one that it shows (DER) is of this authority and either ends within
    /// 30 days or lacks a name. A certificate of another authority is its operator's to renew.
    ///
    /// # Errors
    /// If certificate or key cannot be read, a name is none, or the authority cannot sign.
    pub fn renew_server<S: AsRef<str>>(
        &self,
        shown: &[u8],
        key_pem: &str,
        names: &[S],
        now: Time,
    ) -> Result<Option<String>, AuthorityError> {
        let (_, certificate) = parse_x509_certificate(shown).map_err(|_| rcgen::Error::CouldNotParseCertificate)?;
        let own = certificate.issuer().as_raw() == self.subject;
        let complete = alternatives(names)?.iter().all(|name| has_name(&certificate, name));
        let lasting = ends_at(shown).is_some_and(|ends_at| !ends_soon(ends_at, now));
        if !own || complete && lasting {
            return Ok(None);
        }
        let key = KeyPair::from_pem(key_pem).map_err(|_| rcgen::Error::CouldNotParseKeyPair)?;
        self.sign_server(&key, names, now).map(|(pem, _)| Some(pem))
    }

    fn sign_server<S: AsRef<str>>(&self, key: &KeyPair, names: &[S], now: Time) -> Result<(String, Time), AuthorityError> {
        let usage = ExtendedKeyUsagePurpose::ServerAuth;
        let (certificate, ends_at) = self.issue("Barnahus server", usage, alternatives(names)?, key, now)?;
        Ok((certificate.pem(), ends_at))
    }
}

/// These names and the local ones, each once.
fn alternatives<S: AsRef<str>>(names: &[S]) -> Result<Vec<SanType>, AuthorityError> {
    let mut alternatives = Vec::new();
    for name in LOCAL_NAMES.into_iter().chain(names.iter().map(AsRef::as_ref)) {
        let alternative = alternative(name).ok_or_else(|| AuthorityError::Name(name.to_owned()))?;
        if !alternatives.contains(&alternative) {
            alternatives.push(alternative);
        }
    }
    Ok(alternatives)
}

fn alternative(name: &str) -> Option<SanType> {
    if let Ok(address) = name.parse::<IpAddr>() {
        return Some(SanType::IpAddress(address));
    }
    let name = name.to_ascii_lowercase();
    DnsName::try_from(name.as_str()).ok()?;
    Ia5String::try_from(name).ok().map(SanType::DnsName)
}

fn has_name(certificate: &X509Certificate<'_>, name: &SanType) -> bool {
    let extension = certificate.subject_alternative_name().ok().flatten();
    extension.is_some_and(|extension| extension.value.general_names.iter().any(|shown| is_same(shown, name)))
}

fn is_same(shown: &GeneralName<'_>, name: &SanType) -> bool {
    match (shown, name) {
        (GeneralName::DNSName(shown), SanType::DnsName(name)) => *shown == name.as_str(),
        (GeneralName::IPAddress(shown), SanType::IpAddress(IpAddr::V4(name))) => *shown == name.octets(),
        (GeneralName::IPAddress(shown), SanType::IpAddress(IpAddr::V6(name))) => *shown == name.octets(),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use barnahus_domain::{HouseId, time::DAY_US};
    use rustls_pki_types::{CertificateDer, pem::PemObject as _};

    use super::*;

    const NOW: Time = Time(1_790_000_000_000_000);
    const NONE: [&str; 0] = [];

    fn authority() -> Authority {
        Authority::create(&HouseId::parse("varmland").unwrap(), NOW).unwrap()
    }

    fn der(pem: &str) -> CertificateDer<'static> {
        CertificateDer::from_pem_slice(pem.as_bytes()).unwrap()
    }

    fn names(pem: &str) -> String {
        let der = der(pem);
        let (_, certificate) = parse_x509_certificate(&der).unwrap();
        certificate.subject_alternative_name().unwrap().unwrap().value.general_names.iter().map(|name| format!("{name} ")).collect()
    }

    #[test]
    fn a_servers_certificate_holds_the_local_names_and_its_own_once() {
        let issued = authority().issue_server(&["House.example", "10.0.0.7", "localhost", "house.example"], NOW).unwrap();
        let shown = names(&issued.certificate_pem);
        assert_eq!(shown.matches("house.example").count(), 1, "{shown}");
        assert_eq!(shown.matches("localhost").count(), 1, "{shown}");
        assert_eq!(issued.ends_at, NOW.plus_us(365 * DAY_US));
        let server = der(&issued.certificate_pem);
        let (_, certificate) = parse_x509_certificate(&server).unwrap();
        let usage = certificate.extended_key_usage().unwrap().unwrap().value;
        assert!(usage.server_auth && !usage.client_auth && !certificate.is_ca());
        assert!(matches!(authority().issue_server(&["a b"], NOW), Err(AuthorityError::Name(name)) if name == "a b"));
    }

    #[test]
    fn a_certificate_is_renewed_when_it_ends_soon_or_lacks_a_name_and_keeps_its_key() {
        let authority = authority();
        let issued = authority.issue_server(&NONE, NOW).unwrap();
        let shown = der(&issued.certificate_pem);
        let renewed = |names: &[&str], now| authority.renew_server(&shown, &issued.key_pem, names, now).unwrap();
        assert_eq!(renewed(&[], NOW), None);
        assert_eq!(renewed(&["LOCALHOST", "::1"], NOW), None);
        assert!(names(&renewed(&["house.example"], NOW).unwrap()).contains("house.example"));
        let later = NOW.plus_us(336 * DAY_US);
        let new = der(&renewed(&[], later).unwrap());
        assert_eq!(ends_at(&new), Some(later.plus_us(365 * DAY_US)));
        let key = |der: &CertificateDer<'_>| parse_x509_certificate(der).unwrap().1.public_key().raw.to_vec();
        assert_eq!(key(&shown), key(&new));
    }

    #[test]
    fn a_certificate_of_another_authority_is_left_alone() {
        let issued = Authority::create(&HouseId::parse("other").unwrap(), NOW).unwrap().issue_server(&NONE, NOW).unwrap();
        let renewed = authority().renew_server(&der(&issued.certificate_pem), &issued.key_pem, &["house.example"], NOW);
        assert_eq!(renewed.unwrap(), None);
    }
}
