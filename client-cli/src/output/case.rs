//! What a case looks like to a person.

use barnahus_proto::v1::{AgeBand, Case, CrimeType, IdentityMode, Part, Protection, Relation, RepresentativeState};

use super::page::{Page, Row, Shown};
use crate::names::short;

impl Shown for Case {
    fn show(&self, page: &mut Page<'_>) {
        page.title(&short(&self.name));
        page.fields(
            0,
            &[
                ("label-part", page.code::<Part>(self.caller_part)),
                ("label-leader", short(&self.leader)),
                ("label-deputies", self.deputies.iter().map(|post| short(post)).collect::<Vec<_>>().join(", ")),
                ("label-embargo", page.words.say(if self.embargo { "say-embargo-on" } else { "say-embargo-off" })),
                ("label-representative", representative(self, page)),
                ("label-guardians-informed", page.time(self.guardians_informed_at)),
                ("label-home-board", short(&self.home_board)),
                ("label-protection", page.code::<Protection>(self.protection)),
                ("label-identity", page.code::<IdentityMode>(self.identity_mode)),
                ("label-age", page.code::<AgeBand>(self.child_age_band)),
                ("label-crime", page.code::<CrimeType>(self.crime_type)),
                ("label-relation", page.code::<Relation>(self.relation_to_child)),
                ("label-language", self.language.clone()),
                ("label-requested", page.time(self.requested_at)),
                ("label-police-reference", self.police_reference.clone()),
                ("label-opened", page.time(self.opened_at)),
                ("label-first-interview-due", page.time(self.first_interview_due_at)),
                ("label-etag", page.only_verbose(&self.etag)),
            ],
        );
    }
}

impl Row for Case {
    const HEAD: &'static [&'static str] = &[
        "label-case",
        "label-part",
        "label-leader",
        "label-embargo",
        "label-home-board",
        "label-requested",
        "label-opened",
        "label-first-interview-due",
    ];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            short(&self.name),
            page.code::<Part>(self.caller_part),
            short(&self.leader),
            page.yes(self.embargo),
            short(&self.home_board),
            page.time(self.requested_at),
            page.time(self.opened_at),
            page.time(self.first_interview_due_at),
        ]
    }
}

fn representative(case: &Case, page: &Page<'_>) -> String {
    let state = page.code::<RepresentativeState>(case.representative_state);
    if case.representative.is_empty() { state } else { format!("{} ({state})", short(&case.representative)) }
}
