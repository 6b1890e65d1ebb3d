//! A refusal told to somebody who sits in the listening room: what to do next is a key or a word there, not a flag of another command.

use std::borrow::Cow;

use super::Failure;

impl Failure {
    /// The same, in the room's words.
    pub(crate) fn here(mut self) -> Self {
        for (key, values) in &mut self.lines {
            if let Some(here) = sentence(key) {
                *key = Cow::Borrowed(here);
            }
            for (_, value) in values.iter_mut().filter(|(name, _)| *name == "field") {
                *value = value.trim_start_matches('-').to_owned();
            }
        }
        self
    }
}

fn sentence(key: &str) -> Option<&'static str> {
    Some(match key {
        "error-reason-disclosure-ban-not-acknowledged" => "say-here-ban",
        "error-reason-formality-missing" => "say-here-formality",
        "error-reason-not-checked-in" => "say-here-not-checked-in",
        "error-reason-no-such-break" => "say-here-no-such-break",
        "error-reason-notes-not-allowed" => "say-here-notes",
        "error-reason-offset-needed" => "say-here-offset",
        "error-reason-permission-denied" => "say-here-permission",
        "error-reason-question-state" => "say-here-question-state",
        "error-reason-question-without-fate" => "say-here-fate-missing",
        "error-reason-merge-target" => "say-here-merge-target",
        "error-reason-reason-needed" => "say-here-reason",
        "error-reason-unknown-code" => "say-here-code",
        "error-reason-urgency-not-yours" => "say-here-urgency",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::ErrorReason;

    use super::*;
    use crate::{
        errors::Exit,
        text::{Lang, Words, code_key},
    };

    /// What only commands outside the room are told.
    const ELSEWHERE: [ErrorReason; 5] = [
        ErrorReason::AcceptanceMissing,
        ErrorReason::DefenceNoteMissing,
        ErrorReason::MalformedRequestId,
        ErrorReason::RepresentativeState,
        ErrorReason::RequestIdReused,
    ];

    #[test]
    fn whoever_sits_in_the_room_is_told_no_flag() {
        for reason in (0..1000).filter_map(|number| ErrorReason::try_from(number).ok()).filter(|reason| !ELSEWHERE.contains(reason)) {
            let failure = Failure::new(Exit::Refused, code_key(reason.as_str_name())).and("fail-field-named").with("field", "--offset");
            let failure = failure.here();
            for lang in [Lang::Sv, Lang::En] {
                let told = failure.tell(Words { lang }, false);
                assert!(!told.contains("--"), "{told}");
            }
        }
    }
}
