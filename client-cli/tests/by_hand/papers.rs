//! What people take away on paper: the protocol, the child's page, the sheet for when machines fail; typed, and the files read.

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path};

use anyhow::{Result, ensure};
use serde_json::Value;

use crate::hand::{Hand, Said, at};

pub(crate) async fn are_written_and_never_over_each_other(hand: &Hand<'_>, interview: &str) -> Result<()> {
    let folder = tempfile::tempdir()?;
    for (language, ended) in [("sv", "barnet var trött"), ("en", "the child was tired")] {
        for format in ["text", "html"] {
            let path = folder.path().join(format!("protocol-{language}.{format}"));
            let path = path.display().to_string();
            let words = ["interview", "protocol", interview, "--format", format, "--to", &path];
            let page = written(&hand.reads("prosecutor-1", language, &words).await?, &path)?;
            ensure!(page.contains(interview) && page.contains(ended) && page.contains("0:48:00"), "{page}");
            ensure!(page.contains("Finns det syskon") && page.contains("investigator-1"), "{page}");
            ensure!(![" p-", ">p-", "(p-"].iter().any(|person| page.contains(person)), "no person is named: {page}");
        }
        let child = hand.reads("interviewer-1", language, &["interview", "listeners", interview, "--for-child"]).await?;
        ensure!(child.code == 0 && child.out.contains('•') && !child.out.contains("prosecutor"), "{child:?}");
        let sheet = hand.reads("coordinator-1", language, &["interview", "sheet", interview, "--slips", "2", "--format", "text"]).await?;
        ensure!(sheet.code == 0 && sheet.out.contains("welfare-kil-1") && !sheet.out.contains("Finns det"), "{sheet:?}");
    }
    replaced_only_by_force(hand, interview, folder.path()).await?;
    let json = hand.reads("prosecutor-1", "sv", &["interview", "protocol", interview, "--format", "json"]).await?;
    ensure!(at(&json.done()?, "/protocol/whole") == &Value::Bool(true), "{json:?}");
    let roster = hand.reads("prosecutor-1", "sv", &["interview", "listeners", interview]).await?;
    ensure!(roster.code == 0 && roster.out.contains("investigator-1"), "{roster:?}");
    Ok(())
}

async fn replaced_only_by_force(hand: &Hand<'_>, interview: &str, folder: &Path) -> Result<()> {
    let path = folder.join("sheet.html").display().to_string();
    let words = ["interview", "sheet", interview, "--to", &path];
    let page = written(&hand.reads("coordinator-1", "sv", &words).await?, &path)?;
    ensure!(page.starts_with("<!DOCTYPE html>") && page.matches("class=\"slip\"").count() == 8, "{page}");
    let refused = hand.reads("coordinator-1", "sv", &words).await?;
    ensure!(refused.code == 2 && refused.err.contains("--force"), "{refused:?}");
    let forced = ["interview", "sheet", interview, "--to", &path, "--slips", "1", "--force"];
    let page = written(&hand.reads("coordinator-1", "en", &forced).await?, &path)?;
    ensure!(page.contains("lang=\"en\"") && page.matches("class=\"slip\"").count() == 1, "{page}");
    Ok(())
}

fn written(said: &Said, path: &str) -> Result<String> {
    ensure!(said.code == 0 && said.out.is_empty() && said.err.contains(path), "{said:?}");
    ensure!(fs::metadata(path)?.permissions().mode() & 0o777 == 0o600, "only its owner reads `{path}`");
    Ok(fs::read_to_string(path)?)
}
