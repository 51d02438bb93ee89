//! Looking at a database without changing it.

use std::path::Path;

use chassis::database::sqlite;
use keystore::SealingKeyId;
use rusqlite::Connection;

use super::{StoreError, sqlite::migrations};

/// What there is of each key, and what the private halves are sealed with.
pub(super) const KEYS: &str = "SELECT
    kid, sealed IS NOT NULL, revoked_at IS NOT NULL, (SELECT sealed_with FROM key_ring)
    FROM signing_keys ORDER BY position";

/// The state of a database.
pub enum Examined {
    /// There is none, or none of its tables.
    Absent,
    /// It can be used.
    Sound {
        /// Its engine and version, for people.
        engine: String,
        /// The signing keys in it.
        ring: ExaminedRing,
    },
    /// The engine's word on what is wrong with it.
    Damaged(String),
}

/// The signing keys in a database.
#[derive(Clone, Debug, Default)]
pub struct ExaminedRing {
    /// Each key, also those that are gone from the set.
    pub keys: Vec<ExaminedKey>,
    /// What private halves are sealed with.
    pub sealed_with: Option<SealingKeyId>,
}

/// What is known of a key that was not opened.
#[derive(Clone, Debug)]
pub struct ExaminedKey {
    /// Its id.
    pub kid: String,
    /// Whether its private half is kept, because it signs or will.
    pub signs: bool,
    /// Whether it is out of the set before its time.
    pub revoked: bool,
}

impl ExaminedRing {
    pub(super) fn of(rows: Vec<(ExaminedKey, Option<String>)>) -> Self {
        let sealed_with = rows.iter().find_map(|(_, sealed_with)| sealed_with.clone());
        Self {
            keys: rows.into_iter().map(|(key, _)| key).collect(),
            sealed_with: sealed_with.map(SealingKeyId::from_text),
        }
    }

    /// How many private halves are kept.
    #[must_use]
    pub fn private_keys(&self) -> usize {
        self.keys.iter().filter(|key| key.signs).count()
    }
}

/// Reads the file and checks its pages, which takes a while on a large one.
///
/// # Errors
/// It cannot be opened, is no database, or was migrated by a newer program.
pub(super) fn examine(file: &Path) -> Result<Examined, StoreError> {
    Ok(match sqlite::examine(file, &migrations())? {
        sqlite::Examined::Absent => Examined::Absent,
        sqlite::Examined::Damaged(what) => Examined::Damaged(what),
        sqlite::Examined::Sound(connection) => Examined::Sound {
            engine: sqlite::engine(),
            ring: ring(&connection)?,
        },
    })
}

/// A database that was never migrated has none.
fn ring(connection: &Connection) -> Result<ExaminedRing, rusqlite::Error> {
    if !connection.table_exists(None, "signing_keys")? {
        return Ok(ExaminedRing::default());
    }
    let mut statement = connection.prepare(KEYS)?;
    let rows = statement.query_map([], |row| {
        let key = ExaminedKey {
            kid: row.get(0)?,
            signs: row.get(1)?,
            revoked: row.get(2)?,
        };
        Ok((key, row.get(3)?))
    })?;
    rows.collect::<Result<_, _>>().map(ExaminedRing::of)
}
