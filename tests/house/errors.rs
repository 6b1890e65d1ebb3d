//! The error table: which gRPC code each reason comes with, reviewed as a snapshot; and no reason that nobody gives.

use std::{collections::BTreeSet, fmt::Write as _, fs, path::Path};

use anyhow::{Context as _, Result, ensure};
use barnahus_proto::{ERROR_DOMAIN, v1::ErrorReason};
use barnahus_server::api::status::{name, status};
use barnahus_tests::harness::Refused;
use tonic::Code;

use crate::evidence::pool;

fn reasons() -> Result<Vec<ErrorReason>> {
    let numbers = pool()?.get_enum_by_name("barnahus.v1.ErrorReason").context("no reasons")?;
    let reasons = numbers.values().map(|value| ErrorReason::try_from(value.number()).map_err(anyhow::Error::from));
    reasons.filter(|reason| !matches!(reason, Ok(ErrorReason::Unspecified))).collect()
}

#[test]
fn each_reason_comes_with_one_code() -> Result<()> {
    let mut table = String::new();
    for reason in reasons()? {
        let status = status(reason, "what to do", Some(7));
        let told = Refused::from(status);
        ensure!(told.known() == Some(reason) && told.record == Some(7), "{told}");
        let details = [(told.retry.is_some(), "RetryInfo"), (told.code == Code::FailedPrecondition, "PreconditionFailure")];
        let details: Vec<_> = details.into_iter().filter_map(|(there, name)| there.then_some(name)).collect();
        writeln!(table, "{:<34} {:<20} {}", name(reason), format!("{:?}", told.code), details.join(" "))?;
    }
    insta::assert_snapshot!("error_table", table.lines().map(str::trim_end).collect::<Vec<_>>().join("\n"));
    Ok(())
}

#[test]
fn every_error_is_of_the_contracts_domain_and_says_no_more_than_its_reason() -> Result<()> {
    use tonic_types::StatusExt as _;
    for reason in reasons()? {
        let info = status(reason, "what to do", None).get_details_error_info().context("no ErrorInfo")?;
        ensure!(info.domain == ERROR_DOMAIN && info.metadata.is_empty() && info.reason == name(reason), "{info:?}");
    }
    Ok(())
}

#[test]
fn no_reason_of_the_contract_is_given_by_nobody() -> Result<()> {
    let server = Path::new(env!("CARGO_MANIFEST_DIR")).join("../server/src");
    let mut source = String::new();
    for folder in ["api", "clerk"] {
        for entry in fs::read_dir(server.join(folder))? {
            source.push_str(&fs::read_to_string(entry?.path())?);
        }
    }
    // The table of codes names every reason; what counts is who else does.
    let (before, table) = source.split_once("fn code(").context("no table of codes")?;
    let (_, after) = table.split_once("\n}\n").context("a table without an end")?;
    let words: BTreeSet<&str> =
        [before, after].iter().flat_map(|text| text.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '_')).collect();
    let given = |reason: &ErrorReason| words.contains(format!("{reason:?}").as_str()) || words.contains(name(*reason));
    let dead: Vec<_> = reasons()?.into_iter().filter(|reason| !given(reason)).map(name).collect();
    ensure!(dead.is_empty(), "nobody gives {dead:?}");
    Ok(())
}
