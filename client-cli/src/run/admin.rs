//! `barnahus admin`: people, their certificates and their mandates.
//!
//! INVARIANT: a key that is made here goes nowhere but into the folder to hand over; only the signing request is sent. Key and request
//! are written before the call, so that a repeat sends the same request.

use std::{fs, path::Path};

use barnahus_proto::v1::{
    EndMandateRequest, EnrollPersonRequest, EnrollPersonResponse, GrantMandateRequest, ListPersonsRequest, Mandate, RevokePersonRequest,
};
use rcgen::{CertificateParams, DistinguishedName, KeyPair};

use super::{Fill as _, posts};
use crate::{
    args::{AdminCommand, EnrollArgs, MandateCommand, Term},
    errors::{Exit, Failure},
    malformed::Malformed,
    names::{Name, Post},
    output::note,
    profile::{SETTINGS, Settings, private_file, private_folder},
    rpc::Call as _,
    session::Session,
};

const REQUEST: &str = "request.pem";

/// Does it.
pub(super) async fn run(session: &mut Session, command: AdminCommand) -> Result<(), Failure> {
    let request_id = String::new();
    match command {
        AdminCommand::Enroll(args) => enroll(session, &args).await,
        AdminCommand::Revoke { of, reason } => {
            let name = posts::person(session, &of.person).await?;
            session.show(RevokePersonRequest { name, request_id, reason: reason.into() }).await
        }
        AdminCommand::Mandate(MandateCommand::Grant { of, post, term }) => {
            let (name, mandate) = (posts::person(session, &of.person).await?, Some(mandate(session, &post, term)?));
            session.show(GrantMandateRequest { name, request_id, mandate }).await
        }
        AdminCommand::Mandate(MandateCommand::End { of, post }) => {
            let (name, post) = (posts::person(session, &of.person).await?, session.full(&post));
            session.show(EndMandateRequest { name, request_id, post }).await
        }
        AdminCommand::Persons { pages } => {
            let parent = session.house().to_owned();
            session.show_pages(ListPersonsRequest { parent, ..ListPersonsRequest::default() }, &pages).await
        }
    }
}

async fn enroll(session: &mut Session, args: &EnrollArgs) -> Result<(), Failure> {
    let mandates = args.post.iter().map(|post| mandate(session, post, args.term)).collect::<Result<_, _>>()?;
    let request = EnrollPersonRequest {
        parent: session.house().to_owned(),
        request_id: String::new(),
        person: session.full_or_empty(args.person.as_ref()),
        signing_request: signing_request(&args.out, args.csr.as_deref(), session.repeats())?,
        mandates,
    };
    let answer: EnrollPersonResponse = match session.call(request).await {
        Err(failure) if !session.repeats() && matches!(failure.exit, Exit::Refused | Exit::NotFound | Exit::Conflict) => {
            // Nothing was done with it: the same command, put right, finds its place free.
            unmake(&args.out);
            return Err(failure);
        }
        answered => answered?,
    };
    hand_over(&args.out, &session.profile.settings, &answer)?;
    let words = session.screen.words;
    if answer.trust.parse().ok().as_ref() != Some(session.receipts.trust()) {
        note(&words.say("say-trust-differs"));
    }
    note(&words.tell("say-enrolled", &[("path", &args.out.display())]));
    if args.csr.is_some() {
        note(&words.tell("say-add-key", &[("path", &args.out.join("key.pem").display())]));
    }
    session.screen.answer(EnrollPersonRequest::RPC, &answer)
}

/// The signing request: the person's own, or one for a key that is made and written here.
fn signing_request(out: &Path, csr: Option<&Path>, repeats: bool) -> Result<String, Failure> {
    let read = |path: &Path| fs::read_to_string(path).map_err(|error| Failure::file("fail-read", path, &error));
    let kept = out.join(REQUEST);
    if repeats && kept.exists() {
        return read(&kept);
    }
    if out.exists() {
        return Err(Failure::new(Exit::Usage, "fail-out-exists").with("path", out.display()));
    }
    let request = match csr {
        Some(csr) => read(csr)?,
        None => {
            let (key, request) = key_and_request().map_err(|error| Failure::new(Exit::Other, "fail-key").technical(error))?;
            private_folder(out)?;
            private_file(&out.join("key.pem"), &key)?;
            request
        }
    };
    private_folder(out)?;
    private_file(&kept, &request)?;
    Ok(request)
}

