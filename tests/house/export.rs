//! An authority's export: it verifies although most leaves are withheld, and not if anything in it was changed. And a backup that was put
//! back is noticed.

use std::{
    fs,
    path::{Path, PathBuf},
};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_audit::{
    Hash, Trust,
    export::{Leaf, Report, Writer, verify},
    leaf_hash,
};
use barnahus_proto::v1::{self, ExportRecordsRequest, GetSelfRequest, audit_service_client::AuditServiceClient, exported_leaf::Form};
use barnahus_tests::harness::{
    Harness, Refused, client,
    day::{Case, Plan, Point},
    request_id,
};
use prost::Message as _;

/// Exports the log as this auditor may see it, into a new folder beside the house.
pub(crate) async fn folder(house: &Harness, auditor: &str, name: &str) -> Result<PathBuf> {
    let (leaves, checkpoints) = leaves(house, auditor).await?;
    let folder = house.beside().join(name);
    let mut writer = Writer::create(&folder)?;
    for leaf in leaves {
        match leaf {
            Form::Leaf(bytes) => writer.leaf(Leaf::Held(&bytes))?,
            Form::LeafHash(hash) => writer.leaf(Leaf::Withheld(Hash::from_slice(&hash).context("a hash")?))?,
        };
    }
    for note in &checkpoints {
        writer.checkpoint(note)?;
    }
    writer.finish()?;
    Ok(folder)
}

/// The leaves and checkpoints of an export, as they come.
async fn leaves(house: &Harness, auditor: &str) -> Result<(Vec<Form>, Vec<String>)> {
    let client = house.client(auditor).await?;
    let mut stream =
        client.audit().export_records(ExportRecordsRequest { parent: house.name() }).await.map_err(Refused::from)?.into_inner();
    let (mut leaves, mut checkpoints, mut size) = (Vec::new(), Vec::new(), 0);
    while let Some(message) = stream.message().await? {
        leaves.extend(message.leaves.into_iter().filter_map(|leaf| leaf.form));
        checkpoints.extend(message.checkpoints);
        size = message.size;
    }
    ensure!(leaves.len() as u64 == size, "{} leaves of {size}", leaves.len());
    Ok((leaves, checkpoints))
}

fn trusted(house: &Harness, folder: &Path) -> Result<Report> {
    let trust: Trust = house.founded().trust.parse()?;
    Ok(verify(folder, Some(&trust), &mut |_, _| {})?)
}

