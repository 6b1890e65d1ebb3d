//! Where one test's databases live, and a way past the store to look at them with plain SQL.

use std::time::Duration;

use barnahus_store::{KeyStore, Location, Store};
use sqlx::postgres::PgConnection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use sqlx::{AssertSqlSafe, ConnectOptions, Connection, Row};
use tempfile::TempDir;

/// The engine a test runs on; for PostgreSQL with the address of a fresh database.
pub(crate) enum Engine {
    Sqlite,
    Postgres(String),
}

pub(crate) struct Place {
    engine: Engine,
    pub(crate) folder: TempDir,
}

impl Place {
    pub(crate) fn new(engine: Engine) -> Self {
        Self { engine, folder: TempDir::new().unwrap() }
    }

    pub(crate) fn house(&self) -> Location {
        self.location("house.db")
    }

    pub(crate) fn keys(&self) -> Location {
        self.location("keys.db")
    }

    fn location(&self, file: &str) -> Location {
        match &self.engine {
            Engine::Sqlite => Location::Sqlite(self.folder.path().join(file)),
            Engine::Postgres(address) => Location::Postgres(address.clone()),
        }
    }

    pub(crate) async fn store(&self) -> Store {
        Store::open(&self.house()).await.unwrap()
    }

    pub(crate) async fn key_store(&self) -> KeyStore {
        KeyStore::open(&self.keys()).await.unwrap()
    }

    /// The house's database, past the store.
    pub(crate) async fn raw(&self) -> Raw {
        match self.house() {
            Location::Sqlite(path) => {
                let options = SqliteConnectOptions::new().filename(path).busy_timeout(Duration::from_secs(5));
                Raw::Sqlite(options.connect().await.unwrap())
            }
            Location::Postgres(address) => Raw::Postgres(PgConnection::connect(&address).await.unwrap()),
        }
    }
}

pub(crate) enum Raw {
    Sqlite(SqliteConnection),
    Postgres(PgConnection),
}

impl Raw {
    pub(crate) fn is_sqlite(&self) -> bool {
        matches!(self, Self::Sqlite(_))
    }

    /// Runs statements without parameters; an error is given as text.
    pub(crate) async fn run(&mut self, sql: &str) -> Result<(), String> {
        let sql = AssertSqlSafe(sql);
        let outcome = match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
            Self::Postgres(connection) => sqlx::raw_sql(sql).execute(connection).await.map(drop),
        };
        outcome.map_err(|error| error.to_string())
    }

    /// The first column of each row, which must be text.
    pub(crate) async fn texts(&mut self, sql: &str) -> Vec<String> {
        let sql = AssertSqlSafe(sql);
        match self {
            Self::Sqlite(connection) => sqlx::raw_sql(sql).fetch_all(connection).await.unwrap().iter().map(|row| row.get(0)).collect(),
            Self::Postgres(connection) => sqlx::raw_sql(sql).fetch_all(connection).await.unwrap().iter().map(|row| row.get(0)).collect(),
        }
    }

    /// How many rows each table of the log holds.
    pub(crate) async fn counts(&mut self) -> Vec<String> {
        let tables = ["record", "content", "request", "tile", "checkpoint"];
        let counts = tables.map(|table| format!("SELECT '{table} ' || CAST(count(*) AS TEXT) FROM {table}"));
        self.texts(&format!("{} ORDER BY 1", counts.join(" UNION ALL "))).await
    }
}