/// Takes away what [`signing_request`] made, and nothing else.
fn unmake(out: &Path) {
    for made in ["key.pem", REQUEST] {
        // What cannot be taken away is named by the next attempt.
        let _ = fs::remove_file(out.join(made));
    }
    let _ = fs::remove_dir(out);
}

/// A fresh key and a signing request for it. The house does not use the request's subject: it names the pseudonym itself.
fn key_and_request() -> Result<(String, String), rcgen::Error> {
    let key = KeyPair::generate()?;
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    Ok((key.serialize_pem(), params.serialize_request(&key)?.pem()?))
}

/// Writes what the person needs beside their key.
fn hand_over(out: &Path, own: &Settings, answer: &EnrollPersonResponse) -> Result<(), Failure> {
    let settings = Settings {
        certificate: "certificate.pem".into(),
        key: "key.pem".into(),
        authority: "authority.pem".into(),
        trust: "trust".into(),
        ..own.clone()
    };
    let settings = toml::to_string(&settings).map_err(|error| Failure::new(Exit::Other, "fail-key").technical(error))?;
    private_folder(&out.join("receipts"))?;
    private_file(&out.join("certificate.pem"), &answer.certificate)?;
    private_file(&out.join("authority.pem"), &answer.authority_certificate)?;
    private_file(&out.join("trust"), &answer.trust)?;
    // Last: what lacks it is no profile.
    private_file(&out.join(SETTINGS), &settings)
}

fn mandate(session: &Session, post: &Name<Post>, term: Term) -> Result<Mandate, Malformed> {
    let time = |when: Option<_>| when.map_or(Ok(None), |when| session.time(when));
    let (from, until) = (term.from.map(|from| from.0), term.until.map(|until| until.0));
    Ok(Mandate { post: session.full(post), from: time(from)?, until: time(until)? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::profile::Profile;

    fn own() -> Settings {
        let text = "server = \"https://h:1\"\nserver_name = \"localhost\"\nhouse = \"houses/v\"\nkey = \"admin.pem\"\ntime_zone = \"Europe/Stockholm\"\n";
        toml::from_str(text).unwrap()
    }

    #[test]
    fn what_is_handed_over_is_a_whole_profile_and_a_repeat_sends_the_same_request() {
        let home = tempfile::tempdir().unwrap();
        let out = home.path().join("new");
        let request = signing_request(&out, None, false).unwrap();
        assert!(rcgen::CertificateSigningRequestParams::from_pem(&request).is_ok());
        assert_eq!(signing_request(&out, None, true).unwrap(), request);
        assert_eq!(signing_request(&out, None, false).unwrap_err().exit, Exit::Usage);
        unmake(&out);
        let request = signing_request(&out, None, false).unwrap();
        assert_eq!(signing_request(&out, None, true).unwrap(), request);

        let answer =
            EnrollPersonResponse { certificate: "c".into(), authority_certificate: "a".into(), trust: "t".into(), ..Default::default() };
        hand_over(&out, &own(), &answer).unwrap();
        let profile = Profile::open(out.to_str(), None).unwrap();
        assert_eq!((profile.settings.house.as_str(), profile.settings.key.to_str()), ("houses/v", Some("key.pem")));
        assert!(profile.read(&profile.settings.key).unwrap().contains("PRIVATE KEY"));
        assert_eq!(
            (profile.read(&profile.settings.trust).unwrap().as_str(), profile.settings.server_name.as_deref()),
            ("t", Some("localhost"))
        );
    }

    #[test]
    fn a_signing_request_that_the_person_made_leaves_their_key_with_them() {
        let home = tempfile::tempdir().unwrap();
        let (_, request) = key_and_request().unwrap();
        let (csr, out) = (home.path().join("csr.pem"), home.path().join("new"));
        fs::write(&csr, &request).unwrap();
        assert_eq!(signing_request(&out, Some(&csr), false).unwrap(), request);
        assert!(!out.join("key.pem").exists());
    }
}
