//! One connection, used by one caller at a time, reopened when it broke.
//!
//! A pool would ping the connection each time it is handed back, which an append cannot afford.
//!
//! INVARIANT: a connection is used again only if its last user said that it is in order. If that user failed, or was
//! dropped in the middle, the connection is closed, and its open transaction falls with it.

use sqlx::{ConnectOptions, Connection, Database};
use tokio::sync::{Mutex, MutexGuard};

use super::failed;
use crate::Error;

type Options<D> = <<D as Database>::Connection as Connection>::Options;

/// The place where one connection waits between uses.
pub(crate) struct Lane<D: Database> {
    options: Options<D>,
    idle: Mutex<Option<D::Connection>>,
}

/// The connection, for one caller.
pub(crate) struct Lease<'a, D: Database> {
    place: MutexGuard<'a, Option<D::Connection>>,
    pub(crate) connection: D::Connection,
}

impl<D: Database> Lane<D> {
    pub(crate) async fn open(options: Options<D>) -> Result<Self, Error> {
        let connection = options.connect().await.map_err(failed)?;
        Ok(Self { options, idle: Mutex::new(Some(connection)) })
    }

    /// Waits for the connection, or opens a new one.
    pub(crate) async fn lease(&self) -> Result<Lease<'_, D>, Error> {
        let mut place = self.idle.lock().await;
        let connection = match place.take() {
            Some(connection) => connection,
            None => self.options.connect().await.map_err(failed)?,
        };
        Ok(Lease { place, connection })
    }

    pub(crate) async fn close(&self) {
        if let Some(connection) = self.idle.lock().await.take() {
            // A connection that cannot say goodbye is gone all the same.
            let _ = connection.close().await;
        }
    }
}

impl<D: Database> Lease<'_, D> {
    /// Hands the connection back in order.
    pub(crate) fn keep(mut self) {
        *self.place = Some(self.connection);
    }
}
