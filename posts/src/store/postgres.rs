//! Posts in a database of PostgreSQL that any number of processes share.
mod answers;
mod list;
mod row;
mod write;

use chassis::database::postgres::{Schema, Settings};
use chassis::database::{DatabaseError, Postgres};

use super::Examined;
use super::maker::Maker;

mod embedded {
    refinery::embed_migrations!("migrations/postgres");
}

/// Whether a store can be opened there, without changing anything.
pub(super) async fn examine(settings: &Settings) -> Result<Examined, DatabaseError> {
    let (postgres, version) = Postgres::examine(settings, &schema()).await?;
    Ok(match version {
        0 => Examined::Absent,
        _ => Examined::Sound(postgres.engine().await?),
    })
}

fn schema() -> Schema {
    Schema {
        service: "posts",
        migrations: embedded::migrations::runner(),
    }
}

#[derive(Clone)]
pub(super) struct PostgresStore {
    database: Postgres,
    make: Maker,
}

impl PostgresStore {
    pub(super) async fn open(settings: &Settings, make: Maker) -> Result<Self, DatabaseError> {
        Ok(Self {
            database: Postgres::open(settings, schema()).await?,
            make,
        })
    }

    pub(super) async fn answers(&self) -> Result<(), DatabaseError> {
        self.database.answers().await
    }

    /// The key that is there, or a new one; of several processes the first one's.
    pub(super) async fn cursor_key(&self) -> Result<[u8; 32], DatabaseError> {
        let fresh = rand::random::<[u8; 32]>();
        self.database
            .write(
                "INSERT INTO cursor_key (only_one, bytes) VALUES (true, $1) ON CONFLICT DO NOTHING",
                &[&fresh.as_slice()],
            )
            .await?;
        let row = self
            .database
            .read_first("SELECT bytes FROM cursor_key", &[])
            .await?;
        let key = row.ok_or(DatabaseError::Corrupt("cursor key"))?;
        let bytes: &[u8] = key.try_get(0)?;
        bytes
            .try_into()
            .map_err(|_| DatabaseError::Corrupt("cursor key"))
    }
}

#[cfg(test)]
mod tests;
