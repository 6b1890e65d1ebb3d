//! What is not the house that was served is not served.

use std::{fs, path::Path};

use anyhow::{Context as _, Result, bail, ensure};
use barnahus_audit::export::Fault;
use barnahus_server::{clock::Clock, init};
use barnahus_store::Location;
use barnahus_tests::harness::{HOUSE, Log};
use sqlx::{ConnectOptions as _, Connection as _, sqlite::SqliteConnectOptions};

use crate::{
    callers::{export, lone},
    load::Load,
    place::{AUDITORS, Engine, LEADER, Place},
    process::Server,
    proof::{listed, lists_all, write},
};

/// A house that was at work: some questions were asked, and its server was killed.
async fn worked(place: &Place, questions: u32) -> Result<()> {
    let mut load = Load::start(place)?;
    let server = Server::start(&place.dir()).await?;
    load.serve(&server);
    for goal in (0..=questions).step_by(50).chain([questions]) {
        load.until("questions are acknowledged", |progress| progress.answered >= goal).await?;
    }
    load.rest().await?;
    load.stop().await?;
    server.kill()
}

/// The house is not served, and the refusal says all of this.
async fn refused(place: &Place, says: &[&str]) -> Result<()> {
    let said = match Server::start(&place.dir()).await {
        Ok(_) => anyhow::bail!("it is served, where a refusal was due that says {says:?}"),
        Err(refusal) => format!("{refusal:#}"),
    };
    for text in says {
        ensure!(said.contains(text), "the refusal does not say `{text}`: {said}");
    }
    Ok(())
}

/// The house is served.
async fn served(place: &Place) -> Result<()> {
    Server::start(&place.dir()).await?.kill()
}

pub(crate) async fn a_restored_backup_is_refused_with_both_sizes(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let (database, backup) = (place.file("house.db"), place.beside().join("backup.db"));
    fs::copy(&database, &backup)?;
    let before = place.log().await?.records.len();
    worked(&place, 20).await?;
    let after = place.log().await?.records.len();
    put_back(&backup, &database)?;
    let sizes = format!("holds {before} records and `{}` has seen {after}: a backup was restored", place.checkpoint().display());
    refused(&place, &[&sizes, "tell the auditors"]).await?;
    refused(&place, &[&sizes]).await?;
    ensure!(place.log().await?.records.len() == before, "a refused start wrote records");

    // What the refusal says to do, for whoever has no newer backup.
    fs::rename(place.checkpoint(), place.beside().join("kept"))?;
    served(&place).await
}

/// A database file in the place of another, without its write-ahead log.
fn put_back(backup: &Path, database: &Path) -> Result<()> {
    fs::copy(backup, database)?;
    remove_sides(database)
}

fn remove_sides(database: &Path) -> Result<()> {
    for side in ["db-wal", "db-shm"] {
        let side = database.with_extension(side);
        if side.exists() {
            fs::remove_file(side)?;
        }
    }
    Ok(())
}

pub(crate) async fn a_damaged_or_foreign_checkpoint_is_refused(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let checkpoint = place.checkpoint();
    let whole = fs::read(&checkpoint)?;
    let foreign = Place::live(Engine::Sqlite).await?;
    let damaged = [
        Vec::new(),
        whole.get(..whole.len() / 2).unwrap_or_default().to_vec(),
        whole.get(..whole.len() - 1).unwrap_or_default().to_vec(),
        fs::read(foreign.checkpoint())?,
        String::from_utf8(whole.clone())?.replacen('\n', "/other\n", 1).into_bytes(),
    ];
    for bytes in damaged {
        fs::write(&checkpoint, bytes)?;
        refused(&place, &["is no checkpoint of this log", "put back the file that belongs to this database"]).await?;
    }
    fs::write(&checkpoint, [0xff, 0xfe])?;
    refused(&place, &[&checkpoint.display().to_string()]).await?;
    fs::write(&checkpoint, whole)?;
    served(&place).await
}

pub(crate) async fn a_checkpoint_that_lags_behind_or_is_half_written_does_not_keep_the_house_from_starting(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let older = fs::read(place.checkpoint())?;
    worked(&place, 250).await?;
    ensure!(place.log().await?.records.len() > 256, "too few records to fill a tile in between");
    fs::write(place.checkpoint(), &older)?;
    fs::write(place.checkpoint().with_extension("next"), older.get(..10).unwrap_or_default())?;
    served(&place).await?;
    place.holds_what_its_checkpoint_says().await?;
    ensure!(fs::read(place.checkpoint())? != older, "the start did not bring the checkpoint up to date");
    Ok(())
}

