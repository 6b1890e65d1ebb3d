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

use super::{Fill as _, posts};
use crate::{
    args::{AuditCommand, Output},
    clock,
    errors::{self, Asked, Exit, Failure},
    output::{Screen, note},
    profile::{self, Profile},
    rpc::{Call as _, EXPORT},
    session::Session,
    text::Words,
    times,
};

/// A stream that sends nothing for this long has died.
const SILENCE: Duration = Duration::from_secs(60);

/// Does it.
pub(super) async fn run(session: &mut Session, command: AuditCommand) -> Result<(), Failure> {
    let parent = session.house().to_owned();
    match command {
        AuditCommand::Records { case, person, kind, pages } => {
            let case = session.full_or_empty(case.as_ref());
            let person = match &person {
                Some(who) => posts::person(session, who).await?,
                None => String::new(),
            };
            session.show_pages(ListRecordsRequest { parent, case, person, kind, ..ListRecordsRequest::default() }, &pages).await
        }
        AuditCommand::Sample { size, from, until, seed } => {
            let from = from.map(|from| session.instant(from.0)).transpose()?;
            // Said always: without it, a later draw would be from more records.
            let until = until.map_or(Ok(clock::now()), |until| session.instant(until.0))?;
            let (from_at, until_at) = (from.map(times::proto), Some(times::proto(until)));
            let request = DrawSampleRequest { parent, size: i32::try_from(size).unwrap_or_default(), from: from_at, until: until_at, seed };
            let answer = session.call(request).await?;
            session.screen.answer(DrawSampleRequest::RPC, &answer)?;
            if session.screen.output != Output::Table {
                return Ok(());
            }
            let from = from.map(|from| format!(" --from {from}")).unwrap_or_default();
            let command = format!("barnahus audit sample --size {size}{from} --until {until} --seed {}", answer.seed);
            session.screen.print(&session.screen.words.tell("say-redraw", &[("command", &command)]))
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
    profile: Option<Result<Profile, Failure>>,
    screen: &Screen,
) -> Result<(), Failure> {
    let trust = match trust {
        Some(path) => Some(profile::read_trust(path)?),
        None => profile.transpose()?.map(|profile| profile.trust()).transpose()?,
    };
    let report = verified(export, trust.as_ref(), screen.words)?;
    show(&report, screen)?;
    if report.trusted { Ok(()) } else { Err(Failure::new(Exit::Refused, "fail-untrusted")) }
}

fn verified(export: &Path, trust: Option<&Trust>, words: Words) -> Result<Report, Failure> {
    // A log that was exported has its tiles, whole or cut off.
    if !export.join("tile").is_dir() && !export.join("checkpoint").exists() {
        return Err(Failure::new(Exit::Usage, "fail-no-export").with("path", export.display()));
    }
    let bar = progress(words, "say-verifying");
    let report = verify_export(export, trust, &mut |done, all| {
        bar.set_length(all);
        bar.set_position(done);
    });
    bar.finish_and_clear();
    report.map_err(|fault| errors::fault::export(&fault))
}

fn show(report: &Report, screen: &Screen) -> Result<(), Failure> {
    if screen.output != Output::Table {
        let json = serde_json::json!({
            "trusted": report.trusted, "origin": report.origin.as_str(), "size": report.size, "root": report.root.to_string(),
            "held": report.held, "withheld": report.withheld, "checkpoints": report.checkpoints, "witnesses": report.witnesses,
        });
        return screen.print(&json.to_string());
    }
    let witnesses = if report.witnesses.is_empty() { screen.words.say("say-none") } else { report.witnesses.join(", ") };
    screen.print(&screen.words.tell(
        if report.trusted { "say-verified" } else { "say-untrusted" },
        &[
            ("origin", &report.origin),
            ("size", &report.size),
            ("held", &report.held),
            ("withheld", &report.withheld),
            ("checkpoints", &report.checkpoints),
            ("witnesses", &witnesses),
            ("root", &report.root),
        ],
    ))
}

async fn export(session: &mut Session, parent: String, folder: PathBuf) -> Result<(), Failure> {
    let asked = Asked { rpc: EXPORT, ..Asked::default() };
    let line = session.line(&asked).await?;
    let written = |error: WriteError| errors::fault::write(&error);
    let mut writer = Writer::create(&folder).map_err(written)?;
    let bar = progress(session.screen.words, "say-exporting");
    let opened = line.stream::<_, ExportRecordsResponse>(EXPORT, ExportRecordsRequest { parent }).await;
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
        // What the log came to hold after it was exported is no contradiction.
        let (newer, held): (Vec<_>, Vec<_>) = kept.iter().partition(|kept| kept.checkpoint.size > report.size);
        let pairs = held.iter().map(|kept| (kept.leaf_hash, &kept.receipt));
        let checked = check_receipts(&report, Some(session.receipts.trust()), pairs).map_err(|fault| errors::fault::receipt(&fault))?;
        session.screen.print(&words.tell("say-receipts-fit", &[("count", &checked), ("size", &report.size)]))?;
        if !newer.is_empty() {
            session.screen.print(&words.tell("say-receipts-newer", &[("count", &newer.len())]))?;
        }
        return Ok(());
    }
    // Always at least the newest checkpoint of the last time, so that each time is bound to the one before.
    let mut earlier = session.receipts.unchecked(&kept)?;
    earlier.extend(session.receipts.newest()?);
    let mut size = 0;
    for earlier in earlier {
        let answer = session.call_unkept(GetCheckpointRequest { parent: parent.clone(), since_size: earlier.size }).await?;
        size = session.receipts.grown(&earlier, &answer)?.size;
        session.receipts.mark_checked(&earlier, &answer.checkpoint)?;
    }
    session.screen.print(&words.tell("say-receipts-fit", &[("count", &kept.len()), ("size", &size)]))
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

#[cfg(test)]
mod tests {
    use std::fs;

    use barnahus_audit::{Tree, consistency_proof, leaf_hash};
    use barnahus_proto::v1::{ExportedLeaf, GetCheckpointResponse};
    use jiff::tz::TimeZone;
    use prost::Message as _;

    use super::*;
    use crate::{
        door::{Canned, Fault, World},
        text::Lang,
    };

    const RECORDS: u64 = 300;

    fn record(word: &str, index: u64) -> Vec<u8> {
        format!("{word} {index}").into_bytes()
    }

    fn tree(word: &str, size: u64) -> Tree {
        let mut tree = Tree::new();
        (0..size).for_each(|index| {
            tree.append(leaf_hash(&record(word, index)));
        });
        tree
    }

    fn screen() -> Screen {
        Screen { output: Output::Json, words: Words { lang: Lang::En }, zone: TimeZone::UTC, terminal: false, verbose: false }
    }

    /// An export as the house sends it: every third record withheld.
    fn sent(world: &World) -> Vec<Vec<u8>> {
        let leaf = |index| {
            let bytes = record("honest", index);
            let form = if index % 3 == 0 { Form::LeafHash(leaf_hash(&bytes).as_bytes().to_vec()) } else { Form::Leaf(bytes) };
            ExportedLeaf { form: Some(form) }
        };
        let message = |leaves: std::ops::Range<u64>, checkpoints| ExportRecordsResponse {
            size: RECORDS,
            leaves: leaves.map(leaf).collect(),
            checkpoints,
        };
        let checkpoints = vec![world.note(&tree("honest", 7)), world.note(&tree("honest", RECORDS))];
        [message(0..200, Vec::new()), message(200..RECORDS, Vec::new()), message(0..0, checkpoints)]
            .iter()
            .map(|message| message.encode_to_vec())
            .collect()
    }

    #[tokio::test]
    async fn an_export_is_written_verified_and_held_against_receipts() {
        let world = World::new();
        let (port, door) = world.open(vec![Canned::Say(sent(&world))]).await;
        let mut session = world.session(&Fault::None, port, "audit export");
        let (folder, parent) = (world.folder().join("export"), session.house().to_owned());
        tokio::select! {
            written = export(&mut session, parent.clone(), folder.clone()) => written.unwrap(),
            () = door => unreachable!("it stays open"),
        };
        let trust = world.folder().join("trust");
        verify(&folder, Some(&trust), None, &screen()).unwrap();
        assert_eq!(verify(&folder, None, None, &screen()).unwrap_err().exit, Exit::Refused);
        verify(&folder, None, Some(Ok(session.profile.clone())), &screen()).unwrap();

        session.receipts.keep(Some(&world.receipt(&tree("honest", 9), &record("honest", 0)))).unwrap();
        receipts(&mut session, parent.clone(), Some(folder.clone())).await.unwrap();
        let forged = World::new();
        let mut forged = forged.session(&Fault::None, port, "audit receipts");
        forged.receipts.keep(Some(&world.receipt(&tree("forged", 9), &record("forged", 0)))).unwrap();
        let told = receipts(&mut forged, parent, Some(folder.clone())).await.unwrap_err().tell(Words { lang: Lang::En }, false);
        assert!(told.contains("record 0"), "{told}");

        // What came after the export is no contradiction.
        let late = World::new();
        let mut late = late.session(&Fault::None, port, "audit receipts");
        late.receipts.keep(Some(&world.receipt(&tree("honest", RECORDS + 9), &record("honest", 0)))).unwrap();
        receipts(&mut late, "houses/v".into(), Some(folder.clone())).await.unwrap();

        let stranger = barnahus_audit::Signer::from_seed("log.example/house", &[8; 32].into()).unwrap();
        let other = world.trust().to_string().lines().filter(|line| !line.starts_with("log ")).collect::<Vec<_>>().join("\n");
        fs::write(world.folder().join("other"), format!("{other}\nlog {}\n", stranger.verifier())).unwrap();
        let foreign = verify(&folder, Some(&world.folder().join("other")), None, &screen()).unwrap_err();
        let told = foreign.tell(Words { lang: Lang::En }, false);
        assert!(foreign.exit == Exit::Other && told.contains("signed by a key that this trust file does not name"), "{told}");
        for none in [folder.join("nowhere"), world.folder().to_owned()] {
            assert_eq!(verify(&none, Some(&trust), None, &screen()).unwrap_err().exit, Exit::Usage);
        }

        let tile = folder.join("tile/entries/000");
        let mut bytes = fs::read(&tile).unwrap();
        bytes[6] ^= 1;
        fs::write(&tile, bytes).unwrap();
        let broken = verify(&folder, Some(&trust), None, &screen()).unwrap_err();
        assert_eq!(broken.exit, Exit::Other);
        assert!(broken.tell(Words { lang: Lang::En }, false).contains("record 1 "), "{broken:?}");
    }

    #[tokio::test]
    async fn an_export_that_was_cut_off_is_none() {
        let world = World::new();
        let mut cut = sent(&world);
        cut.pop();
        let (port, door) = world.open(vec![Canned::Say(cut)]).await;
        let mut session = world.session(&Fault::None, port, "audit export");
        let (folder, parent) = (world.folder().join("export"), session.house().to_owned());
        let failed = tokio::select! {
            written = export(&mut session, parent, folder.clone()) => written.unwrap_err(),
            () = door => unreachable!("it stays open"),
        };
        assert_eq!(failed.exit, Exit::Other);
        assert!(verify(&folder, None, None, &screen()).is_err());
    }

    #[tokio::test]
    async fn receipts_are_held_against_the_house_once_and_a_rewritten_log_is_told() {
        let world = World::new();
        let answer = |word: &str, since: u64, size: u64| {
            let now = tree(word, size);
            let consistency_proof = consistency_proof(since, size, &now).unwrap().iter().map(|hash| hash.as_bytes().to_vec()).collect();
            let receipt = Some(world.receipt(&tree("honest", 9), &record("honest", 0)));
            Canned::Say(vec![GetCheckpointResponse { checkpoint: world.note(&now), consistency_proof, receipt }.encode_to_vec()])
        };
        let (port, door) = world.open(vec![answer("forged", 9, 20), answer("honest", 9, 20), answer("honest", 20, 25)]).await;
        let mut session = world.session(&Fault::None, port, "audit receipts");
        session.receipts.keep(Some(&world.receipt(&tree("honest", 9), &record("honest", 0)))).unwrap();
        let parent = session.house().to_owned();
        let checked = async {
            let told = receipts(&mut session, parent.clone(), None).await.unwrap_err().tell(Words { lang: Lang::En }, false);
            assert!(told.contains("THE LOG WAS REWRITTEN"), "{told}");
            for _ in 0..2 {
                receipts(&mut session, parent.clone(), None).await.unwrap();
            }
        };
        tokio::select! {
            () = checked => (),
            () = door => unreachable!("it stays open"),
        };
        // The second time only what came since is asked about, and the checkpoint of the first time.
        let since: Vec<_> = world.asked().iter().map(|asked| GetCheckpointRequest::decode(asked.as_slice()).unwrap().since_size).collect();
        assert_eq!(since, [9, 9, 20]);
    }
}
