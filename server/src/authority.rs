//! The trial authority: issues certificates for a house whose authorities do not issue them yet.
//!
//! A person's certificate binds a key to a pseudonym, and says nothing else. What the person may do follows from the directory, and
//! revocation is a record: so there is no revocation list here, and no register of what was issued. The keys are ECDSA P-256, which every
//! TLS 1.3 client knows.
//!
//! INVARIANT: of a signing request only the key is used, once the request has shown that its sender holds it.
//! PRIVACY: no error and no `{:?}` shows a private key.

mod request;
mod server;

use std::{
    fmt, fs, io,
    path::{Path, PathBuf},
    time::Duration,
};

use aws_lc_rs::digest;
use barnahus_domain::{
    HouseId, PersonId, Time,
    directory::{Fingerprint, IssuedCertificate},
    time::DAY_US,
};
use rcgen::{
    BasicConstraints, Certificate, CertificateParams, DistinguishedName, DnType, ExtendedKeyUsagePurpose, IsCa, Issuer, KeyPair,
    KeyUsagePurpose, PublicKeyData, SanType, SerialNumber, string::Ia5String,
};
use rustls_pki_types::{CertificateDer, pem::PemObject as _};
use x509_parser::parse_x509_certificate;
use zeroize::Zeroizing;

pub use request::{RequestError, SIGNING_REQUEST_MAX};
pub use server::ServerCertificate;

use crate::{
    clock::{RandomError, random},
    init::read_private,
};

/// The authority's certificate, in the house's folder.
pub const CERTIFICATE_FILE: &str = "authority.pem";
/// The authority's key, in the house's folder.
pub const KEY_FILE: &str = "secret/authority.key";
/// Within this time of its end a certificate is worth a warning.
pub const WARN_BEFORE_US: i64 = 30 * DAY_US;

/// How long the authority's own certificate is good, from [`AUTHORITY_BACKDATE_US`] before it was made.
const AUTHORITY_LIFETIME_US: i64 = 3652 * DAY_US;
const AUTHORITY_BACKDATE_US: i64 = 30 * DAY_US;
/// How long an issued certificate is good from now on.
const LIFETIME_US: i64 = 365 * DAY_US;
/// For clients whose clock is behind.
const BACKDATE_US: i64 = DAY_US;
/// Seconds from 1970 to the year 9999: what X.509 can say.
const X509_TIME_MAX: u64 = 253_370_764_800;

/// The trial authority of one house, with its key.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    certificate_pem: String,
    subject: Vec<u8>,
    ends_at: Time,
}

/// A key, and the request for a certificate to it: what a client makes for itself.
pub struct NewKey {
    /// PKCS #8, as PEM.
    pub key_pem: Zeroizing<String>,
    /// PKCS #10, as PEM.
    pub request_pem: String,
}

