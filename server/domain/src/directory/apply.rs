//! What becomes of people, certificates and mandates. Decides nothing.

use super::{Certificate, Happened, Person, parse_fingerprint};
use crate::{event::Stamp, house::House, id::PersonId};

/// Applies what happened to the person with this id. False if the person or the fingerprint makes no sense.
pub(crate) fn apply(house: &mut House, id: &PersonId, stamp: &Stamp, happened: &Happened) -> bool {
    match happened {
        Happened::Enrolled { certificate, mandates } => {
            let Some(fingerprint) = parse_fingerprint(&certificate.fingerprint) else { return false };
            // A further certificate retires those before it: whoever is replaced by stealth notices at once.
            house.certificates.retain(|_, known| known.person != *id);
            let known = Certificate { person: id.clone(), ends_at: certificate.ends_at, index: stamp.index };
            house.certificates.insert(fingerprint, known);
            let person = house.persons.entry(id.clone()).or_insert_with(|| Person {
                id: id.clone(),
                mandates: Vec::new(),
                revoked_at: None,
                certificate_ends_at: certificate.ends_at,
            });
            person.certificate_ends_at = person.certificate_ends_at.max(certificate.ends_at);
            person.mandates.extend(mandates.iter().cloned());
            true
        }
        Happened::Revoked { .. } => house.persons.get_mut(id).map(|person| person.revoked_at = Some(stamp.at)).is_some(),
        Happened::MandateGranted { mandate } => house.persons.get_mut(id).map(|person| person.mandates.push(mandate.clone())).is_some(),
        Happened::MandateEnded { post } => house
            .persons
            .get_mut(id)
            .and_then(|person| person.mandates.iter_mut().find(|mandate| mandate.post == *post && mandate.holds_at(stamp.at)))
            .map(|mandate| mandate.until = stamp.at)
            .is_some(),
    }
}
