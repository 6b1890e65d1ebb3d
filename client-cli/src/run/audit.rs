//! `barnahus audit`: reading the log, taking it away, and checking it without trusting anybody who has it.

use std::{
    path::{Path, PathBuf},
    time::Duration,
};

use barnahus_audit::{
    Hash, Trust,
    export::{Leaf, Report, WriteError, Writer, check_receipts, verify as verify_export},
};
use barnahus_proto::v1::{
    DrawSampleRequest, ExportRecordsRequest, ExportRecordsResponse, GetCheckpointRequest, ListRecordsRequest, exported_leaf::Form,
};
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};

use super::Fill as _;
use crate::{
    args::{AuditCommand, Output},
    errors::{self, Asked, Exit, Failure},
    output::{Screen, note},
    profile::{self, Profile},
    rpc::{Call as _, EXPORT},
    session::Session,
    text::Words,
};

/// A stream that sends nothing for this long has died.
const SILENCE: Duration = Duration::from_secs(60);

/// Does it.
pub(super) async fn run(session: &mut Session, command: AuditCommand) -> Result<(), Failure> {
    let parent = session.house().to_owned();
    match command {
        AuditCommand::Records { case, person, kind, pages } => {
            let (case, person) = (session.full_or_empty(case.as_ref()), session.full_or_empty(person.as_ref()));
            session.show_pages(ListRecordsRequest { parent, case, person, kind, ..ListRecordsRequest::default() }, &pages).await
        }
        AuditCommand::Sample { size, from, until, seed } => {
            let from = from.map(|from| session.time(from)).transpose()?.flatten();
            let until = until.map(|until| session.time(until)).transpose()?.flatten();
            session.show(DrawSampleRequest { parent, size, from, until, seed }).await
        }
        AuditCommand::Export { folder } => export(session, parent, folder).await,
        AuditCommand::Checkpoint { since } => checkpoint(session, parent, since).await,
        AuditCommand::Receipts { against } => receipts(session, parent, against).await,
        AuditCommand::Verify { .. } => Ok(()),
    }
}

/// Verifies an export offline. Whom to trust comes from a file that was given, or from the profile, never from the export.
pub(super) fn verify(
    export: &Path,
    trust: Option<&Path>,
    profile: impl Fn() -> Result<Profile, Failure>,
    screen: &Screen,
) -> Result<(), Failure> {
    let trust = match trust {
        Some(path) => Some(profile::read_trust(path)?),
        None => profile().ok().map(|profile| profile.trust()).transpose()?,
    };
    let report = verified(export, trust.as_ref(), screen.words)?;
    show(&report, screen)?;
    if report.trusted { Ok(()) } else { Err(Failure::new(Exit::Refused, "fail-untrusted")) }
}