async fn two_cases(house: &Harness) -> Result<()> {
    Case::at(house, Point::Ended).await?;
    Case::of(house, Plan { protection: v1::Protection::FictitiousIdentity, ..Plan::other() }, Point::Confirmed).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_export_ends_when_its_auditor_is_revoked_a1() -> Result<()> {
    let house = Harness::start().await?;
    let auditor = house.client("auditor-police-1").await?;
    for _ in 0..1200 {
        auditor.call(GetSelfRequest {}).await?;
    }
    // Takes little at a time, so that not everything is under way before the revocation.
    let channel = client::endpoint(&house, Some(&auditor.papers))?.initial_stream_window_size(1024).connect().await?;
    let request = ExportRecordsRequest { parent: house.name() };
    let mut stream = AuditServiceClient::new(channel).export_records(request).await.map_err(Refused::from)?.into_inner();
    let first = stream.message().await?.context("nothing came")?;
    let reason = v1::RevocationReason::KeyCompromised.into();
    let revoke = v1::RevokePersonRequest { name: auditor.person.clone(), request_id: request_id(), reason };
    house.client("administrator-1").await?.call(revoke).await?;
    let mut leaves = first.leaves.len() as u64;
    let ended = loop {
        match stream.message().await {
            Ok(Some(more)) => leaves += more.leaves.len() as u64,
            Ok(None) => bail!("the export went on to its end"),
            Err(status) => break Refused::from(status),
        }
    };
    ensure!(ended.reason == "PERMISSION_DENIED" && leaves < first.size, "{leaves} of {} leaves, then {ended}", first.size);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn an_authoritys_export_verifies_and_holds_its_own_records_only_u4_u6() -> Result<()> {
    let house = Harness::start().await?;
    two_cases(&house).await?;
    for (auditor, authority) in [("auditor-police-1", "police"), ("auditor-karlstad-1", "Karlstad")] {
        let folder = folder(&house, auditor, auditor).await?;
        let report = trusted(&house, &folder)?;
        ensure!(report.size == house.size().await? as u64, "the export reaches up to its own record (U1)");
        ensure!(report.held > 0 && report.withheld > 0 && report.held + report.withheld == report.size, "{} held", report.held);
        let (leaves, _) = leaves(&house, auditor).await?;
        let log = house.log().await?;
        for (index, leaf) in leaves.iter().enumerate() {
            let kept = &log.leaves[index];
            let record = &log.records[index];
            let theirs = record.authority == authority || record.owner_authority == authority;
            match leaf {
                Form::Leaf(bytes) => ensure!(
                    bytes == kept && theirs && v1::Record::decode(bytes.as_slice())? == *record,
                    "{auditor} got record {index}: {record:?}"
                ),
                Form::LeafHash(hash) => {
                    ensure!(*hash == leaf_hash(kept).as_bytes() && !theirs, "{auditor} was not given record {index}: {record:?}")
                }
            }
        }
    }
    let untrusting = verify(&house.beside().join("auditor-police-1"), None, &mut |_, _| {})?;
    ensure!(untrusting.size > 0 && !format!("{untrusting:?}").is_empty());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whatever_byte_of_an_export_is_changed_it_no_longer_verifies_u4() -> Result<()> {
    let house = Harness::start().await?;
    two_cases(&house).await?;
    let folder = folder(&house, "auditor-police-1", "export").await?;
    trusted(&house, &folder)?;
    let mut changed = 0;
    for path in files(&folder)? {
        let good = fs::read(&path)?;
        for place in [0, good.len() / 3, good.len() / 2, good.len().saturating_sub(2)] {
            let mut bad = good.clone();
            let Some(byte) = bad.get_mut(place) else { continue };
            *byte ^= 0x01;
            fs::write(&path, &bad)?;
            ensure!(trusted(&house, &folder).is_err(), "byte {place} of `{}` was changed, and it verifies", path.display());
            changed += 1;
        }
        fs::write(&path, good.get(..good.len() - 1).unwrap_or_default())?;
        ensure!(trusted(&house, &folder).is_err(), "`{}` was cut short, and it verifies", path.display());
        fs::remove_file(&path)?;
        ensure!(trusted(&house, &folder).is_err(), "`{}` was taken out, and it verifies", path.display());
        fs::write(&path, &good)?;
        trusted(&house, &folder).context("it was put back")?;
    }
    ensure!(changed >= 8, "only {changed} bytes were changed");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn another_houses_trust_file_verifies_nothing_u4() -> Result<()> {
    let (house, other) = (Harness::start().await?, Harness::start().await?);
    let folder = folder(&house, "auditor-police-1", "export").await?;
    ensure!(trusted(&other, &folder).is_err());
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_was_edited_in_the_database_file_is_noticed_at_start_u4() -> Result<()> {
    let mut house = Harness::start().await?;
    Case::at(&house, Point::Booked).await?;
    house.stop().await;
    let log = house.log().await?;
    let path = house.dir().join("house.db");
    let good = fs::read(&path)?;
    // The first byte of a record's salt: it stays a record, and says the same as before.
    let index = log.len() / 2;
    let leaf = &log.leaves[index];
    let salt = leaf.windows(16).position(|window| window == log.records[index].salt).context("no salt in the leaf")?;
    let place = good.windows(leaf.len()).position(|window| window == leaf).context("no such leaf in the file")? + salt;
    let mut bad = good.clone();
    bad[place] ^= 0x01;
    fs::write(&path, &bad)?;
    let refused = house.restart().await.err().map(|error| format!("{error:#}")).context("an edited log is served")?;
    ensure!(refused.contains("the database was changed"), "{refused}");
    fs::write(&path, &good)?;
    house.restart().await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_backup_of_the_database_that_was_put_back_is_noticed_at_start() -> Result<()> {
    let mut house = Harness::start().await?;
    Case::at(&house, Point::Booked).await?;
    house.stop().await;
    let (database, backup) = (house.dir().join("house.db"), house.beside().join("backup.db"));
    fs::copy(&database, &backup)?;
    house.restart().await?;
    Case::of(&house, Plan::other(), Point::Requested).await?;
    house.stop().await;
    for path in files(&house.dir())?.into_iter().filter(|path| path.to_string_lossy().contains("house.db-")) {
        fs::remove_file(path)?;
    }
    let newest = house.beside().join("newest.db");
    fs::rename(&database, &newest)?;
    fs::copy(&backup, &database)?;
    let refused = match house.restart().await {
        Err(error) => format!("{error:#}"),
        Ok(()) => bail!("a house is served that has lost records"),
    };
    ensure!(refused.contains("a backup was restored") && refused.contains("are lost"), "{refused}");
    // Put back what was there, and it is served again.
    fs::copy(&newest, &database)?;
    house.restart().await?;
    house.client("coordinator-1").await?.call(v1::GetSelfRequest {}).await?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn whoever_has_seen_more_than_a_log_that_was_begun_anew_begins_anew_too_l12() -> Result<()> {
    let mut house = Harness::start().await?;
    let interview = Case::at(&house, Point::Live).await?.interview;
    house.stop().await;
    let (database, backup) = (house.dir().join("house.db"), house.beside().join("backup.db"));
    fs::copy(&database, &backup)?;
    house.restart().await?;
    let leader = house.client("prosecutor-1").await?;
    let watch = |token: String| v1::WatchListeningRoomRequest { name: interview.clone(), resume_token: token };
    leader.call(v1::GetSelfRequest {}).await?;
    let mut stream = leader.room().watch_listening_room(watch(String::new())).await?.into_inner();
    let token = stream.message().await?.context("no snapshot")?.resume_token;
    drop(stream);
    house.stop().await;
    // The operator puts the backup back, and begins anew as the refusal says.
    for path in files(&house.dir())?.into_iter().filter(|path| path.to_string_lossy().contains("house.db")) {
        fs::remove_file(path)?;
    }
    fs::copy(&backup, &database)?;
    fs::rename(house.dir().join("checkpoint"), house.beside().join("checkpoint"))?;
    house.restart().await?;
    let told = leader.room().watch_listening_room(watch(token)).await.map(drop).map_err(Refused::from);
    let told = barnahus_tests::harness::refused(told, v1::ErrorReason::TokenExpired)?;
    ensure!(told.code == tonic::Code::OutOfRange && told.fields == ["resume_token"] && told.record.is_some(), "{told}");
    leader.room().watch_listening_room(watch(String::new())).await.map_err(Refused::from)?;
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_outside_the_database_that_is_another_houses_is_noticed_at_start() -> Result<()> {
    let (mut house, other) = (Harness::start().await?, Harness::start().await?);
    house.stop().await;
    let mine = house.dir().join("checkpoint");
    ensure!(mine.exists(), "the newest checkpoint is kept outside the database, too");
    let good = fs::read(&mine)?;
    fs::copy(other.dir().join("checkpoint"), &mine)?;
    let refused = house.restart().await.err().map(|error| format!("{error:#}")).context("another house's checkpoint is taken")?;
    ensure!(refused.contains("is no checkpoint of this log"), "{refused}");
    fs::write(&mine, good)?;
    house.restart().await
}

fn files(folder: &Path) -> Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.is_dir() { found.extend(files(&path)?) } else { found.push(path) }
    }
    found.sort();
    Ok(found)
}
