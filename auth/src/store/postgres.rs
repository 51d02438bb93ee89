//! The store in a database of PostgreSQL that any number of processes share.

mod clients;
mod failures;
mod ring;
mod sessions;
mod users;

use chassis::database::postgres::{Changes, Row, Schema, Settings};
use chassis::database::{DatabaseError, Postgres};

use super::examine::{ExaminedKey, KEYS};
use super::{Examined, ExaminedRing, StoreError};

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// The state of the database, and whether a store could be opened there.
pub(super) async fn examine(settings: &Settings) -> Result<Examined, StoreError> {
    let (postgres, version) = Postgres::examine(settings, &schema()).await?;
    if version == 0 {
        return Ok(Examined::Absent);
    }
    let rows = postgres.read(KEYS, &[]).await?;
    let rows: Result<_, StoreError> = rows.iter().map(examined).collect();
    Ok(Examined::Sound {
        engine: postgres.engine().await?,
        ring: ExaminedRing::of(rows?),
    })
}

fn examined(row: &Row) -> Result<(ExaminedKey, Option<String>), StoreError> {
    let key = ExaminedKey {
        kid: row.try_get(0)?,
        signs: row.try_get(1)?,
        revoked: row.try_get(2)?,
    };
    Ok((key, row.try_get(3)?))
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
