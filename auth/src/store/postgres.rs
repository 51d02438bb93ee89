//! The store in a database of PostgreSQL that any number of processes share.

mod clients;
mod failures;
mod ring;
mod sessions;
mod users;

use chassis::database::postgres::{Changes, Schema, Settings};
use chassis::database::{DatabaseError, Postgres};
use keystore::SealingKeyId;

use super::examine::SIGNING_KEYS;
use super::{Examined, StoreError};

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// The state of the database, and whether a store could be opened there.
pub(super) async fn examine(settings: &Settings) -> Result<Examined, StoreError> {
    let (postgres, version) = Postgres::examine(settings, &schema()).await?;
    if version == 0 {
        return Ok(Examined::Absent);
    }
    let rows = postgres.read(SIGNING_KEYS, &[]).await?;
    let found = rows.first().ok_or(StoreError::Corrupt("key ring"))?;
    let sealed_with: Option<String> = found.try_get(1)?;
    Ok(Examined::Sound {
        signing_keys: found.try_get(0)?,
        sealed_with: sealed_with.map(SealingKeyId::from_text),
    })
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
