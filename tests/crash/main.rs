//! The real server, killed and robbed. Each test is one function that runs on SQLite and on PostgreSQL; where PostgreSQL is not installed
//! its half is shown as ignored, and under `CI=true` it fails. Those on a small disk are shown as ignored where none can be mounted.
//!
//! What must hold (L12, U3, U4), whatever dies and whenever:
//!
//! 1. Nothing acknowledged is lost: its record stands where its receipt says.
//! 2. Nothing is done twice: a repeat of a request id gets the outcome that there was.
//! 3. Nothing unlogged was disclosed: whoever received a text is named for it in a record.
//! 4. The house after a start is what clients last saw.
//! 5. What is not the house that was served is not served, and the refusal says what to do.
//!
//! The server is a process of its own: this very program, started anew with a first argument that no person gives.

mod callers;
mod crowd;
mod disk;
mod heard;
mod kept;
mod kills;
mod line;
mod load;
mod outages;
mod place;
mod proof;
mod scale;
mod starts;

use std::{
    pin::Pin,
    process::ExitCode,
    sync::{Arc, OnceLock},
};

use anyhow::{Context as _, Result};
use barnahus_tests::{
    harness::apart as process,
    postgres::{self, Cluster},
};
use libtest_mimic::{Arguments, Failed, Trial};

use place::Engine;

type Test = fn(Engine) -> Pin<Box<dyn Future<Output = Result<()>>>>;

/// Names each function, and boxes its future so that all have one type.
macro_rules! tests {
    ($($module:ident::$name:ident),* $(,)?) => {
        &[$((stringify!($name), |engine| Box::pin($module::$name(engine)))),*]
    };
}

const ON_BOTH: &[(&str, Test)] = tests![
    kills::a_server_that_is_killed_again_and_again_loses_nothing_repeats_nothing_and_shows_nothing_unrecorded,
    starts::a_missing_or_older_key_store_is_refused,
    starts::another_house_key_is_refused,
    starts::a_damaged_or_foreign_checkpoint_is_refused,
    starts::a_checkpoint_that_lags_behind_or_is_half_written_does_not_keep_the_house_from_starting,
];

const ON_SQLITE: &[(&str, Test)] = tests![
    kills::a_watcher_who_is_cut_off_within_a_group_misses_nothing_of_it,
    scale::sixty_four_on_bad_lines_lose_repeat_and_miss_nothing_of_a_thousand_questions_and_twenty_kills,
    outages::a_locked_database_costs_a_repeat_and_nothing_else,
    outages::a_full_disk_costs_a_repeat_and_nothing_else,
    starts::a_restored_backup_is_refused_with_both_sizes,
    starts::an_edited_record_is_refused_at_start_and_found_by_verification,
    starts::an_edited_record_that_cannot_be_read_is_named,
    starts::a_second_server_on_the_same_house_is_refused,
    starts::a_server_that_is_killed_while_it_founds_its_house_founds_it_the_next_time,
];

const ON_A_SMALL_DISK: &[(&str, Test)] = tests![
    disk::the_end_that_meets_a_full_disk_is_kept_and_all_works_again_when_there_is_room_l11,
    disk::a_full_disk_refuses_all_that_can_wait_and_the_end_works_after_a_kill_l11,
];

const ON_POSTGRES: &[(&str, Test)] =
    tests![outages::a_stopped_database_costs_a_repeat_and_nothing_else, starts::a_server_starts_while_another_one_writes,];

fn main() -> ExitCode {
    if let Some(served) = process::served() {
        return served;
    }
    let cluster = Arc::new(OnceLock::new());
    let mut trials = Vec::new();
    for (name, test) in ON_BOTH.iter().chain(ON_SQLITE) {
        trials.push(Trial::test(format!("sqlite::{name}"), || run(|| Ok(Engine::Sqlite), *test)));
    }
    let no_disk = disk::absent();
    for (name, test) in ON_A_SMALL_DISK {
        let trial = Trial::test(format!("sqlite::{name}"), || run(|| Ok(Engine::Sqlite), *test));
        trials.push(match no_disk {
            None => trial,
            Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
        });
    }
    for (name, test) in ON_BOTH.iter().chain(ON_POSTGRES) {
        let cluster = Arc::clone(&cluster);
        let trial = Trial::test(format!("postgres::{name}"), move || run(|| started(&cluster), *test));
        trials.push(match postgres::absent() {
            None => trial,
            Some(reason) => trial.with_kind(reason).with_ignored_flag(true),
        });
    }
    let outcome = libtest_mimic::run(&Arguments::from_args(), trials);
    // Here, not at exit: nothing drops what a process leaves behind.
    drop(cluster);
    outcome.exit_code()
}

/// Two databases in the one cluster of this process, which the first that needs it starts.
fn started(cluster: &OnceLock<Result<Cluster>>) -> Result<Engine> {
    let cluster = cluster.get_or_init(Cluster::start).as_ref();
    let cluster = cluster.map_err(|error| anyhow::anyhow!("{error:#}"))?;
    Engine::postgres(cluster)
}

fn run(engine: impl FnOnce() -> Result<Engine>, test: Test) -> Result<(), Failed> {
    let tried = || {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
        runtime.block_on(test(engine().context("no database to run on")?))
    };
    tried().map_err(|error: anyhow::Error| Failed::from(format!("{error:#}")))
}
