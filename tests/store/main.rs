//! The store, tried from outside. Each test is one function that runs on SQLite and on PostgreSQL; where PostgreSQL is not
//! installed its half is shown as ignored, and under `CI=true` it fails.
//!
//! It knows nothing of what records mean: leaves, notes and tiles are made-up bytes.

#![expect(clippy::unwrap_used, clippy::panic, reason = "in a test, to fail is to say so")]

mod append;
mod faults;
mod keys;
mod place;
mod read;
mod rules;
mod sample;

use std::pin::Pin;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};

use barnahus_tests::postgres::{self, Cluster};
use libtest_mimic::{Arguments, Trial};

use place::{Engine, Place};

type Test = fn(Place) -> Pin<Box<dyn Future<Output = ()>>>;

/// Names each function, and boxes its future so that all have one type.
macro_rules! tests {
    ($($module:ident::$name:ident),* $(,)?) => {
        &[$((stringify!($name), |place| Box::pin($module::$name(place)))),*]
    };
}

const ON_BOTH: &[(&str, Test)] = tests![
    append::a_group_comes_back_as_it_went_in,
    append::a_group_of_any_size_is_kept_whole,
    append::a_head_that_moved_refuses_the_group_and_keeps_nothing,
    append::a_request_id_used_before_refuses_the_group_and_keeps_nothing,
    append::two_persons_may_draw_the_same_request_id,
    append::a_row_that_the_database_refuses_takes_its_whole_group_with_it,
    append::a_group_that_contradicts_itself_is_refused,
    append::of_two_appends_at_one_head_exactly_one_wins,
    append::what_was_appended_is_there_after_reopening,
    faults::an_append_dropped_midway_is_kept_whole_or_not_at_all,
    faults::a_missing_record_is_named_and_not_skipped,
    keys::keys_come_back_oldest_first_and_survive_reopening,
    keys::keys_are_kept_all_or_none,
    keys::a_key_does_not_show_its_bytes,
    keys::house_and_keys_are_not_opened_for_each_other,
    read::the_log_is_loaded_in_pages_and_in_order,
    read::records_are_found_by_each_filter_and_by_all_together,
    read::contents_requests_and_tiles_are_found_by_their_keys,
    read::checkpoints_are_listed_from_a_size_on,
    read::old_requests_are_pruned_and_young_ones_stay,
    rules::the_schema_is_the_same_on_both_engines,
    rules::what_is_kept_cannot_be_changed_or_deleted,
    rules::the_head_only_grows,
    rules::a_leaf_has_1_to_65535_bytes,
    rules::a_database_of_a_newer_program_is_refused,
];

const ON_SQLITE: &[(&str, Test)] = tests![
    faults::a_second_process_cannot_open_the_house,
    faults::a_locked_file_is_busy_and_works_again_afterwards,
    rules::the_files_are_for_their_owner_only,
];

const ON_POSTGRES: &[(&str, Test)] = tests![
    rules::the_server_may_add_to_the_log_and_do_nothing_else_to_it,
    append::servers_that_race_append_one_log_without_gaps,
    append::each_append_is_announced_once_with_the_new_size,
    faults::a_server_out_of_reach_is_busy,
    faults::a_connection_cut_during_the_append_leaves_the_outcome_unknown,
];

fn main() -> ExitCode {
    if let Some(path) = faults::house_to_hold() {
        return faults::hold(&path);
    }
    let cluster = Arc::new(OnceLock::new());
    let mut trials = Vec::new();
    for (name, test) in ON_BOTH.iter().chain(ON_SQLITE) {
        trials.push(Trial::test(format!("sqlite::{name}"), || run(Engine::Sqlite, *test)));
    }
    for (name, test) in ON_BOTH.iter().chain(ON_POSTGRES) {
        let cluster = Arc::clone(&cluster);
        let trial = Trial::test(format!("postgres::{name}"), move || run(Engine::Postgres(started(&cluster)), *test));
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

/// One cluster for all tests of this process, started by the first that needs it.
fn started(cluster: &Arc<OnceLock<Cluster>>) -> String {
    cluster.get_or_init(|| Cluster::start().unwrap()).database().unwrap()
}

fn run(engine: Engine, test: Test) -> Result<(), libtest_mimic::Failed> {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build()?;
    runtime.block_on(test(Place::new(engine)));
    Ok(())
}
