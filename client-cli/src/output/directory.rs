//! What the house, its posts and its people look like to a person.

use barnahus_proto::v1::{AgeBand, Authority, GetSelfResponse, House, Person, Post, Role, Room, RoomKind};

use super::page::{Page, Row, Shown};
use crate::names::{short, shorts};

impl Shown for GetSelfResponse {
    fn show(&self, page: &mut Page<'_>) {
        self.person.show(page);
        page.fields(0, &[("label-house", self.house.clone())]);
    }
}

impl Shown for Person {
    fn show(&self, page: &mut Page<'_>) {
        page.title(&short(&self.name));
        page.fields(0, &[("label-revoked", page.time(self.revoked_at)), ("label-certificate-ends", page.time(self.certificate_ends_at))]);
        let mandates = mandates(self, page);
        page.table(2, &["label-post", "label-from", "label-until"], mandates);
    }
}

impl Row for Person {
    const HEAD: &'static [&'static str] = &["label-person", "label-mandates", "label-certificate-ends", "label-revoked"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        let mandates: Vec<_> = mandates(self, page).into_iter().map(|mandate| mandate.join("  ")).collect();
        vec![short(&self.name), mandates.join("\n"), page.time(self.certificate_ends_at), page.time(self.revoked_at)]
    }
}

impl Shown for House {
    fn show(&self, page: &mut Page<'_>) {
        page.title(&self.display_name);
        page.fields(
            0,
            &[
                ("label-name", self.name.clone()),
                ("label-time-zone", self.time_zone.clone()),
                ("label-alias-prefix", self.alias_prefix.clone()),
            ],
        );
        page.section("say-rooms");
        page.rows(2, &self.rooms);
        page.section("say-authorities");
        page.rows(2, &self.authorities);
    }
}

impl Row for Room {
    const HEAD: &'static [&'static str] = &["label-room", "label-kind", "label-paired", "label-seats", "label-suits"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        let seats = if self.seats == 0 { String::new() } else { self.seats.to_string() };
        vec![short(&self.name), page.code::<RoomKind>(self.kind), short(&self.paired_with), seats, page.codes::<AgeBand>(&self.suits)]
    }
}

impl Row for Authority {
    const HEAD: &'static [&'static str] = &["label-authority", "label-name", "label-independent"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![short(&self.name), self.display_name.clone(), page.yes(self.independent)]
    }
}

impl Row for Post {
    const HEAD: &'static [&'static str] =
        &["label-post", "label-authority", "label-roles", "label-qualified", "label-languages", "label-on-call", "label-holders"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            short(&self.name),
            short(&self.authority),
            page.codes::<Role>(&self.roles),
            page.codes::<AgeBand>(&self.qualified),
            self.languages.join(", "),
            page.yes(self.on_call),
            shorts(&self.holders),
        ]
    }
}

fn mandates(person: &Person, page: &Page<'_>) -> Vec<Vec<String>> {
    person.mandates.iter().map(|mandate| vec![short(&mandate.post), page.time(mandate.from), page.time(mandate.until)]).collect()
}
