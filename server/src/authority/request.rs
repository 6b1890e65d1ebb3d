//! Signing requests (PKCS #10): whether one may be signed, and for which key.
//!
//! Subject, attributes and requested extensions are the sender's wishes, and are not looked at.

use aws_lc_rs::signature::{
    ECDSA_P256_SHA256_ASN1, ECDSA_P256_SHA384_ASN1, ECDSA_P384_SHA256_ASN1, ECDSA_P384_SHA384_ASN1, ED25519, UnparsedPublicKey,
    VerificationAlgorithm,
};
use rcgen::{PublicKeyData as _, SubjectPublicKeyInfo};
use rustls_pki_types::{CertificateSigningRequestDer, pem::PemObject as _};
use x509_parser::{certification_request::X509CertificationRequest, prelude::FromDer as _};

/// Most bytes in a signing request as PEM.
pub const SIGNING_REQUEST_MAX: usize = 8 * 1024;

/// First byte of an elliptic curve's point that is not compressed (SEC 1 §2.3.3).
const UNCOMPRESSED: u8 = 4;
const P256_POINT_LEN: usize = 65;
const P384_POINT_LEN: usize = 97;
const ECDSA_WITH_SHA256: &str = "1.2.840.10045.4.3.2";
const ECDSA_WITH_SHA384: &str = "1.2.840.10045.4.3.3";
const WITH_ED25519: &str = "1.3.101.112";

/// What is wrong with a signing request.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// Too long.
    #[error("the signing request has `{0}` bytes: send at most {SIGNING_REQUEST_MAX}")]
    TooLong(usize),
    /// A private key was sent along.
    #[error("a private key was sent: it is known to others now, so make a new one, and send only the signing request")]
    PrivateKey,
    /// Not one request.
    #[error("send one signing request as PEM, which begins with `-----BEGIN CERTIFICATE REQUEST-----`")]
    NotOne,
    /// Not PKCS #10.
    #[error("the signing request is damaged: make it again")]
    Damaged,
    /// Another kind of key.
    #[error("the signing request is for another kind of key: make one of type ECDSA P-256, ECDSA P-384 or Ed25519")]
    KeyType,
    /// The sender does not hold the key.
    #[error("the signing request is not signed with its own key: make it again")]
    Signature,
}

/// The key of a request that its sender holds.
pub(super) fn check(pem: &str) -> Result<SubjectPublicKeyInfo, RequestError> {
    if pem.len() > SIGNING_REQUEST_MAX {
        return Err(RequestError::TooLong(pem.len()));
    }
    if pem.contains("PRIVATE KEY") {
        return Err(RequestError::PrivateKey);
    }
    let mut requests = CertificateSigningRequestDer::pem_slice_iter(pem.as_bytes());
    let (Some(Ok(der)), None) = (requests.next(), requests.next()) else { return Err(RequestError::NotOne) };
    check_der(&der)
}

fn check_der(der: &[u8]) -> Result<SubjectPublicKeyInfo, RequestError> {
    let (rest, request) = X509CertificationRequest::from_der(der).map_err(|_| RequestError::Damaged)?;
    if !rest.is_empty() {
        return Err(RequestError::Damaged);
    }
    let info = &request.certification_request_info;
    let key = SubjectPublicKeyInfo::from_der(info.subject_pki.raw).map_err(|_| RequestError::KeyType)?;
    let algorithm = algorithm(&key, &request.signature_algorithm.algorithm.to_id_string()).ok_or(RequestError::KeyType)?;
    let holder = UnparsedPublicKey::new(algorithm, key.der_bytes());
    holder.verify(info.raw, &request.signature_value.data).map_err(|_| RequestError::Signature)?;
    Ok(key)
}

/// How a key of a type that we sign checks a signature of this kind.
fn algorithm(key: &SubjectPublicKeyInfo, signature: &str) -> Option<&'static dyn VerificationAlgorithm> {
    let curve = |length| key.der_bytes().len() == length && key.der_bytes().first() == Some(&UNCOMPRESSED);
    let kind = key.algorithm();
    if *kind == rcgen::PKCS_ED25519 {
        return (signature == WITH_ED25519).then_some(&ED25519);
    }
    if *kind == rcgen::PKCS_ECDSA_P256_SHA256 && curve(P256_POINT_LEN) {
        return match signature {
            ECDSA_WITH_SHA256 => Some(&ECDSA_P256_SHA256_ASN1),
            ECDSA_WITH_SHA384 => Some(&ECDSA_P256_SHA384_ASN1),
            _ => None,
        };
    }
    if *kind == rcgen::PKCS_ECDSA_P384_SHA384 && curve(P384_POINT_LEN) {
        return match signature {
            // OpenSSL signs with SHA-256 for every curve, unless told otherwise.
            ECDSA_WITH_SHA256 => Some(&ECDSA_P384_SHA256_ASN1),
            ECDSA_WITH_SHA384 => Some(&ECDSA_P384_SHA384_ASN1),
            _ => None,
        };
    }
    None
}

#[cfg(test)]
mod tests {
    use rcgen::{CertificateParams, IsCa, KeyPair, SignatureAlgorithm};

    use super::*;

