//! Who is enrolled, with which posts, and when a right ends. Authorizes nobody.

use barnahus_policy::Role;

use super::{Command, DirectoryRefusal, Happened, Mandate, Person};
use crate::{
    command::{By, Decided},
    event::Event,
    house::{House, Post},
    id::{PersonId, PostId, Target},
    time::{DAY_US, MINUTE_US, Time},
};

/// Longest mandate.
const MANDATE_MAX_US: i64 = 5 * 366 * DAY_US;

pub(crate) fn decide(house: &House, by: &By<'_>, target: &Target, command: &Command, now: Time) -> Result<Decided, DirectoryRefusal> {
    match command {
        Command::Enroll { person, known, certificate, mandates } => {
            let found = house.person(person);
            // A new pseudonym is drawn at random: one that somebody has already is not handed to another person.
            if found.is_some() != *known {
                return Err(DirectoryRefusal::NoSuchPerson);
            }
            found.map_or(Ok(()), refuse_revoked)?;
            refuse_oneself(by, person)?;
            let held = found.map_or(&[][..], |found| &found.mandates);
            for (position, mandate) in mandates.iter().enumerate() {
                let earlier = mandates.get(..position).unwrap_or_default();
                check_mandate(house, held, mandate, now)?;
                check_mandate(house, earlier, mandate, now)?;
            }
            let event = Happened::Enrolled { certificate: certificate.clone(), mandates: mandates.clone() };
            Ok(Decided::new(Target::Person(person.clone()), Event::Directory(event)))
        }
        Command::Revoke(reason) => {
            let person = target_person(house, target)?;
            refuse_revoked(person)?;
            refuse_last_administrator(house, person, None, now)?;
            Ok(Decided::new(target.clone(), Event::Directory(Happened::Revoked { reason: *reason })))
        }
        Command::Grant(mandate) => {
            let person = target_person(house, target)?;
            refuse_revoked(person)?;
            refuse_oneself(by, &person.id)?;
            check_mandate(house, &person.mandates, mandate, now)?;
            Ok(Decided::new(target.clone(), Event::Directory(Happened::MandateGranted { mandate: mandate.clone() })))
        }
        Command::End(post) => {
            let person = target_person(house, target)?;
            if !person.holds(post, now) {
                return Err(DirectoryRefusal::NoSuchMandate(post.clone()));
            }
            refuse_last_administrator(house, person, Some(post), now)?;
            Ok(Decided::new(target.clone(), Event::Directory(Happened::MandateEnded { post: post.clone() })))
        }
    }
}

fn target_person<'a>(house: &'a House, target: &Target) -> Result<&'a Person, DirectoryRefusal> {
    let Target::Person(id) = target else { return Err(DirectoryRefusal::NoSuchPerson) };
    house.person(id).ok_or(DirectoryRefusal::NoSuchPerson)
}

fn refuse_revoked(person: &Person) -> Result<(), DirectoryRefusal> {
    if person.revoked_at.is_some() { Err(DirectoryRefusal::Revoked) } else { Ok(()) }
}

/// Nobody gives a right to themself.
fn refuse_oneself(by: &By<'_>, person: &PersonId) -> Result<(), DirectoryRefusal> {
    if by.actor.person == *person { Err(DirectoryRefusal::Oneself) } else { Ok(()) }
}

/// INVARIANT: whoever administers or reviews never held, and never gets, another role: else an administrator becomes a prosecutor.
fn check_mandate(house: &House, others: &[Mandate], mandate: &Mandate, now: Time) -> Result<(), DirectoryRefusal> {
    let Some(post) = house.post(&mandate.post) else { return Err(DirectoryRefusal::NoSuchPost(mandate.post.clone())) };
    let apart = |post: &Post| post.roles.iter().any(|role| matches!(role, Role::Administrator | Role::Auditor));
    let differs = |other: &Post| (apart(other) || apart(post)) && other.roles != post.roles;
    if others.iter().filter_map(|other| house.post(&other.post)).any(differs) {
        return Err(DirectoryRefusal::RolesApart(mandate.post.clone()));
    }
    // A minute's grace: who says "now" says it before the house hears it.
    if mandate.from < now.plus_us(-MINUTE_US) || mandate.until.since_us(mandate.from) > MANDATE_MAX_US {
        return Err(DirectoryRefusal::MandateTimes(mandate.post.clone()));
    }
    let overlaps = others.iter().any(|other| other.post == mandate.post && other.from < mandate.until && mandate.from < other.until);
    if mandate.until <= mandate.from || overlaps { Err(DirectoryRefusal::MandateTimes(mandate.post.clone())) } else { Ok(()) }
}

