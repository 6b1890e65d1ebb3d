//! What the databases refuse by themselves, whoever asks.

use std::os::unix::fs::PermissionsExt;

use barnahus_store::{Error, Group, Store};

use crate::place::Place;
use crate::sample::{filled, group, record};

/// Table, column, kind, whether it may be NULL, and its place in the primary key; then the further indexes.
const SCHEMA: &str = "\
checkpoint.note text
checkpoint.recorded_at_us integer
checkpoint.size integer key 1
content.field text key 2
content.key_id text
content.log_index integer key 1
content.sealed blob
head.id integer key 1
head.size integer
record.authority text
record.case_alias text or null
record.kind text
record.leaf blob
record.log_index integer key 1
record.owner_authority text or null
record.person text
record.recorded_at_us integer
request.keyed_hash blob
request.log_index integer
request.outcome text
request.person text key 2
request.recorded_at_us integer
request.request_id blob key 1
tile.bytes blob
tile.level integer key 1
tile.tile_index integer key 2
index record_case_alias";

const COLUMNS_SQLITE: &str = "
    SELECT tables.name || '.' || columns.name || ' ' || lower(columns.type)
        || CASE WHEN columns.\"notnull\" = 0 AND columns.pk = 0 THEN ' or null' ELSE '' END
        || CASE WHEN columns.pk > 0 THEN ' key ' || columns.pk ELSE '' END AS line
    FROM sqlite_schema AS tables, pragma_table_info(tables.name) AS columns
    WHERE tables.type = 'table' AND tables.name NOT LIKE '\\_%' ESCAPE '\\' ORDER BY line";
const INDEXES_SQLITE: &str = "SELECT 'index ' || name FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL ORDER BY name";
const COLUMNS_POSTGRES: &str = "
    SELECT (columns.table_name || '.' || columns.column_name || ' '
        || CASE columns.data_type WHEN 'bigint' THEN 'integer' WHEN 'bytea' THEN 'blob' ELSE columns.data_type END
        || CASE columns.is_nullable WHEN 'YES' THEN ' or null' ELSE '' END
        || coalesce(' key ' || keys.ordinal_position, '')) COLLATE \"C\" AS line
    FROM information_schema.columns AS columns LEFT JOIN information_schema.key_column_usage AS keys
        USING (table_schema, table_name, column_name)
    WHERE table_schema = 'public' AND table_name NOT LIKE '\\_%' ORDER BY line";
const INDEXES_POSTGRES: &str = "SELECT 'index ' || indexname FROM pg_indexes
    WHERE schemaname = 'public' AND indexname NOT LIKE '%\\_pkey' ORDER BY indexname";

pub(crate) async fn the_schema_is_the_same_on_both_engines(place: Place) {
    place.store().await;
    let mut raw = place.raw().await;
    let (columns, indexes) = if raw.is_sqlite() { (COLUMNS_SQLITE, INDEXES_SQLITE) } else { (COLUMNS_POSTGRES, INDEXES_POSTGRES) };
    let mut lines = raw.texts(columns).await;
    lines.extend(raw.texts(indexes).await);
    assert_eq!(lines.join("\n"), SCHEMA);
}

pub(crate) async fn what_is_kept_cannot_be_changed_or_deleted(place: Place) {
    filled(place.store().await, &[256]).await;
    let mut raw = place.raw().await;
    let before = raw.counts().await;
    for (table, change) in [
        ("record", "kind = 'other' WHERE log_index = 3"),
        ("content", "sealed = leaf FROM record WHERE record.log_index = content.log_index"),
        ("tile", "level = 5"),
        ("checkpoint", "note = 'other'"),
    ] {
        let refusal = format!("{table} is append-only");
        let mut attempts = vec![format!("UPDATE {table} SET {change}"), format!("DELETE FROM {table}")];
        if !raw.is_sqlite() {
            attempts.push(format!("TRUNCATE {table}"));
        }
        for attempt in attempts {
            let refused = raw.run(&attempt).await.unwrap_err();
            assert!(refused.contains(&refusal), "{attempt}: {refused}");
        }
    }
    assert_eq!(raw.counts().await, before);
}

