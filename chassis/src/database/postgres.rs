//! PostgreSQL: reads share a few pipelined connections, writes have one each while they last.
//!
//! A read is one message and one answer on a connection that other reads use at the same time.
//! A write may wait for a lock, so it gets a connection on which nobody waits behind it. Every
//! connection keeps its statements prepared. What is lost is opened again by whoever needs it,
//! and until then every call ends at once in [`DatabaseError::Unavailable`].

mod address;
mod back_off;
mod changes;
mod connection;
mod connector;
mod error;
mod metric;
mod migrate;
mod readers;
mod settings;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
mod tls;
mod transaction;
mod writers;

use std::sync::Arc;

pub use refinery::Runner;
pub use tokio_postgres::types::{FromSql, ToSql};
pub use tokio_postgres::{Error, Row};

pub use self::changes::Changes;
pub use self::settings::Settings;
pub use self::transaction::Transaction;

use self::connector::Connector;
use self::readers::Readers;
use self::writers::Writers;
use super::DatabaseError;

/// The arguments of a statement, in the order of `$1`, `$2`, …
pub type Arguments<'a> = &'a [&'a (dyn ToSql + Sync)];

/// A handle on one database; clones share its connections.
#[derive(Clone)]
pub struct Postgres {
    connector: Arc<Connector>,
    readers: Arc<Readers>,
    writers: Writers,
}

/// The schema of one service, so that several services can live in one database.
pub struct Schema {
    /// Names the service to the server, and with it the table of applied migrations.
    pub service: &'static str,
    /// The migrations.
    pub migrations: Runner,
}

impl Postgres {
    /// Connects and migrates; any number of processes may do so at once. A server that cannot be
    /// reached is waited for, so that services and database start in any order.
    ///
    /// # Errors
    /// The server stays away, refuses this user, was migrated by a newer program, or cannot be
    /// migrated.
    pub async fn open(settings: &Settings, schema: Schema) -> Result<Self, DatabaseError> {
        let connector = Connector::new(settings, schema.service)?;
        migrate::run(&connector, schema).await?;
        Ok(Self::on(connector, settings))
    }

    /// Connects and changes nothing. Answers the version of the schema, 0 when there is none yet.
    ///
    /// # Errors
    /// As [`Postgres::open`].
    pub async fn examine(
        settings: &Settings,
        schema: &Schema,
    ) -> Result<(Self, i64), DatabaseError> {
        let connector = Connector::new(settings, schema.service)?;
        let version = migrate::version(&connector, schema).await?;
        Ok((Self::on(connector, settings), version))
    }

    fn on(connector: Connector, settings: &Settings) -> Self {
        let connector = Arc::new(connector);
        let (reading, writing) = settings.shares();
        Self {
            readers: Arc::new(Readers::new(connector.clone(), reading)),
            writers: Writers::new(connector.clone(), writing),
            connector,
        }
    }

    /// The rows of a statement that changes nothing and takes no lock. Sent again when the
    /// connection turns out to be lost, at last on a new one.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the statement.
    pub async fn read(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Vec<Row>, DatabaseError> {
        let mut connection = self.readers.connection().await?;
        for _ in 0..self.readers.count() {
            match connection.query(sql, arguments).await {
                Err(DatabaseError::Unavailable(_)) if connection.is_closed() => {
                    connection = self.readers.connection().await?;
                }
                outcome => return outcome,
            }
        }
        connection.query(sql, arguments).await
    }

    /// The first row of a read.
    ///
    /// # Errors
    /// As [`Postgres::read`].
    pub async fn read_first(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Option<Row>, DatabaseError> {
        Ok(self.read(sql, arguments).await?.into_iter().next())
    }

    /// Runs one statement as a transaction of its own; says how many rows it touched. Never sent
    /// twice: with [`DatabaseError::Unavailable`] it is open whether it was carried out.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the statement.
    pub async fn write(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<u64, DatabaseError> {
        self.writers
            .connection()
            .await?
            .execute(sql, arguments)
            .await
    }

    /// As [`Postgres::write`], for a statement with `RETURNING`.
    ///
    /// # Errors
    /// As [`Postgres::write`].
    pub async fn write_returning(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Vec<Row>, DatabaseError> {
        self.writers.connection().await?.query(sql, arguments).await
    }

    /// Begins a transaction of several statements, each of which sees what was committed before
    /// it (READ COMMITTED).
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn begin(&self) -> Result<Transaction, DatabaseError> {
        Transaction::begin(self.writers.connection().await?).await
    }

    /// Follows the notifications of a channel.
    #[must_use]
    pub fn changes(&self, channel: &'static str) -> Changes {
        Changes::new(self.connector.clone(), channel)
    }

    /// The engine and its version, for people.
    ///
    /// # Errors
    /// The server cannot be reached.
    pub async fn engine(&self) -> Result<String, DatabaseError> {
        let row = self.read_first("SHOW server_version", &[]).await?;
        let version: &str = row.as_ref().map_or(Ok(""), |row| row.try_get(0))?;
        Ok(format!("PostgreSQL {version}"))
    }

    /// Whether the server answers.
    ///
    /// # Errors
    /// It does not.
    pub async fn answers(&self) -> Result<(), DatabaseError> {
        self.read("SELECT 1", &[]).await.map(|_| ())
    }
}

#[cfg(test)]
mod tests;
