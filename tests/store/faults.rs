//! What happens when something breaks: other processes, locks, servers, lost rows, dropped futures.

use std::ffi::OsString;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Command, ExitCode, Stdio};
use std::time::Duration;

use barnahus_store::{Error, Location, Store};

use crate::place::Place;
use crate::sample::{filled, group};

const HOLD: &str = "BARNAHUS_TEST_HOLD";

/// The house that this process was started to hold open, if it is the second process of a test.
#[expect(clippy::disallowed_methods, reason = "a second process is told by its environment, its arguments are the harness's")]
pub(crate) fn house_to_hold() -> Option<OsString> {
    std::env::var_os(HOLD)
}

/// Holds a house open until this process's input ends.
pub(crate) fn hold(path: &OsString) -> ExitCode {
    let runtime = tokio::runtime::Runtime::new().unwrap();
    let store = runtime.block_on(Store::open(&Location::Sqlite(path.into()))).unwrap();
    println!("open");
    std::io::stdin().read_to_end(&mut Vec::new()).unwrap();
    drop(store);
    ExitCode::SUCCESS
}

pub(crate) async fn a_second_process_cannot_open_the_house(place: Place) {
    let Location::Sqlite(path) = place.house() else { panic!("this is about SQLite") };
    let in_use = Some(Error::InUse(path.clone()));
    let mut other = start_holding(&path);
    assert_eq!(Store::open(&place.house()).await.err(), in_use);
    other.kill().unwrap();
    other.wait().unwrap();

    let store = filled(place.store().await, &[3]).await;
    assert_eq!(Store::open(&place.house()).await.err(), in_use, "nor a second store in one process");
    drop(store);
    assert_eq!(place.store().await.head().await, Ok(3));
}

fn start_holding(path: &Path) -> std::process::Child {
    let mut other = Command::new(std::env::current_exe().unwrap());
    let mut other = other.env(HOLD, path).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(other.stdout.take().unwrap()).read_line(&mut said).unwrap();
    assert_eq!(said, "open\n");
    other
}

pub(crate) async fn a_locked_file_is_busy_and_works_again_afterwards(place: Place) {
    let store = filled(place.store().await, &[3]).await;
    let mut shell = place.raw().await;
    shell.run("BEGIN IMMEDIATE").await.unwrap();
    assert_eq!(store.append(&group(3, 1)).await, Err(Error::Busy));
    assert_eq!(store.head().await, Ok(3), "readers do not wait");
    shell.run("ROLLBACK").await.unwrap();
    filled(store, &[1]).await;
}

pub(crate) async fn a_server_out_of_reach_is_busy(place: Place) {
    let nowhere = format!("postgres://postgres@localhost/test?host={}", place.folder.path().display());
    assert_eq!(Store::open(&Location::Postgres(nowhere)).await.err(), Some(Error::Busy));
    let nonsense = Location::Postgres("mysql:secret".to_owned());
    let refused = Store::open(&nonsense).await.err().unwrap();
    assert!(matches!(refused, Error::Schema(_)) && !refused.to_string().contains("secret"), "{refused}");
}

pub(crate) async fn a_connection_cut_during_the_append_leaves_the_outcome_unknown(place: Place) {
    let store = filled(place.store().await, &[3]).await;
    let mut operator = place.raw().await;
    operator.run("BEGIN; LOCK TABLE checkpoint IN ACCESS EXCLUSIVE MODE").await.unwrap();
    let cut = async {
        // The append now waits for the table; whoever waits for a lock is cut off.
        let terminate = "SELECT CAST(pg_terminate_backend(pid) AS TEXT) FROM pg_stat_activity
            WHERE datname = current_database() AND wait_event_type = 'Lock'";
        while operator.texts(terminate).await.is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let group = group(3, 70);
    let (outcome, ()) = tokio::join!(store.append(&group), cut);
    assert_eq!(outcome, Err(Error::OutcomeUnknown));
    operator.run("ROLLBACK").await.unwrap();
    assert_eq!(store.head().await, Ok(3));
    filled(store, &[70]).await;
}

pub(crate) async fn an_append_dropped_midway_is_kept_whole_or_not_at_all(place: Place) {
    let store = place.store().await;
    let mut head = 0;
    for microseconds in (0..4000).step_by(100) {
        let _ = tokio::time::timeout(Duration::from_micros(microseconds), store.append(&group(head, 70))).await;
        // The next append waits for whatever the dropped one left running; after it the outcome stands.
        let next = store.append(&group(head, 70)).await;
        let kept = store.load_since(head, 1000).await.unwrap().len() as u64;
        assert!(matches!(next, Ok(()) | Err(Error::HeadMoved)), "{microseconds}: {next:?}");
        assert_eq!(kept, 70, "{microseconds}: {next:?}");
        head += kept;
        assert_eq!(store.head().await, Ok(head));
    }
}

pub(crate) async fn a_missing_record_is_named_and_not_skipped(place: Place) {
    let store = filled(place.store().await, &[10]).await;
    let mut raw = place.raw().await;
    let trigger = if raw.is_sqlite() { "DROP TRIGGER record_delete" } else { "DROP TRIGGER record_change ON record" };
    raw.run(trigger).await.unwrap();
    raw.run("DELETE FROM record WHERE log_index = 4").await.unwrap();
    assert_eq!(store.load_since(0, 10).await, Err(Error::Missing(4)));
    assert_eq!(store.load_since(4, 10).await, Err(Error::Missing(4)));
    assert_eq!(store.load_since(5, 10).await.unwrap().len(), 5);
}