pub(crate) async fn a_missing_or_older_key_store_is_refused(engine: Engine) -> Result<()> {
    let says = ["is not in the key store: restore the key store that belongs to this database"];
    let on_sqlite = matches!(engine, Engine::Sqlite);
    let place = Place::live(engine).await?;
    let older = place.beside().join("keys.db");
    if on_sqlite {
        fs::copy(place.file("keys.db"), &older)?;
    }
    worked(&place, 20).await?;
    if on_sqlite {
        let (keys, whole) = (place.file("keys.db"), place.beside().join("whole.db"));
        at_rest(&keys).await?;
        fs::rename(&keys, &whole)?;
        refused(&place, &says).await?;
        refused(&place, &says).await?;
        put_back(&older, &keys)?;
        refused(&place, &says).await?;
        put_back(&whole, &keys)?;
    } else {
        let settings = fs::read_to_string(place.file("server.toml"))?;
        let log = settings.lines().find_map(|line| line.strip_prefix("log = ")).context("no log in the settings")?;
        let line = |line: &str| if line.starts_with("keys = ") { format!("keys = {}\n", other(log)) } else { format!("{line}\n") };
        fs::write(place.file("server.toml"), settings.lines().map(line).collect::<String>())?;
        refused(&place, &says).await?;
        fs::write(place.file("server.toml"), settings)?;
    }
    served(&place).await
}

/// The same database by another address, since one address for both is refused by its own rule.
fn other(address: &str) -> String {
    address.replacen("postgres://", "postgresql://", 1)
}

pub(crate) async fn another_house_key_is_refused(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let path = place.file("secret/house.key");
    let key = fs::read(&path)?;
    let foreign = Place::live(Engine::Sqlite).await?;
    // Written in place, so that its rights stay.
    fs::write(&path, fs::read(foreign.file("secret/house.key"))?)?;
    refused(&place, &["does not open with this house key", "put back the `secret/house.key` of this house"]).await?;
    fs::write(&path, &key)?;
    fs::rename(&path, path.with_extension("away"))?;
    refused(&place, &["secret/house.key"]).await?;
    fs::rename(path.with_extension("away"), &path)?;
    served(&place).await
}

pub(crate) async fn an_edited_record_is_refused_at_start_and_found_by_verification(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    worked(&place, 250).await?;
    let (database, log) = (place.file("house.db"), place.log().await?);
    at_rest(&database).await?;
    let whole = fs::read(&database)?;
    // One in a tile that is full, one at the tree's edge.
    let somebodys = |index: &usize| log.records.get(*index).is_some_and(|record| !record.session.is_empty() && record.showings.is_empty());
    let full = (20..256).find(somebodys).context("no record in the first tile")?;
    let edge = (256..log.records.len()).rfind(somebodys).context("no record at the edge")?;
    for index in [full, edge] {
        let (record, leaf) = (log.records.get(index).context("no record")?, log.leaves.get(index).context("no leaf")?);
        let mut others = log.records.iter().map(|other| &other.session);
        let session = others.find(|other| other.len() == record.session.len() && **other != record.session);
        // It stays readable and as long as it was, and tells of another session.
        let edited = replace(leaf, record.session.as_bytes(), session.context("no other session")?.as_bytes())?;
        fs::write(&database, replace(&whole, leaf, &edited)?)?;
        let size = log.records.len();
        refused(&place, &[&format!("the first {size} records are not those that"), "the database was changed", "tell the auditors"])
            .await?;

        // Whoever moves the file away gets the house served, and is found by everyone who holds a trust file.
        fs::rename(place.checkpoint(), place.beside().join("kept"))?;
        let server = Server::start(&place.dir()).await?;
        let folder = place.beside().join(format!("edited-{index}"));
        let fault = write(&folder, &export(&mut lone(&place, AUDITORS[0], &server)?, &place.name()).await?, &place);
        server.kill()?;
        let fault = fault.err().context("an edited record verifies")?;
        match fault.downcast_ref() {
            Some(Fault::Recomputed { after, until }) if (*after..*until).contains(&(index as u64)) => {}
            _ => bail!("record {index} was edited, and verification says: {fault:#}"),
        }
        fs::rename(place.beside().join("kept"), place.checkpoint())?;
        remove_sides(&database)?;
    }
    fs::write(&database, whole)?;
    served(&place).await
}