/// Why the authority cannot do its work.
#[derive(Debug, thiserror::Error)]
pub enum AuthorityError {
    /// A file of it cannot be read.
    #[error("cannot read `{path}`: {source}: put back the file that init made")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file of it holds something else.
    #[error("`{0}` is not what it should be: put back the file that init made")]
    File(PathBuf),
    /// Certificate and key are not of one authority.
    #[error("`{KEY_FILE}` is not the key of `{CERTIFICATE_FILE}`: put back the pair that init made")]
    Pair,
    /// Its own certificate has ended.
    #[error("the trial authority has ended: found a new one, and enrol everyone anew")]
    Ended,
    /// A server name that no certificate can hold.
    #[error("`{0}` is no server name: write a DNS name or an IP address")]
    Name(String),
    /// A time that no certificate can hold.
    #[error("the clock shows a time before 1970 or after 9998: set it right")]
    Clock,
    /// No randomness.
    #[error(transparent)]
    Random(#[from] RandomError),
    /// The certificate library refused.
    #[error("the certificate library refused: {0}")]
    Library(#[from] rcgen::Error),
}

/// Why no certificate is issued.
#[derive(Debug, thiserror::Error)]
pub enum SigningError {
    /// What was sent cannot be signed.
    #[error(transparent)]
    Request(#[from] RequestError),
    /// The authority cannot sign.
    #[error(transparent)]
    Authority(#[from] AuthorityError),
}

impl Authority {
    /// A new authority for this house, with a new key.
    ///
    /// # Errors
    /// If the machine has no randomness, or its clock is absurd.
    pub fn create(house: &HouseId, now: Time) -> Result<Self, AuthorityError> {
        let from = now.plus_us(-AUTHORITY_BACKDATE_US);
        let mut params = params(&format!("Barnahus {house} trial authority"), from, from.plus_us(AUTHORITY_LIFETIME_US))?;
        params.is_ca = IsCa::Ca(BasicConstraints::Constrained(0));
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let pem = params.self_signed(&key)?.pem();
        Self::of(pem, key)?.ok_or(AuthorityError::Pair)
    }

    /// The authority of the house in this folder.
    ///
    /// # Errors
    /// If a file is missing, can be read by others, or is not what it should be.
    pub fn load(dir: &Path) -> Result<Self, AuthorityError> {
        let (certificate, key) = (dir.join(CERTIFICATE_FILE), dir.join(KEY_FILE));
        let pem = fs::read_to_string(&certificate).map_err(|source| AuthorityError::Read { path: certificate.clone(), source })?;
        let key_pem = read_private(&key).map_err(|source| AuthorityError::Read { path: key.clone(), source })?;
        let key = KeyPair::from_pem(&key_pem).map_err(|_| AuthorityError::File(key))?;
        Self::of(pem, key).map_err(|_| AuthorityError::File(certificate))?.ok_or(AuthorityError::Pair)
    }

    /// An authority from its halves; none if they are not of one.
    fn of(certificate_pem: String, key: KeyPair) -> Result<Option<Self>, AuthorityError> {
        let unreadable = || rcgen::Error::CouldNotParseCertificate;
        let der = CertificateDer::from_pem_slice(certificate_pem.as_bytes()).map_err(|_| unreadable())?;
        let (_, certificate) = parse_x509_certificate(&der).map_err(|_| unreadable())?;
        if !certificate.is_ca() || certificate.public_key().raw != key.subject_public_key_info() {
            return Ok(None);
        }
        let ends_at = Time(certificate.validity().not_after.timestamp().saturating_mul(1_000_000));
        let subject = certificate.subject().as_raw().to_vec();
        let issuer = Issuer::from_ca_cert_der(&der, key)?;
        Ok(Some(Self { issuer, certificate_pem, subject, ends_at }))
    }

    /// Its own certificate, as PEM: what clients check the server by, and the server its clients.
    #[must_use]
    pub fn certificate_pem(&self) -> &str {
        &self.certificate_pem
    }

    /// Its key, as PEM: for the file that it is kept in, and nothing else.
    #[must_use]
    pub fn key_pem(&self) -> Zeroizing<String> {
        Zeroizing::new(self.issuer.key().serialize_pem())
    }

    /// When its own certificate ends.
    #[must_use]
    pub fn ends_at(&self) -> Time {
        self.ends_at
    }

    /// A certificate for a person of this house, to the key of their signing request (PKCS #10, PEM, at most 8 KiB).
    ///
    /// # Errors
    /// [`SigningError::Request`] says what is wrong with the request; otherwise the authority cannot sign.
    pub fn sign(
        &self,
        signing_request_pem: &str,
        person: &PersonId,
        house: &HouseId,
        now: Time,
    ) -> Result<IssuedCertificate, SigningError> {
        let key = request::check(signing_request_pem)?;
        let urn = Ia5String::try_from(format!("urn:barnahus:{house}:{person}")).map_err(AuthorityError::from)?;
        let usage = ExtendedKeyUsagePurpose::ClientAuth;
        let (certificate, ends_at) = self.issue(person.as_str(), usage, vec![SanType::URI(urn)], &key, now)?;
        let fingerprint = fingerprint(certificate.der()).0.iter().map(|byte| format!("{byte:02x}")).collect();
        Ok(IssuedCertificate { fingerprint, ends_at, pem: certificate.pem() })
    }

    /// A certificate that cannot issue others, and when it ends: in whole seconds, and not after the authority.
    fn issue(
        &self,
        name: &str,
        usage: ExtendedKeyUsagePurpose,
        alternatives: Vec<SanType>,
        key: &impl PublicKeyData,
        now: Time,
    ) -> Result<(Certificate, Time), AuthorityError> {
        if now >= self.ends_at {
            return Err(AuthorityError::Ended);
        }
        let until = now.plus_us(LIFETIME_US).min(self.ends_at);
        let until = Time(until.0.div_euclid(1_000_000).saturating_mul(1_000_000));
        let mut params = params(name, now.plus_us(-BACKDATE_US), until)?;
        params.is_ca = IsCa::ExplicitNoCa;
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.subject_alt_names = alternatives;
        params.use_authority_key_identifier_extension = true;
        Ok((params.signed_by(key, &self.issuer)?, until))
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority").field("ends_at", &self.ends_at).finish_non_exhaustive()
    }
}

impl NewKey {
    /// A new key.
    ///
    /// # Errors
    /// If the machine has no randomness.
    pub fn generate() -> Result<Self, AuthorityError> {
        let key = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256)?;
        let mut params = CertificateParams::default();
        params.distinguished_name = DistinguishedName::new();
        let request_pem = params.serialize_request(&key)?.pem()?;
        Ok(Self { key_pem: Zeroizing::new(key.serialize_pem()), request_pem })
    }
}

/// SHA-256 of a certificate's DER bytes.
#[must_use]
pub fn fingerprint(certificate_der: &[u8]) -> Fingerprint {
    let mut bytes = [0; 32];
    bytes.copy_from_slice(digest::digest(&digest::SHA256, certificate_der).as_ref());
    Fingerprint(bytes)
}

/// When a certificate ends; none if the bytes are no certificate.
#[must_use]
pub fn ends_at(certificate_der: &[u8]) -> Option<Time> {
    let (_, certificate) = parse_x509_certificate(certificate_der).ok()?;
    Some(Time(certificate.validity().not_after.timestamp().saturating_mul(1_000_000)))
}

/// True if what ends then is worth a warning.
#[must_use]
pub fn ends_soon(ends_at: Time, now: Time) -> bool {
    ends_at.since_us(now) <= WARN_BEFORE_US
}

/// A named certificate for this time, with a random serial number of 16 bytes.
fn params(name: &str, from: Time, until: Time) -> Result<CertificateParams, AuthorityError> {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    params.serial_number = Some(SerialNumber::from_slice(&random::<16>()?));
    params.not_before = rcgen::date_time_ymd(1970, 1, 1) + since_1970(from)?;
    params.not_after = rcgen::date_time_ymd(1970, 1, 1) + since_1970(until)?;
    Ok(params)
}

/// Whole seconds since 1970.
fn since_1970(time: Time) -> Result<Duration, AuthorityError> {
    let seconds = u64::try_from(time.0.div_euclid(1_000_000)).ok().filter(|seconds| *seconds < X509_TIME_MAX);
    seconds.map(Duration::from_secs).ok_or(AuthorityError::Clock)
}

#[cfg(test)]
mod tests {
    use x509_parser::{certificate::X509Certificate, extensions::GeneralName};

    use super::*;

    const NOW: Time = Time(1_790_000_000_123_456);

    fn house() -> HouseId {
        HouseId::parse("varmland").unwrap()
    }

    fn person() -> PersonId {
        PersonId::from_random([1, 2, 3, 4, 5])
    }

    fn read<T>(pem: &str, look: impl FnOnce(&X509Certificate<'_>) -> T) -> T {
        let der = CertificateDer::from_pem_slice(pem.as_bytes()).unwrap();
        look(&parse_x509_certificate(&der).unwrap().1)
    }

    fn day(offset: i64) -> i64 {
        NOW.plus_us(offset * DAY_US).0.div_euclid(1_000_000)
    }

    #[test]
    fn a_persons_certificate_names_the_pseudonym_and_nothing_else() {
        let authority = Authority::create(&house(), NOW).unwrap();
        let issued = authority.sign(&NewKey::generate().unwrap().request_pem, &person(), &house(), NOW).unwrap();
        read(&issued.pem, |certificate| {
            assert_eq!(certificate.subject().to_string(), "CN=p-0102030405");
            let names = certificate.subject_alternative_name().unwrap().unwrap().value.general_names.clone();
            assert_eq!(names, [GeneralName::URI("urn:barnahus:varmland:p-0102030405")]);
            let usage = certificate.extended_key_usage().unwrap().unwrap().value;
            assert!(usage.client_auth && !usage.server_auth && !usage.any && usage.other.is_empty());
            assert!(!certificate.is_ca());
            assert_eq!(certificate.validity().not_before.timestamp(), day(-1));
            assert_eq!(certificate.validity().not_after.timestamp(), day(365));
            assert!(certificate.raw_serial().len() >= 14, "{}", certificate.raw_serial_as_string());
        });
        let der = CertificateDer::from_pem_slice(issued.pem.as_bytes()).unwrap();
        assert_eq!(barnahus_domain::directory::parse_fingerprint(&issued.fingerprint), Some(fingerprint(&der)));
        assert_eq!(ends_at(&der), Some(issued.ends_at));
    }

    #[test]
    fn the_authority_is_good_for_ten_years_and_issues_no_authorities() {
        let authority = Authority::create(&house(), NOW).unwrap();
        read(authority.certificate_pem(), |certificate| {
            assert!(certificate.is_ca());
            assert_eq!(certificate.basic_constraints().unwrap().unwrap().value.path_len_constraint, Some(0));
            assert_eq!(certificate.validity().not_before.timestamp(), day(-30));
            assert_eq!(certificate.validity().not_after.timestamp(), day(3622));
        });
    }

    #[test]
    fn nothing_outlives_the_authority() {
        let authority = Authority::create(&house(), NOW).unwrap();
        let request = NewKey::generate().unwrap().request_pem;
        let late = authority.ends_at().plus_us(-DAY_US);
        assert_eq!(authority.sign(&request, &person(), &house(), late).unwrap().ends_at, authority.ends_at());
        let ended = authority.sign(&request, &person(), &house(), authority.ends_at()).unwrap_err();
        assert!(matches!(ended, SigningError::Authority(AuthorityError::Ended)));
        assert!(matches!(Authority::create(&house(), Time(0)), Err(AuthorityError::Clock)));
        assert!(matches!(Authority::create(&house(), Time(i64::MAX)), Err(AuthorityError::Clock)));
    }

    #[test]
    fn a_certificate_is_worth_a_warning_from_30_days_before_its_end() {
        assert!(!ends_soon(NOW.plus_us(WARN_BEFORE_US + 1), NOW));
        assert!(ends_soon(NOW.plus_us(WARN_BEFORE_US), NOW));
        assert!(ends_soon(NOW, NOW.plus_us(1)));
    }

    #[test]
    fn two_halves_of_different_authorities_are_refused() {
        let (one, other) = (Authority::create(&house(), NOW).unwrap(), Authority::create(&house(), NOW).unwrap());
        let key = |of: &Authority| KeyPair::from_pem(&of.key_pem()).unwrap();
        assert!(Authority::of(one.certificate_pem.clone(), key(&one)).unwrap().is_some());
        assert!(Authority::of(one.certificate_pem.clone(), key(&other)).unwrap().is_none());
        let issued = one.sign(&NewKey::generate().unwrap().request_pem, &person(), &house(), NOW).unwrap();
        assert!(Authority::of(issued.pem, key(&one)).unwrap().is_none());
    }

    #[test]
    fn an_authority_does_not_show_its_key() {
        let authority = Authority::create(&house(), NOW).unwrap();
        assert_eq!(format!("{authority:?}"), format!("Authority {{ ends_at: {:?}, .. }}", authority.ends_at()));
    }
}
