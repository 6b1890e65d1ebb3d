//! Administration: enrolling and revoking people, giving and ending mandates. Knows of no case.
//!
//! INVARIANT: a certificate leaves only with the durable record that names it; a repeat gets the one that was issued first.

use std::sync::Arc;

use barnahus_domain::{
    Command, Event, PersonId, Target, Time,
    directory::{self, Happened, IssuedCertificate, Mandate},
    time::DAY_US,
};
use barnahus_proto::v1::{self, ErrorReason, administration_service_server::AdministrationService};
use tonic::{Request, Response, Status};

use super::{
    call::{Desk, Marks},
    directory::{house_name, message},
    fields::Fields,
    token::Pages,
};
use crate::{
    authority::SigningError,
    clerk::{Draft, Scene},
    clock::random,
};

/// Most mandates given with an enrolment.
const MANDATES_MAX: usize = 20;
/// How long a mandate holds where no end is said.
const MANDATE_US: i64 = 365 * DAY_US;

/// The service.
pub struct Administration(pub Arc<Desk>);

/// Answers with the person that the act was about.
macro_rules! person_act {
    ($self:ident, $request:ident, $name:literal, $response:ident, |$fields:ident, $message:ident| $command:expr) => {{
        let (call, $message) = $self.0.call($request, $name)?;
        let mut $fields = $self.0.fields();
        let target = $fields.person_target("name", &$message.name);
        let command: Option<directory::Command> = $command;
        let marks = Marks { request_id: &$message.request_id, ..Marks::default() };
        let render = |scene: &Scene<'_>| Draft::plain(v1::$response { person: person(scene), receipt: None });
        $self.0.change(&call, $fields, target, marks, command.map(Command::Directory), render).await
    }};
}

#[tonic::async_trait]
impl AdministrationService for Administration {
    async fn enroll_person(&self, request: Request<v1::EnrollPersonRequest>) -> Result<Response<v1::EnrollPersonResponse>, Status> {
        let (call, message) = self.0.call(request, "EnrollPerson")?;
        let now = self.0.now();
        let mut fields = self.0.fields();
        let target = fields.house("parent", &message.parent);
        let known = !message.person.is_empty();
        let person_id = if known { fields.person("person", &message.person) } else { Some(pseudonym(&self.0)?) };
        let certificate = person_id.as_ref().and_then(|person| sign(&self.0, &mut fields, &message.signing_request, person, now));
        let mandates =
            fields.list("mandates", &message.mandates, MANDATES_MAX, true, |fields, field, given| mandate(fields, field, given, now));
        let command = (|| {
            let (person, certificate) = (person_id?, certificate?);
            Some(directory::Command::Enroll { person, known, certificate, mandates: mandates? })
        })();
        let marks = Marks { request_id: &message.request_id, ..Marks::default() };
        let (authority_certificate, trust) = (self.0.authority.certificate_pem().to_owned(), self.0.trust.clone());
        let render = move |scene: &Scene<'_>| {
            let (authority_certificate, trust) = (authority_certificate.clone(), trust.clone());
            let certificate = issued(scene).map(|issued| issued.pem.clone()).unwrap_or_default();
            Draft::plain(v1::EnrollPersonResponse { person: person(scene), certificate, authority_certificate, trust, receipt: None })
        };
        self.0.change(&call, fields, target, marks, command.map(Command::Directory), render).await
    }

    async fn revoke_person(&self, request: Request<v1::RevokePersonRequest>) -> Result<Response<v1::RevokePersonResponse>, Status> {
        person_act!(self, request, "RevokePerson", RevokePersonResponse, |fields, message| {
            fields.code("reason", message.reason).map(directory::Command::Revoke)
        })
    }

    async fn grant_mandate(&self, request: Request<v1::GrantMandateRequest>) -> Result<Response<v1::GrantMandateResponse>, Status> {
        person_act!(self, request, "GrantMandate", GrantMandateResponse, |fields, message| {
            let given = message.mandate.clone().unwrap_or_default();
            mandate(&mut fields, "mandate", &given, self.0.now()).map(directory::Command::Grant)
        })
    }

    async fn end_mandate(&self, request: Request<v1::EndMandateRequest>) -> Result<Response<v1::EndMandateResponse>, Status> {
        person_act!(self, request, "EndMandate", EndMandateResponse, |fields, message| {
            fields.post("post", &message.post).map(directory::Command::End)
        })
    }

    async fn list_persons(&self, request: Request<v1::ListPersonsRequest>) -> Result<Response<v1::ListPersonsResponse>, Status> {
        let (call, list) = self.0.call(request, "ListPersons")?;
        let mut fields = self.0.fields();
        let target = fields.house("parent", &list.parent);
        let size = fields.page_size(list.page_size, 100, 500);
        let pages = Pages::new(&self.0.token_key, &call);
        let skip = pages.open(&mut fields, &list.page_token);
        let render = move |scene: &Scene<'_>| {
            let house = house_name(scene.viewer.house);
            let mut found = scene.viewer.house.persons().skip(skip);
            let persons: Vec<_> = found.by_ref().take(size).map(|person| message(&house, person)).collect();
            let listed = persons.iter().map(|person| person.name.clone()).collect();
            let next_page_token = found.next().map(|_| pages.seal(skip + size)).unwrap_or_default();
            Draft::plain(v1::ListPersonsResponse { persons, next_page_token, receipt: None }).listing(listed)
        };
        self.0.show(&call, fields, target, render).await
    }
}

/// A new random pseudonym.
fn pseudonym(desk: &Desk) -> Result<PersonId, Status> {
    random::<5>().map(PersonId::from_random).map_err(|error| desk.broken(&error))
}

/// A certificate for the person, to the key of the signing request. Worth nothing until its record is durable.
fn sign(desk: &Desk, fields: &mut Fields<'_>, signing_request: &str, person: &PersonId, now: Time) -> Option<IssuedCertificate> {
    match desk.authority.sign(signing_request, person, &desk.house, now) {
        Ok(certificate) => Some(certificate),
        Err(error) => {
            if let SigningError::Authority(error) = &error {
                tracing::error!(%error, "the trial authority cannot sign");
            }
            fields.refuse("signing_request", ErrorReason::SigningRequestInvalid, error.to_string());
            None
        }
    }
}

/// A mandate: from now on and for a year, where it does not say otherwise.
fn mandate(fields: &mut Fields<'_>, field: &str, mandate: &v1::Mandate, now: Time) -> Option<Mandate> {
    let post = fields.post(&format!("{field}.post"), &mandate.post);
    let from = fields.optional_time(&format!("{field}.from"), mandate.from);
    let until = fields.optional_time(&format!("{field}.until"), mandate.until);
    let from = from?.unwrap_or(now);
    Some(Mandate { post: post?, from, until: until?.unwrap_or_else(|| from.plus_us(MANDATE_US)) })
}

/// The person that the scene is about, as they stand now.
fn person(scene: &Scene<'_>) -> Option<v1::Person> {
    let Target::Person(id) = scene.target else { return None };
    scene.viewer.house.person(id).map(|person| message(&house_name(scene.viewer.house), person))
}

/// The certificate that the scene's record holds.
fn issued<'a>(scene: &Scene<'a>) -> Option<&'a IssuedCertificate> {
    match scene.event {
        Some(Event::Directory(Happened::Enrolled { certificate, .. })) => Some(certificate),
        _ => None,
    }
}
