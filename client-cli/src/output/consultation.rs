//! What a consultation looks like to a person.

use barnahus_proto::v1::{Absence, AbsenceReason, Action, Consultation, ConsultationKind, ConsultationState};

use super::page::{Page, Row, Shown};
use crate::names::{short, shorts};

impl Shown for Consultation {
    fn show(&self, page: &mut Page<'_>) {
        let state = page.code::<ConsultationState>(self.state);
        page.title(&format!("{}  {state}", short(&self.name)));
        page.fields(
            0,
            &[
                ("label-kind", page.code::<ConsultationKind>(self.kind)),
                ("label-requested-by", short(&self.requested_by)),
                ("label-requested", page.time(self.requested_at)),
                ("label-starts", page.time(self.starts_at)),
                ("label-reason", self.reason.clone()),
                ("label-invited", shorts(&self.invited)),
                ("label-etag", page.only_verbose(&self.etag)),
            ],
        );
        if !self.absences.is_empty() {
            page.section("say-absences");
            page.rows(2, &self.absences);
        }
        if !self.actions.is_empty() {
            page.section("say-actions");
            page.rows(2, &self.actions);
        }
    }
}

impl Row for Consultation {
    const HEAD: &'static [&'static str] =
        &["label-consultation", "label-state", "label-kind", "label-requested-by", "label-requested", "label-starts"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![
            short(&self.name),
            page.code::<ConsultationState>(self.state),
            page.code::<ConsultationKind>(self.kind),
            short(&self.requested_by),
            page.time(self.requested_at),
            page.time(self.starts_at),
        ]
    }
}

impl Row for Absence {
    const HEAD: &'static [&'static str] = &["label-post", "label-reason"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![short(&self.post), page.code::<AbsenceReason>(self.reason)]
    }
}

impl Row for Action {
    const HEAD: &'static [&'static str] = &["label-due", "label-owner", "label-what"];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        vec![page.time(self.due_at), short(&self.owner), self.what.clone()]
    }
}
