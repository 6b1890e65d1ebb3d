//! What the log looks like to a person.

use barnahus_proto::v1::{DrawSampleResponse, GetCheckpointResponse, Outcome, Record, Role};
use prost_types::Timestamp;

use super::page::{Page, Row, Shown};
use crate::names::{last, short};

impl Row for Record {
    const HEAD: &'static [&'static str] = &[
        "label-log",
        "label-time",
        "label-event",
        "label-outcome",
        "label-tried",
        "label-person",
        "label-post",
        "label-role",
        "label-authority",
        "label-object",
        "label-recipients",
    ];

    fn row(&self, page: &Page<'_>) -> Vec<String> {
        let outcome = page.code::<Outcome>(self.outcome);
        vec![
            self.index.to_string(),
            page.time(Some(micros(self.recorded_at_us))),
            self.kind.clone(),
            if self.reason.is_empty() { outcome } else { format!("{outcome}: {}", self.reason) },
            tried(self),
            short(&self.person),
            short(&self.post),
            page.code::<Role>(self.role),
            short(&self.authority),
            if self.object.is_empty() { self.case_alias.clone() } else { short(&self.object) },
            self.recipients.iter().map(|person| short(person)).collect::<Vec<_>>().join(", "),
        ]
    }
}

impl Shown for DrawSampleResponse {
    fn show(&self, page: &mut Page<'_>) {
        self.records.show(page);
        page.line("");
        let numbers = [
            ("label-seed", self.seed.clone()),
            ("label-population", self.population.to_string()),
            ("label-log-size", self.log_size.to_string()),
        ];
        page.fields(0, &numbers);
    }
}

impl Shown for GetCheckpointResponse {
    fn show(&self, page: &mut Page<'_>) {
        page.line(self.checkpoint.trim_end());
    }
}

/// The rpc that was asked for, where it was not done: the kind tells only that.
fn tried(record: &Record) -> String {
    let refused = [Outcome::Refused, Outcome::Denied].contains(&record.outcome());
    if refused { last(&record.operation).to_owned() } else { String::new() }
}

fn micros(micros: i64) -> Timestamp {
    Timestamp { seconds: micros.div_euclid(1_000_000), nanos: i32::try_from(micros.rem_euclid(1_000_000) * 1000).unwrap_or_default() }
}
