//! The steps that give a database its shape, compiled into the program.
//!
//! It does not run them (`db` does, once, before serving). A step that has been released is never edited: sqlx keeps its
//! checksum in the database and refuses to start when it differs. How to add one: `migrations/README.md`.

use sqlx::SqlSafeStr;
use sqlx::migrate::{Migration, MigrationType, Migrator};

/// The steps of one database, for each engine.
pub(crate) struct Migrations {
    pub(crate) sqlite: &'static [Step],
    pub(crate) postgres: &'static [Step],
    /// The PostgreSQL schema that holds the tables; `None` is the address's own. SQLite has a file instead.
    pub(crate) schema: Option<&'static str>,
}

/// One step: its number, what it is about, and its SQL.
pub(crate) struct Step(i64, &'static str, &'static str);

pub(crate) const HOUSE: Migrations = Migrations {
    sqlite: &[
        Step(1, "house", include_str!("../../../migrations/sqlite/house/0001_house.sql")),
        Step(2, "append", include_str!("../../../migrations/sqlite/house/0002_append.sql")),
    ],
    postgres: &[
        Step(1, "house", include_str!("../../../migrations/postgres/house/0001_house.sql")),
        Step(2, "writer", include_str!("../../../migrations/postgres/house/0002_writer.sql")),
    ],
    schema: None,
};

pub(crate) const KEYS: Migrations = Migrations {
    sqlite: &[Step(1, "keys", include_str!("../../../migrations/sqlite/keys/0001_keys.sql"))],
    postgres: &[
        Step(1, "keys", include_str!("../../../migrations/postgres/keys/0001_keys.sql")),
        Step(2, "writer", include_str!("../../../migrations/postgres/keys/0002_writer.sql")),
    ],
    schema: Some("keys"),
};

/// The steps as sqlx runs them.
pub(crate) fn migrator(steps: &'static [Step]) -> Migrator {
    let step =
        |Step(version, about, sql): &Step| Migration::new(*version, (*about).into(), MigrationType::Simple, (*sql).into_sql_str(), false);
    Migrator::with_migrations(steps.iter().map(step).collect())
}
