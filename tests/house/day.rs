//! A whole day, point by point.

use anyhow::Result;
use barnahus_tests::harness::{
    Harness,
    day::{Case, Point},
};

#[tokio::test(flavor = "multi_thread")]
async fn a_case_comes_from_the_request_to_its_documentation() -> Result<()> {
    let house = Harness::start().await?;
    let case = Case::at(&house, Point::Documented).await?;
    let log = house.log().await?;
    assert!(log.len() > 40, "{}", log.len());
    assert_eq!(log.last().map(|record| record.kind.as_str()), Some("interview.documented"));
    drop(case);
    Ok(())
}
