//! Requests made from the contract: a field's own comment says which name it holds, its type says the rest. A new rpc is covered by itself.

use anyhow::{Context as _, Result, ensure};
use barnahus_domain::Time;
use barnahus_proto::Method;
use barnahus_tests::harness::{Harness, request_id, timestamp};
use prost_reflect::{DynamicMessage, FieldDescriptor, Kind, MessageDescriptor, Value};

use crate::evidence::pool;

/// The names that a request is filled with.
#[derive(Debug, Clone)]
pub(crate) struct Place {
    house: String,
    case: String,
    consultation: u32,
    interview: u32,
    question: u32,
    person: String,
}

/// One request, and what it is about: the first name in it, or the house.
#[derive(Debug, Clone)]
pub(crate) struct Form {
    pub(crate) message: DynamicMessage,
    pub(crate) target: String,
}

impl Place {
    /// The first of everything in this case.
    pub(crate) fn new(house: &Harness, case: &str, person: &str) -> Self {
        let last = |name: &str| name.rsplit('/').next().unwrap_or_default().to_owned();
        Self { house: last(&house.name()), case: last(case), consultation: 1, interview: 1, question: 1, person: last(person) }
    }

    /// Things of the same case that are not there.
    pub(crate) fn beyond(&self) -> Self {
        Self { consultation: 77, interview: 77, question: 77, ..self.clone() }
    }

    /// The same with another question.
    pub(crate) fn with_question(&self, question: u32) -> Self {
        Self { question, ..self.clone() }
    }

    fn fill(&self, pattern: &str) -> String {
        pattern
            .replace('…', "houses/{house}/cases/{case}/interviews/{interview}")
            .replace("{house}", &self.house)
            .replace("{case}", &self.case)
            .replace("{consultation}", &self.consultation.to_string())
            .replace("{interview}", &self.interview.to_string())
            .replace("{question}", &self.question.to_string())
            .replace("{person}", &self.person)
            .replace("{post}", "prosecutor-1")
            .replace("{authority}", "Kil")
            .replace("{room}", "interview-1")
    }
}

/// The requests of an rpc about this place: one for each form that its name may have.
pub(crate) fn forms(method: &Method, place: &Place, now: Time) -> Result<Vec<Form>> {
    let descriptor = pool()?.get_message_by_name(method.request).context("no such message")?;
    let variants = descriptor.fields().map(|field| patterns(&field).map(|found| found.len())).collect::<Result<Vec<_>>>()?;
    let variants = variants.into_iter().max().unwrap_or(0).max(1);
    (0..variants).map(|variant| form(&descriptor, place, variant, now)).collect()
}

fn form(descriptor: &MessageDescriptor, place: &Place, variant: usize, now: Time) -> Result<Form> {
    let message = fill(descriptor, place, variant, now)?;
    let name = |field: FieldDescriptor| match message.get_field(&field).as_ref() {
        Value::String(name) if name.starts_with("houses/") => Some(name.clone()),
        _ => None,
    };
    let target = descriptor.fields().find_map(name).unwrap_or_else(|| format!("houses/{}", place.house));
    Ok(Form { message, target })
}

fn fill(descriptor: &MessageDescriptor, place: &Place, variant: usize, now: Time) -> Result<DynamicMessage> {
    let mut message = DynamicMessage::new(descriptor.clone());
    for field in descriptor.fields() {
        let one = value(&field, place, variant, now)?;
        message.set_field(&field, if field.is_list() { Value::List(vec![one]) } else { one });
    }
    Ok(message)
}

fn value(field: &FieldDescriptor, place: &Place, variant: usize, now: Time) -> Result<Value> {
    Ok(match field.kind() {
        Kind::String => Value::String(text(field, place, variant)?),
        Kind::Bool => Value::Bool(true),
        Kind::Int32 => Value::I32(1),
        Kind::Uint32 => Value::U32(1),
        Kind::Uint64 => Value::U64(1),
        Kind::Enum(values) => Value::EnumNumber(values.values().map(|value| value.number()).find(|number| *number != 0).unwrap_or(0)),
        Kind::Message(message) if message.full_name() == "google.protobuf.Timestamp" => {
            let time = timestamp(now);
            let mut value = DynamicMessage::new(message);
            value.set_field_by_name("seconds", Value::I64(time.seconds));
            Value::Message(value)
        }
        Kind::Message(message) if message.full_name() == "google.protobuf.Duration" => {
            let mut value = DynamicMessage::new(message);
            value.set_field_by_name("seconds", Value::I64(30 * 60));
            Value::Message(value)
        }
        Kind::Message(message) => Value::Message(fill(&message, place, variant, now)?),
        other => anyhow::bail!("`{}` is of the kind {other:?}, which no request had: say here how it is filled", field.full_name()),
    })
}

fn text(field: &FieldDescriptor, place: &Place, variant: usize) -> Result<String> {
    if field.name() == "request_id" {
        return Ok(request_id());
    }
    if field.name() == "etag" || field.name() == "seed" || field.name().ends_with("_token") {
        return Ok(String::new());
    }
    let patterns = patterns(field)?;
    if let Some(pattern) = patterns.get(variant).or(patterns.last()) {
        return Ok(place.fill(pattern));
    }
    // An example of the comment's, else any word.
    let comment = comment(field)?;
    let example = comment.split_once("such as `").and_then(|(_, rest)| rest.split_once('`')).map(|(example, _)| example.to_owned());
    Ok(example.unwrap_or_else(|| "text".to_owned()))
}

fn comment(field: &FieldDescriptor) -> Result<String> {
    let file = field.parent_message().parent_file();
    let path = field.path();
    let infos = file.file_descriptor_proto().source_code_info.iter().flat_map(|info| &info.location);
    let comment = infos.into_iter().find(|location| location.path == path).map(|location| location.leading_comments().to_owned());
    comment.with_context(|| format!("`{}` has no comment", field.full_name()))
}

/// The forms of a name that a field's comment gives, between backticks.
pub(crate) fn patterns(field: &FieldDescriptor) -> Result<Vec<String>> {
    let comment = comment(field)?;
    let quoted = comment.split('`').skip(1).step_by(2).map(str::to_owned);
    let found: Vec<_> = quoted.filter(|quoted| quoted.starts_with("houses/{house}") || quoted.starts_with("…/")).collect();
    if field.name() == "name" || field.name() == "parent" {
        ensure!(!found.is_empty(), "the comment of `{}` does not say which name it holds", field.full_name());
    }
    Ok(found)
}
