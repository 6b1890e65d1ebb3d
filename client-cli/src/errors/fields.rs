//! The contract's fields under the names that a person types.

/// The flag that fills a field; the field itself where none does.
pub(crate) fn flag(field: &str) -> String {
    let parts: Vec<&str> = field.split('.').map(|part| part.split('[').next().unwrap_or_default()).collect();
    let flag = match parts.as_slice() {
        ["mandate" | "mandates", within, ..] => named(within),
        [first, ..] => named(first),
        [] => None,
    };
    flag.map_or_else(|| field.to_owned(), |flag| format!("--{flag}"))
}

fn named(field: &str) -> Option<&'static str> {
    FLAGS.iter().find(|(known, _)| *known == field).map(|(_, flag)| *flag)
}

const FLAGS: &[(&str, &str)] = &[
    ("absences", "absent"),
    ("actions", "action"),
    ("batch_number", "batch"),
    ("break_number", "break"),
    ("child_age_band", "age"),
    ("coordinator", "coordinator"),
    ("corrections", "correct"),
    ("court_reference", "court-reference"),
    ("crime_type", "crime"),
    ("defence_note", "defence-note"),
    ("duration", "minutes"),
    ("etag", "etag"),
    ("from", "from"),
    ("happened_at", "at"),
    ("home_board", "home-board"),
    ("identity_mode", "identity"),
    ("instead_of", "instead-of"),
    ("into", "into"),
    ("invited", "invite"),
    ("kind", "kind"),
    ("language", "language"),
    ("legal_ground", "ground"),
    ("needs", "need"),
    ("offset", "offset"),
    ("page_size", "page-size"),
    ("page_token", "page-token"),
    ("police_reference", "police-reference"),
    ("post", "post"),
    ("protection", "protection"),
    ("reason", "reason"),
    ("recording_reference", "recording"),
    ("relation_to_child", "relation"),
    ("request_id", "request-id"),
    ("resume_token", "resume-token"),
    ("rooms", "room"),
    ("scope", "scope"),
    ("seed", "seed"),
    ("signing_request", "csr"),
    ("since_size", "since"),
    ("size", "size"),
    ("starts_at", "starts"),
    ("state", "state"),
    ("text", "text"),
    ("unasked", "unasked"),
    ("until", "until"),
    ("urgent_protection", "urgent"),
    ("waivers", "waive"),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_field_is_named_as_it_is_typed() {
        let named = ["starts_at", "needs[0].role", "mandates[1].until", "parent", ""].map(flag);
        assert_eq!(named, ["--starts", "--need", "--until", "parent", ""]);
    }
}
