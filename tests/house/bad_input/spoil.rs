//! A request spoilt in one field, in every way that the field's type and comment allow.

use anyhow::Result;
use barnahus_proto::v1::ErrorReason;
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, ReflectMessage as _, Value};

use crate::refusals::form::patterns;

/// A valid personal identity number, from the tax agency's list for tests.
pub(crate) const IDENTITY_NUMBER: &str = "20000105-2380";

const TEXT_REASONS: [ErrorReason; 3] = [ErrorReason::IdentityNumberInText, ErrorReason::TextTooLong, ErrorReason::ControlCharacter];

/// One spoilt request.
pub(crate) struct Spoilt {
    pub(crate) message: DynamicMessage,
    /// The field, as violations name it: `actions[0].what`.
    pub(crate) field: String,
    /// Why it is refused, where it is certain.
    pub(crate) reason: Option<ErrorReason>,
    /// What no answer may repeat.
    pub(crate) secret: String,
    pub(crate) what: String,
}

/// A bad value, and why it is refused.
type Bad = (Value, Option<ErrorReason>);

/// Every way of spoiling one field.
pub(crate) fn spoilt(message: &DynamicMessage) -> Result<Vec<Spoilt>> {
    let mut all = Vec::new();
    within(message, "", &mut |spoilt_message, field, (value, reason)| {
        // A name that is wrong may stand in the form that it should have had; a text may stand nowhere.
        let is_text = reason.is_some_and(|reason| TEXT_REASONS.contains(&reason));
        let secret = value.as_str().filter(|text| is_text && !text.trim().is_empty()).unwrap_or("no such secret").to_owned();
        let what = format!("`{field}` = {value:?}");
        all.push(Spoilt { message: spoilt_message, field, reason, secret, what });
    })?;
    Ok(all)
}

/// Goes through a message and the messages in it; `found` gets the whole message with one value changed.
fn within(message: &DynamicMessage, path: &str, found: &mut dyn FnMut(DynamicMessage, String, Bad)) -> Result<()> {
    for field in message.descriptor().fields() {
        let here = if field.is_list() { format!("{path}{}[0]", field.name()) } else { format!("{path}{}", field.name()) };
        let put = |value: Value| {
            let mut changed = message.clone();
            changed.set_field(&field, if field.is_list() { Value::List(vec![value]) } else { value });
            changed
        };
        for (value, reason) in bad_values(&field)? {
            found(put(value.clone()), here.clone(), (value, reason));
        }
        let inner = match message.get_field(&field).as_ref() {
            Value::Message(inner) => Some(inner.clone()),
            Value::List(items) => items.first().and_then(Value::as_message).cloned(),
            _ => None,
        };
        if let Some(inner) = inner.filter(|inner| inner.descriptor().package_name() == "barnahus.v1") {
            within(&inner, &format!("{here}."), &mut |inner, field, bad| found(put(Value::Message(inner)), field, bad))?;
        }
    }
    Ok(())
}

fn bad_values(field: &FieldDescriptor) -> Result<Vec<Bad>> {
    let texts = |texts: &[&str], reason| texts.iter().map(|text| (Value::String((*text).to_owned()), reason)).collect();
    Ok(match field.kind() {
        Kind::String if field.name() == "request_id" => texts(
            &["x", "00000000-0000-0000-0000-000000000000", "{01890a5d-ac96-774b-bcce-b302099a8057}", "01890a5dac96774bbcceb302099a8057"],
            Some(ErrorReason::MalformedRequestId),
        ),
        Kind::String if field.name() == "etag" => texts(&["x", "-1", "1.0", "99999999999999999999"], Some(ErrorReason::InvalidField)),
        Kind::String if field.name().ends_with("_token") => {
            texts(&["x", "v1.3", "v1.3.00000000000000000000000000000000"], Some(ErrorReason::TokenInvalid))
        }
        Kind::String if is_private(field) => private_texts(field),
        Kind::String if !patterns(field)?.is_empty() => texts(
            &[
                "x",
                "houses/elsewhere/cases/VRM-2026-0001",
                "houses/varmland/cases/",
                "houses/varmland/cases/VRM-2026-0001/interviews/01",
                "houses//",
                "\u{0}",
            ],
            Some(ErrorReason::MalformedName),
        ),
        Kind::String => texts(&["bell\u{7}", "turned\u{202e}", &"x".repeat(5000)], None),
        Kind::Enum(_) => {
            vec![(Value::EnumNumber(999), Some(ErrorReason::UnknownCode)), (Value::EnumNumber(-1), Some(ErrorReason::UnknownCode))]
        }
        Kind::Int32 => vec![(Value::I32(-1), Some(ErrorReason::InvalidField)), (Value::I32(100_000), Some(ErrorReason::InvalidField))],
        Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp" => {
            [(0, -1), (0, 1_000_000_000), (i64::MAX, 0), (-62_135_596_801, 0)]
                .map(|(seconds, nanos)| (pair(&message, seconds, nanos), Some(ErrorReason::InvalidField)))
                .to_vec()
        }
        Kind::Message(message) if message.full_name() == "google.protobuf.Duration" => [(-1, 0), (0, -1), (i64::MAX, 0)]
            .map(|(seconds, nanos)| (pair(&message, seconds, nanos), Some(ErrorReason::InvalidField)))
            .to_vec(),
        _ => Vec::new(),
    })
}

fn pair(message: &prost_reflect::MessageDescriptor, seconds: i64, nanos: i32) -> Value {
    let mut value = DynamicMessage::new(message.clone());
    value.set_field_by_name("seconds", Value::I64(seconds));
    value.set_field_by_name("nanos", Value::I32(nanos));
    Value::Message(value)
}

/// Texts that no private field takes (C2). That it is missing is allowed where the comment gives no least length.
fn private_texts(field: &FieldDescriptor) -> Vec<Bad> {
    let bad = [
        (format!("Barnet {IDENTITY_NUMBER} bor hos modern"), ErrorReason::IdentityNumberInText),
        ("200001052380".to_owned(), ErrorReason::IdentityNumberInText),
        ("född 000105-2380".to_owned(), ErrorReason::IdentityNumberInText),
        ("x".repeat(1001), ErrorReason::TextTooLong),
        ("ljud\u{7}".to_owned(), ErrorReason::ControlCharacter),
        ("vänd\u{202e}text".to_owned(), ErrorReason::ControlCharacter),
        ("dold\u{2066}text".to_owned(), ErrorReason::ControlCharacter),
        (" \t\n ".to_owned(), ErrorReason::TextEmpty),
        (String::new(), ErrorReason::TextEmpty),
    ];
    let optional = ["StartInterviewRequest.reason", "ConfirmInterviewRequest.defence_note"];
    let may_be_missing = optional.iter().any(|name| field.full_name().ends_with(name));
    bad.into_iter()
        .filter(|(text, _)| !(may_be_missing && text.is_empty()))
        .map(|(text, reason)| (Value::String(text), Some(reason)))
        .collect()
}

fn is_private(field: &FieldDescriptor) -> bool {
    field.options().get_field_by_name("debug_redact").is_some_and(|value| value.as_bool() == Some(true))
}
