//! Answers as the contract's canonical JSON (proto3 JSON mapping), made from the contract's own descriptor.

use std::sync::LazyLock;

use barnahus_proto::{DESCRIPTOR, method};
use prost_reflect::{DescriptorPool, DynamicMessage};

use crate::errors::{Exit, Failure};

/// The contract, to look into.
pub(crate) fn contract() -> &'static DescriptorPool {
    static POOL: LazyLock<DescriptorPool> = LazyLock::new(|| DescriptorPool::decode(DESCRIPTOR).unwrap_or_default());
    &POOL
}

/// The whole answer as one document.
pub(crate) fn document(rpc: &str, message: &impl prost::Message) -> Result<String, Failure> {
    serde_json::to_string_pretty(&dynamic(rpc, message)?).map_err(|error| unprintable(rpc, &error))
}

/// The things of a list, one a line; anything else on one line.
pub(super) fn lines(rpc: &str, message: &impl prost::Message, items: Option<&str>) -> Result<String, Failure> {
    let message = dynamic(rpc, message)?;
    let print = |message: &DynamicMessage| serde_json::to_string(message).map_err(|error| unprintable(rpc, &error));
    let Some(items) = items else { return print(&message) };
    let list = message.get_field_by_name(items);
    let things = list.as_deref().and_then(prost_reflect::Value::as_list).unwrap_or_default();
    let lines: Vec<_> = things.iter().filter_map(prost_reflect::Value::as_message).map(print).collect::<Result<_, _>>()?;
    Ok(lines.join("\n"))
}

fn dynamic(rpc: &str, message: &impl prost::Message) -> Result<DynamicMessage, Failure> {
    let descriptor = method(rpc).and_then(|method| contract().get_message_by_name(method.response));
    let descriptor = descriptor.ok_or_else(|| unprintable(rpc, &"not in the contract"))?;
    DynamicMessage::decode(descriptor, message.encode_to_vec().as_slice()).map_err(|error| unprintable(rpc, &error))
}

fn unprintable(rpc: &str, error: &dyn std::fmt::Display) -> Failure {
    Failure::new(Exit::Other, "fail-unprintable").with("rpc", rpc).technical(error)
}

#[cfg(test)]
mod tests {
    use barnahus_proto::v1::{Case, GetCaseResponse, ListCasesResponse, Part, Receipt};

    use super::*;

    fn case(alias: &str) -> Case {
        Case { name: format!("houses/v/cases/{alias}"), caller_part: Part::Team.into(), embargo: true, ..Case::default() }
    }

    #[test]
    fn json_is_the_contracts_own() {
        let answer = GetCaseResponse {
            case: Some(case("A")),
            receipt: Some(Receipt { index: 7, leaf_hash: vec![1, 2].into(), ..Receipt::default() }),
        };
        let document: serde_json::Value = serde_json::from_str(&document("GetCase", &answer).unwrap()).unwrap();
        let expected = serde_json::json!({
            "case": { "name": "houses/v/cases/A", "callerPart": "PART_TEAM", "embargo": true },
            "receipt": { "index": "7", "leafHash": "AQI=" },
        });
        assert_eq!(document, expected);
    }

    #[test]
    fn ndjson_has_one_thing_a_line() {
        let answer = ListCasesResponse { cases: vec![case("A"), case("B")], next_page_token: "more".into(), receipt: None };
        let lines = lines("ListCases", &answer, Some("cases")).unwrap();
        let names: Vec<_> = lines.lines().map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["name"].clone()).collect();
        assert_eq!(names, ["houses/v/cases/A", "houses/v/cases/B"]);
        assert_eq!(super::lines("ListCases", &ListCasesResponse::default(), Some("cases")).unwrap(), "");
    }
}