pub(crate) async fn the_server_may_add_to_the_log_and_do_nothing_else_to_it(place: Place) {
    let store = filled(place.store().await, &[5]).await;
    let mut raw = place.raw().await;
    raw.run("CREATE ROLE stranger").await.unwrap();
    let writer = raw.texts("SELECT current_database() || '_writer'").await.remove(0);
    let attempts = [
        "UPDATE record SET kind = 'other'",
        "DELETE FROM content",
        "TRUNCATE tile",
        "UPDATE request SET outcome = 'DONE'",
        "DELETE FROM head",
        "ALTER TABLE record DISABLE TRIGGER ALL",
        "DROP TRIGGER record_change ON record",
        "CREATE TABLE own (id BIGINT)",
    ];
    raw.run(&format!("SET ROLE {writer}")).await.unwrap();
    for attempt in attempts {
        let refused = raw.run(attempt).await.unwrap_err();
        assert!(refused.contains("permission denied") || refused.contains("must be owner"), "{attempt}: {refused}");
    }
    raw.run("SET ROLE stranger").await.unwrap();
    for attempt in ["SELECT * FROM record", "INSERT INTO request SELECT * FROM request", "UPDATE head SET size = 9"] {
        let refused = raw.run(attempt).await.unwrap_err();
        assert!(refused.contains("permission denied"), "{attempt}: {refused}");
    }
    raw.run(&format!("RESET ROLE; REVOKE INSERT ON record FROM {writer}")).await.unwrap();
    assert!(matches!(store.append(&group(5, 1)).await, Err(Error::Engine(_))), "the store itself acts as the writer");
}

pub(crate) async fn the_head_only_grows(place: Place) {
    filled(place.store().await, &[5]).await;
    let mut raw = place.raw().await;
    for attempt in ["UPDATE head SET size = 4", "UPDATE head SET size = 5", "DELETE FROM head"] {
        let refused = raw.run(attempt).await.unwrap_err();
        assert!(refused.contains("head only grows"), "{attempt}: {refused}");
    }
    assert!(raw.run("INSERT INTO head (id, size) VALUES (2, 9)").await.is_err());
    assert!(raw.is_sqlite() || raw.run("TRUNCATE head").await.is_err());
}

pub(crate) async fn a_leaf_has_1_to_65535_bytes(place: Place) {
    let store = place.store().await;
    let with_leaf =
        |index, length| Group { records: vec![barnahus_store::Record { leaf: vec![7; length], ..record(index) }], ..group(index, 1) };
    for length in [0, 65_536] {
        assert!(matches!(store.append(&with_leaf(0, length)).await, Err(Error::Engine(_))), "{length} bytes");
    }
    assert_eq!(store.append(&with_leaf(0, 1)).await, Ok(()));
    assert_eq!(store.append(&with_leaf(1, 65_535)).await, Ok(()));
    let lengths = store.load_since(0, 10).await.unwrap().iter().map(|leaf| leaf.leaf.len()).collect::<Vec<_>>();
    assert_eq!(lengths, [1, 65_535]);
}

pub(crate) async fn a_database_of_a_newer_program_is_refused(place: Place) {
    place.store().await.close().await;
    let step = "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time)
        SELECT 9999, 'newer', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1";
    place.raw().await.run(step).await.unwrap();
    assert!(matches!(Store::open(&place.house()).await.err(), Some(Error::Schema(_))));
}

pub(crate) async fn the_files_are_for_their_owner_only(place: Place) {
    let store = filled(place.store().await, &[5]).await;
    let mut files = Vec::new();
    for file in std::fs::read_dir(place.folder.path()).unwrap() {
        let file = file.unwrap();
        files.push(file.file_name().into_string().unwrap());
        assert_eq!(file.metadata().unwrap().permissions().mode() & 0o777, 0o600, "{files:?}");
    }
    files.sort();
    assert_eq!(files, ["house.db", "house.db-shm", "house.db-wal", "house.db.lock"]);
    store.close().await;
}