/// INVARIANT: a house keeps somebody who can administer it, since there is no second way in.
fn refuse_last_administrator(house: &House, person: &Person, losing: Option<&PostId>, now: Time) -> Result<(), DirectoryRefusal> {
    let administers = |post: &PostId| house.post(post).is_some_and(|post| post.roles.contains(&Role::Administrator));
    let loses = person.posts_at(now).any(|post| administers(post) && losing.is_none_or(|losing| losing == post));
    let others =
        house.persons().any(|other| other.id != person.id && other.certificate_ends_at > now && other.posts_at(now).any(administers));
    let keeps = losing.is_some() && person.posts_at(now).any(|post| administers(post) && losing != Some(post));
    if loses && !others && !keeps { Err(DirectoryRefusal::LastAdministrator) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Refusal,
        code::RevocationReason,
        directory::{IssuedCertificate, parse_fingerprint},
        sample_house::{Failed, OPENED, Point, SampleHouse, person, post, refused},
        time::{DAY_US, MINUTE_US},
    };

    fn administer(day: &mut SampleHouse, id: &str, command: Command) -> Result<Event, Failed> {
        day.act("administrator-1", Target::Person(person(id)), &crate::Command::Directory(command))
    }

    fn mandate(id: &str, from: i64, until: i64) -> Mandate {
        Mandate { post: post(id), from: OPENED.plus_us(from * DAY_US), until: OPENED.plus_us(until * DAY_US) }
    }

    fn enroll(id: &str, known: bool, mandates: Vec<Mandate>) -> crate::Command {
        let certificate = IssuedCertificate { fingerprint: "ab".repeat(32), ends_at: OPENED.plus_us(365 * DAY_US), pem: "PEM".into() };
        crate::Command::Directory(Command::Enroll { person: person(id), known, certificate, mandates })
    }

    #[test]
    fn only_an_administrator_administers() {
        let mut day = SampleHouse::at(Point::Empty);
        let revoke = crate::Command::Directory(Command::Revoke(RevocationReason::Left));
        let outcome = day.act("prosecutor-1", Target::Person(person("prosecutor-2")), &revoke);
        assert_eq!(outcome, Err(Failed::Denied));
    }

    #[test]
    fn a_person_is_enrolled_with_mandates_in_order() {
        let mut day = SampleHouse::at(Point::Empty);
        let wrong = |id: &str| refused(DirectoryRefusal::MandateTimes(post(id)));
        let mut enrolls = |known, mandates| day.act("administrator-1", Target::House, &enroll("new", known, mandates));
        assert_eq!(enrolls(true, Vec::new()), refused(DirectoryRefusal::NoSuchPerson));
        for times in [&[(2, 2)][..], &[(1, 3), (2, 4)], &[(-1, 3)], &[(1, 1 + 5 * 366 + 1)]] {
            let mandates = times.iter().map(|(from, until)| mandate("prosecutor-1", *from, *until)).collect();
            assert_eq!(enrolls(false, mandates), wrong("prosecutor-1"), "{times:?}");
        }
        assert_eq!(enrolls(false, vec![mandate("nobody-1", 1, 3)]), refused(DirectoryRefusal::NoSuchPost(post("nobody-1"))));
        enrolls(false, vec![mandate("prosecutor-1", 1, 3), mandate("prosecutor-1", 3, 4), mandate("defence-1", 1, 9)]).expect("enrolled");
        assert_eq!(enrolls(false, Vec::new()), refused(DirectoryRefusal::NoSuchPerson), "a pseudonym is nobody else's");
        assert_eq!(enrolls(true, vec![mandate("defence-1", 8, 10)]), wrong("defence-1"));
        let certificate = parse_fingerprint(&"ab".repeat(32)).and_then(|fingerprint| day.house.certificate(&fingerprint).cloned());
        assert_eq!(certificate.map(|certificate| certificate.person), Some(person("new")));
    }

    #[test]
    fn who_administers_or_reviews_has_no_other_role_and_nobody_gives_a_right_to_themself() {
        let mut day = SampleHouse::at(Point::Empty);
        for (id, other) in [("prosecutor-1", "administrator-1"), ("prosecutor-1", "auditor-police-1"), ("auditor-police-1", "defence-1")] {
            let apart = refused(DirectoryRefusal::RolesApart(post(other)));
            assert_eq!(administer(&mut day, id, Command::Grant(mandate(other, 1, 2))), apart);
        }
        let oneself = administer(&mut day, "administrator-1", Command::Grant(mandate("defence-1", 1, 2)));
        assert_eq!(oneself, refused(DirectoryRefusal::Oneself));
        let again = day.act("administrator-1", Target::House, &enroll("administrator-1", true, Vec::new()));
        assert_eq!(again, refused(DirectoryRefusal::Oneself));
    }

    #[test]
    fn a_further_certificate_retires_those_before_it() {
        let mut day = SampleHouse::at(Point::Empty);
        let certificates = |day: &SampleHouse| day.house.certificates.values().filter(|known| known.person == person("defence-1")).count();
        let before = day.house.certificates.clone();
        day.act("administrator-1", Target::House, &enroll("defence-1", true, Vec::new())).expect("enrolled again");
        assert_eq!(certificates(&day), 1);
        assert!(
            before.iter().filter(|(_, known)| known.person == person("defence-1")).all(|(old, _)| day.house.certificate(old).is_none())
        );
    }

    #[test]
    fn a_mandate_holds_from_its_first_instant_and_not_at_its_end() {
        let held = mandate("prosecutor-1", 1, 2);
        let holds = [DAY_US - 1, DAY_US, 2 * DAY_US - 1, 2 * DAY_US].map(|at| held.holds_at(OPENED.plus_us(at)));
        assert_eq!(holds, [false, true, true, false]);
    }

    #[test]
    fn ending_a_mandate_and_revoking_take_effect_at_once() {
        let mut day = SampleHouse::at(Point::Empty);
        administer(&mut day, "defence-1", Command::End(post("defence-1"))).expect("ended");
        assert!(!day.house.person(&person("defence-1")).expect("enrolled").holds(&post("defence-1"), day.now));
        let none = refused(DirectoryRefusal::NoSuchMandate(post("defence-1")));
        assert_eq!(administer(&mut day, "defence-1", Command::End(post("defence-1"))), none);
        administer(&mut day, "defence-1", Command::Grant(mandate("defence-1", 1, 5))).expect("granted anew");
        administer(&mut day, "defence-1", Command::Revoke(RevocationReason::Misuse)).expect("revoked");
        let later = day.now.plus_us(2 * DAY_US);
        assert_eq!(day.house.person(&person("defence-1")).expect("enrolled").posts_at(later).count(), 0);
        for command in [Command::Revoke(RevocationReason::Misuse), Command::Grant(mandate("defence-1", 6, 7))] {
            assert_eq!(administer(&mut day, "defence-1", command), refused(DirectoryRefusal::Revoked));
        }
    }

    #[test]
    fn somebody_who_can_administer_stays() {
        let mut day = SampleHouse::at(Point::Empty);
        let last = refused(DirectoryRefusal::LastAdministrator);
        for command in [Command::Revoke(RevocationReason::Left), Command::End(post("administrator-1"))] {
            assert_eq!(administer(&mut day, "administrator-1", command), last);
        }
        let other = enroll("new", false, vec![mandate("administrator-1", 1, 9)]);
        day.act("administrator-1", Target::House, &other).expect("enrolled");
        assert_eq!(administer(&mut day, "administrator-1", Command::End(post("administrator-1"))), last, "the other is none yet");
        day.now = day.now.plus_us(DAY_US);
        administer(&mut day, "administrator-1", Command::End(post("administrator-1"))).expect("another is left");
    }

    #[test]
    fn a_fingerprint_is_64_hex_digits() {
        assert_eq!(parse_fingerprint(&"0f".repeat(32)).map(|fingerprint| fingerprint.short()), Some("0f".repeat(8)));
        for wrong in ["", "0f", &"0g".repeat(32), &"0f".repeat(33), &"å".repeat(32)] {
            assert_eq!(parse_fingerprint(wrong), None);
        }
    }

    #[test]
    fn a_claim_of_the_future_is_refused_everywhere_c7() {
        let mut day = SampleHouse::at(Point::Empty);
        day.happened_at = Some(day.now.plus_us(60 * MINUTE_US));
        let outcome = administer(&mut day, "defence-1", Command::End(post("defence-1")));
        assert_eq!(outcome, Err(Failed::Refused(Refusal::TimeAfterEnd)));
    }
}
