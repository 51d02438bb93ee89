//! The store in a database of PostgreSQL that any number of processes share.

mod clients;
mod failures;
mod ring;
mod sessions;
mod users;

use chassis::database::postgres::{Changes, Schema, Settings};
use chassis::database::{DatabaseError, Postgres};

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// Whether a store could be opened there.
pub(super) async fn examine(settings: &Settings) -> Result<(), DatabaseError> {
    Postgres::schema_version(settings, &schema()).await?;
    Ok(())
}

fn schema() -> Schema {
    Schema {
        service: "auth",
        migrations: embedded::migrations::runner(),
    }
}

#[derive(Clone)]
pub(super) struct PostgresStore {
    postgres: Postgres,
}

impl PostgresStore {
    pub(super) async fn open(settings: &Settings) -> Result<Self, DatabaseError> {
        let postgres = Postgres::open(settings, schema()).await?;
        Ok(Self { postgres })
    }

    pub(super) async fn check(&self) -> Result<(), DatabaseError> {
        self.postgres.answers().await
    }

    pub(super) fn ring_changes(&self) -> Changes {
        self.postgres.changes(ring::CHANNEL)
    }
}