    /// `openssl req -new -newkey ec -pkeyopt ec_paramgen_curve:secp384r1 -addext certificatePolicies=1.2.3.4`: signed with SHA-256.
    const OPENSSL: &str = "\
-----BEGIN CERTIFICATE REQUEST-----
MIIBSDCBzgIBADATMREwDwYDVQQDDAhTb21lYm9keTB2MBAGByqGSM49AgEGBSuB
BAAiA2IABN1YlpLWe57IwIT6lAH/r9+QLowi5gFjP5eo6T8EMp1kRY30CK0blBIR
72pz7mSkJ9OTkVix4Y7kKRZn4QukY+BZO/Q1mSItqC/gj6Ku1ZjsCpUIExMMI5Aq
HkmPfEEpF6A8MDoGCSqGSIb3DQEJDjEtMCswEAYDVR0gBAkwBzAFBgMqAwQwFwYD
VR0RBBAwDoIMcm9vdC5leGFtcGxlMAoGCCqGSM49BAMCA2kAMGYCMQDnTzR2eTsS
fOssl57r1iqbyFiPuxHsb/UuzWSczRDPF/dYsuIuVSiE/LdQQsr0ERsCMQCFHNxD
ZMXrNQm//DwZjHPqON/IY4I/Kw5Ytn1yPo+HhnLfuorqpMX24dGyeXYHBlw=
-----END CERTIFICATE REQUEST-----
";

    fn request(algorithm: &'static SignatureAlgorithm) -> (KeyPair, Vec<u8>, String) {
        let key = KeyPair::generate_for(algorithm).unwrap();
        let mut params = CertificateParams::new(vec!["root.example".to_owned()]).unwrap();
        params.is_ca = IsCa::ExplicitNoCa;
        let request = params.serialize_request(&key).unwrap();
        (key, request.der().to_vec(), request.pem().unwrap())
    }

    #[test]
    fn the_three_kinds_of_key_are_signed_whatever_else_the_request_wishes() {
        for algorithm in [&rcgen::PKCS_ECDSA_P256_SHA256, &rcgen::PKCS_ECDSA_P384_SHA384, &rcgen::PKCS_ED25519] {
            let (key, der, text) = request(algorithm);
            assert_eq!(check(&text).unwrap().der_bytes(), key.der_bytes());
            assert!(check_der(&der).is_ok());
        }
    }

    #[test]
    fn a_request_of_another_tool_is_signed_in_spite_of_its_extensions() {
        assert!(check(OPENSSL).is_ok());
    }

    #[test]
    fn other_kinds_of_key_are_refused() {
        for algorithm in [&rcgen::PKCS_RSA_SHA256, &rcgen::PKCS_ECDSA_P521_SHA512] {
            assert_eq!(check(&request(algorithm).2).unwrap_err(), RequestError::KeyType);
        }
    }

    #[test]
    fn a_request_for_a_key_that_the_sender_does_not_hold_is_refused() {
        let (_, der, _) = request(&rcgen::PKCS_ECDSA_P256_SHA256);
        let (_, other, _) = request(&rcgen::PKCS_ECDSA_P256_SHA256);
        let mut forged = der.clone();
        let at = forged.windows(12).position(|bytes| bytes == b"root.example").unwrap();
        forged[at] ^= 1;
        assert_eq!(check_der(&forged).unwrap_err(), RequestError::Signature);
        // Another's key in one's own request.
        let point = |der: &[u8]| der.windows(3).position(|bytes| bytes == [0x42, 0x00, 0x04]).unwrap() + 2;
        let mut stolen = der.clone();
        let (to, from) = (point(&der), point(&other));
        stolen[to..to + P256_POINT_LEN].copy_from_slice(&other[from..from + P256_POINT_LEN]);
        assert_eq!(check_der(&stolen).unwrap_err(), RequestError::Signature);
    }

    #[test]
    fn what_is_no_single_request_is_refused() {
        let (key, der, text) = request(&rcgen::PKCS_ECDSA_P256_SHA256);
        assert_eq!(check("").unwrap_err(), RequestError::NotOne);
        assert_eq!(check("-----BEGIN CERTIFICATE REQUEST-----\n*\n-----END CERTIFICATE REQUEST-----\n").unwrap_err(), RequestError::NotOne);
        assert_eq!(check(&text.repeat(2)).unwrap_err(), RequestError::NotOne);
        assert_eq!(check_der(&der[..der.len() - 1]).unwrap_err(), RequestError::Damaged);
        assert_eq!(check_der(&[der.as_slice(), &[0]].concat()).unwrap_err(), RequestError::Damaged);
        assert_eq!(check(&" ".repeat(SIGNING_REQUEST_MAX + 1)).unwrap_err(), RequestError::TooLong(SIGNING_REQUEST_MAX + 1));
        let sent = format!("{text}{}", key.serialize_pem());
        assert_eq!(check(&sent).unwrap_err(), RequestError::PrivateKey);
    }

    #[test]
    fn no_damage_to_any_byte_makes_another_key_of_it() {
        let (key, der, _) = request(&rcgen::PKCS_ED25519);
        for (at, bit) in (0..der.len()).flat_map(|at| [0x01, 0x80].map(|bit| (at, bit))) {
            let mut damaged = der.clone();
            damaged[at] ^= bit;
            // The parser reads one tag leniently, outside of what is signed.
            assert!(check_der(&damaged).map_or(true, |read| read.der_bytes() == key.der_bytes()), "byte {at}");
        }
    }
}