pub(crate) async fn an_edited_record_that_cannot_be_read_is_named(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let (database, log) = (place.file("house.db"), place.log().await?);
    let whole = fs::read(&database)?;
    let index = log.records.len() / 2;
    let (record, leaf) = (log.records.get(index).context("no record")?, log.leaves.get(index).context("no leaf")?);
    let damaged = [
        // A kind that nobody knows, another place in the log, and no message at all.
        (replace(leaf, record.kind.as_bytes(), record.kind.to_uppercase().as_bytes())?, format!("record {index} is not readable")),
        (vec![0xff; leaf.len()], format!("record {index} is not readable")),
    ];
    for (edited, says) in damaged {
        fs::write(&database, replace(&whole, leaf, &edited)?)?;
        refused(&place, &[&says]).await?;
        remove_sides(&database)?;
    }
    fs::write(&database, whole)?;
    served(&place).await
}

/// The bytes with one part replaced by another of the same length, wherever it stands.
fn replace(bytes: &[u8], part: &[u8], by: &[u8]) -> Result<Vec<u8>> {
    ensure!(part.len() == by.len() && part != by, "the edit does not fit");
    let places: Vec<usize> = bytes.windows(part.len()).enumerate().filter(|(_, window)| *window == part).map(|(place, _)| place).collect();
    ensure!(!places.is_empty(), "what is to be edited is not there");
    let mut edited = bytes.to_vec();
    for place in places {
        edited.splice(place..place + part.len(), by.iter().copied());
    }
    Ok(edited)
}

/// Moves everything from the write-ahead log that a killed server left to the database file.
async fn at_rest(database: &Path) -> Result<()> {
    let mut connection = SqliteConnectOptions::new().filename(database).connect().await?;
    sqlx::query("PRAGMA wal_checkpoint(TRUNCATE)").execute(&mut connection).await?;
    connection.close().await?;
    remove_sides(database)
}

pub(crate) async fn a_server_starts_while_another_one_writes(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let mut load = Load::start(&place)?;
    let server = Server::start(&place.dir()).await?;
    load.serve(&server);
    // A machine of its own has a folder of its own.
    let elsewhere = place.beside().join("elsewhere");
    copy_folder(&place.dir(), &elsewhere)?;
    for _ in 0..5 {
        let goal = load.answered() + 10;
        load.until("questions are acknowledged", |progress| progress.answered >= goal).await?;
        Server::start(&elsewhere).await?.kill()?;
    }
    load.rest().await?;
    let all = listed(&place, &mut lone(&place, LEADER, &server)?).await?;
    let kept = load.stop().await?;
    lists_all(&kept, &all)?;
    server.kill()?;
    kept.stands_in(&place.log().await?)
}

pub(crate) fn copy_folder(from: &Path, to: &Path) -> Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        let target = to.join(entry.file_name());
        if entry.file_type()?.is_dir() { copy_folder(&entry.path(), &target)? } else { fs::copy(entry.path(), target).map(drop)? }
    }
    Ok(())
}

pub(crate) async fn a_second_server_on_the_same_house_is_refused(engine: Engine) -> Result<()> {
    let place = Place::live(engine).await?;
    let first = Server::start(&place.dir()).await?;
    refused(&place, &["is in use by another process: stop that one first"]).await?;
    listed(&place, &mut lone(&place, LEADER, &first)?).await?;
    first.kill()?;
    served(&place).await
}

pub(crate) async fn a_server_that_is_killed_while_it_founds_its_house_founds_it_the_next_time(_: Engine) -> Result<()> {
    for file in ["house.db", "house.db-wal", "keys.db", "keys.db-wal", "policies", "checkpoint"] {
        let folder = tempfile::tempdir()?;
        let dir = folder.path().join("house");
        init::found(&dir, HOUSE, None, Clock::machine().now())?;
        Server::cut_off(&dir, &dir.join(file))?;
        let again = Server::start(&dir).await.with_context(|| format!("killed when `{file}` was made"))?;
        again.kill()?;
        let log = Log::read(&Location::Sqlite(dir.join("house.db"))).await?;
        let kinds: Vec<&str> = log.records.iter().map(|record| record.kind.as_str()).collect();
        let [founded, enrolled, started @ ..] = kinds.as_slice() else { bail!("`{file}`: {kinds:?}") };
        let whole = (*founded, *enrolled) == ("house.founded", "administration.enrolled");
        ensure!(whole && (1..=2).contains(&started.len()) && started.iter().all(|kind| *kind == "house.started"), "`{file}`: {kinds:?}");
    }
    Ok(())
}
