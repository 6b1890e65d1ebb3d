//! Tokens: where a page or a stream goes on. Made by this house, for this caller and this call only.
//!
//! A token is no right: rights are judged again when it is used. Form: `v1.` position `.` tag, the tag 32 hex digits of HMAC-SHA-256.

use aws_lc_rs::{constant_time::verify_slices_are_equal, hmac};
use barnahus_domain::directory::Fingerprint;
use barnahus_proto::v1::ErrorReason;

use super::{audit::hex, call::Call, fields::Fields};
use crate::tls::Peer;

/// Bytes of the tag that are kept.
const TAG_LEN: usize = 16;

/// Tokens of one caller's list.
pub struct Pages {
    key: hmac::Key,
    context: String,
}

impl Pages {
    /// For this caller and this rpc.
    #[must_use]
    pub fn new(key: &hmac::Key, call: &Call) -> Self {
        Self { key: key.clone(), context: format!("page\n{}\n{:?}", call.method.path, call.peer.fingerprint) }
    }

    /// How many to skip; 0 without a token, and with a bad one, which is refused.
    pub fn open(&self, fields: &mut Fields<'_>, token: &str) -> usize {
        open(&self.key, &self.context, fields, "page_token", token).and_then(|skip| usize::try_from(skip).ok()).unwrap_or_default()
    }

    /// The token that skips so many.
    #[must_use]
    pub fn seal(&self, skip: usize) -> String {
        seal(&self.key, &self.context, u64::try_from(skip).unwrap_or(u64::MAX))
    }
}

/// Tokens of one caller's stream.
#[derive(Clone)]
pub struct Resume {
    /// The caller's certificate.
    pub session: Fingerprint,
    /// The watched interview, by name.
    pub room: String,
}

impl Resume {
    /// The log index that the caller has seen everything up to; None without a token, and with a bad one, which is refused.
    pub fn open(key: &hmac::Key, fields: &mut Fields<'_>, token: &str, peer: &Peer, room: &str) -> Option<u64> {
        let resume = Self { session: peer.fingerprint, room: room.to_owned() };
        open(key, &resume.context(), fields, "resume_token", token)
    }

    /// The token to go on from this index.
    #[must_use]
    pub fn seal(&self, key: &hmac::Key, index: u64) -> String {
        seal(key, &self.context(), index)
    }

    fn context(&self) -> String {
        format!("resume\n{}\n{:?}", self.room, self.session)
    }
}

/// The token of one reading of a protocol, by which its reader closes it.
pub struct Reading<'a> {
    /// The reader's certificate.
    pub session: Fingerprint,
    /// The interview, by name.
    pub interview: &'a str,
    /// What was read, as SHA-256 in hex.
    pub digest: &'a str,
}

impl Reading<'_> {
    /// The record of the reading; None with a bad token, which is refused.
    pub fn open(&self, key: &hmac::Key, fields: &mut Fields<'_>, token: &str) -> Option<u64> {
        if token.is_empty() {
            fields.refuse("closing_token", ErrorReason::TokenInvalid, "read the protocol first: its answer has the token");
        }
        open(key, &self.context(), fields, "closing_token", token)
    }

    /// The token of the reading that this record tells of.
    #[must_use]
    pub fn seal(&self, key: &hmac::Key, index: u64) -> String {
        seal(key, &self.context(), index)
    }

    fn context(&self) -> String {
        format!("closing\n{}\n{}\n{:?}", self.interview, self.digest, self.session)
    }
}

fn seal(key: &hmac::Key, context: &str, position: u64) -> String {
    let tag = tag(key, context, position);
    format!("v1.{position}.{}", hex(tag.as_ref().get(..TAG_LEN).unwrap_or_default()))
}

fn open(key: &hmac::Key, context: &str, fields: &mut Fields<'_>, field: &str, token: &str) -> Option<u64> {
    if token.is_empty() {
        return None;
    }
    let position = token.strip_prefix("v1.").and_then(|rest| rest.split_once('.')).and_then(|(position, _)| position.parse().ok());
    let fits = position.filter(|position| verify_slices_are_equal(seal(key, context, *position).as_bytes(), token.as_bytes()).is_ok());
    if fits.is_none() {
        fields.refuse(field, ErrorReason::TokenInvalid, "this token is not from this list or stream of yours: begin without one");
    }
    fits
}

fn tag(key: &hmac::Key, context: &str, position: u64) -> hmac::Tag {
    hmac::sign(key, format!("{context}\n{position}").as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn resume(session: u8) -> Resume {
        Resume { session: Fingerprint([session; 32]), room: "houses/h/cases/VRM-2026-0001/interviews/1".into() }
    }

    #[test]
    fn a_token_is_good_for_its_caller_and_its_place_only() {
        let key = hmac::Key::new(hmac::HMAC_SHA256, &[7; 32]);
        let house = barnahus_domain::HouseId::parse("h").expect("an id");
        let opened = |context: &str, token: &str| {
            let mut fields = Fields::new(&house);
            let position = open(&key, context, &mut fields, "resume_token", token);
            (position, fields.finish().is_ok())
        };
        let token = resume(1).seal(&key, 42);
        assert_eq!(opened(&resume(1).context(), &token), (Some(42), true));
        assert_eq!(opened(&resume(2).context(), &token), (None, false));
        assert_eq!(opened(&resume(1).context(), &token.replace("42", "43")), (None, false));
        assert_eq!(opened(&resume(1).context(), "v1.42"), (None, false));
        assert_eq!(opened(&resume(1).context(), ""), (None, true));
    }
}