fn verified(export: &Path, trust: Option<&Trust>, words: Words) -> Result<Report, Failure> {
    let bar = progress(words, "say-verifying");
    let report = verify_export(export, trust, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    report.map_err(|fault| Failure::new(Exit::Other, "fail-export").with("path", export.display()).with("fault", fault))
}

fn show(report: &Report, screen: &Screen) -> Result<(), Failure> {
    if screen.output != Output::Table {
        let json = serde_json::json!({
            "trusted": report.trusted, "origin": report.origin.as_str(), "size": report.size, "root": report.root.to_string(),
            "held": report.held, "withheld": report.withheld, "checkpoints": report.checkpoints, "witnesses": report.witnesses,
        });
        return screen.print(&json.to_string());
    }
    screen.print(&screen.words.tell(
        if report.trusted { "say-verified" } else { "say-untrusted" },
        &[
            ("origin", &report.origin),
            ("size", &report.size),
            ("held", &report.held),
            ("withheld", &report.withheld),
            ("checkpoints", &report.checkpoints),
            ("witnesses", &report.witnesses.join(", ")),
            ("root", &report.root),
        ],
    ))
}

async fn export(session: &mut Session, parent: String, folder: PathBuf) -> Result<(), Failure> {
    let asked = Asked { rpc: EXPORT, ..Asked::default() };
    session.connect(&asked).await?;
    let written = |error: WriteError| Failure::new(Exit::Other, "fail-export-write").with("error", error);
    let mut writer = Writer::create(&folder).map_err(written)?;
    let bar = progress(session.screen.words, "say-exporting");
    let opened = session.stream::<_, ExportRecordsResponse>(EXPORT, ExportRecordsRequest { parent }).await;
    let mut stream = opened.map_err(|status| errors::refused(&status, &asked))?;
    loop {
        let next = tokio::time::timeout(SILENCE, stream.message()).await.map_err(|_| errors::transport::Trouble::Lost.failure())?;
        let Some(message) = next.map_err(|status| errors::refused(&status, &asked))? else { break };
        bar.set_length(message.size);
        for leaf in &message.leaves {
            let leaf = match &leaf.form {
                Some(Form::Leaf(bytes)) => Leaf::Held(bytes),
                Some(Form::LeafHash(hash)) => {
                    Leaf::Withheld(Hash::from_slice(hash).ok_or_else(|| Failure::new(Exit::Other, "fail-export-cut"))?)
                }
                None => return Err(Failure::new(Exit::Other, "fail-export-cut")),
            };
            bar.set_position(writer.leaf(leaf).map_err(written)? + 1);
        }
        message.checkpoints.iter().try_for_each(|note| writer.checkpoint(note)).map_err(written)?;
    }
    bar.finish_and_clear();
    let newest = writer.finish().map_err(written)?;
    note(&session.screen.words.tell("say-exported", &[("size", &newest.size), ("path", &folder.display())]));
    Ok(())
}

async fn checkpoint(session: &mut Session, parent: String, since: u64) -> Result<(), Failure> {
    let earlier = match since {
        0 => None,
        size => {
            let kept = session.receipts.kept()?.into_iter().find(|kept| kept.checkpoint.size == size);
            Some(kept.ok_or_else(|| Failure::new(Exit::Usage, "fail-no-such-checkpoint").with("size", size))?.checkpoint)
        }
    };
    let answer = session.call(GetCheckpointRequest { parent, since_size: since }).await?;
    match &earlier {
        None => session.receipts.checkpoint(&answer.checkpoint)?,
        Some(earlier) => session.receipts.grown(earlier, &answer)?,
    };
    session.screen.answer(GetCheckpointRequest::RPC, &answer)
}

async fn receipts(session: &mut Session, parent: String, against: Option<PathBuf>) -> Result<(), Failure> {
    let words = session.screen.words;
    let kept = session.receipts.kept()?;
    if let Some(export) = against {
        let report = verified(&export, Some(session.receipts.trust()), words)?;
        let pairs = kept.iter().map(|kept| (kept.leaf_hash, &kept.receipt));
        let checked = check_receipts(&report, Some(session.receipts.trust()), pairs)
            .map_err(|fault| Failure::new(Exit::Other, "fail-receipts").with("fault", fault))?;
        return session.screen.print(&words.tell("say-receipts-fit", &[("count", &checked), ("size", &report.size)]));
    }
    let mut newest = kept.iter().map(|kept| kept.checkpoint.size).max().unwrap_or_default();
    for earlier in session.receipts.unchecked(&kept)? {
        let answer = session.call(GetCheckpointRequest { parent: parent.clone(), since_size: earlier.size }).await?;
        newest = session.receipts.grown(&earlier, &answer)?.size;
        session.receipts.mark_checked(&earlier)?;
    }
    session.screen.print(&words.tell("say-receipts-fit", &[("count", &kept.len()), ("size", &newest)]))
}

/// A bar on standard error, if that is a terminal.
fn progress(words: Words, key: &str) -> ProgressBar {
    let bar = ProgressBar::with_draw_target(Some(0), ProgressDrawTarget::stderr());
    let style =
        ProgressStyle::with_template("{msg} {bar:40} {human_pos}/{human_len} {eta}").unwrap_or_else(|_| ProgressStyle::default_bar());
    bar.set_style(style);
    bar.set_message(words.say(key));
    bar
}
