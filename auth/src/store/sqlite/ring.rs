//! The tables of the key ring: loaded whole, replaced whole, if nobody else was first.

use std::time::Duration;

use keystore::{
    KeyBits, Life, Repository, RepositoryError, RingSettings, RingVersion, ScheduleSettings,
    SealedKey, SealingKeyId, StoredKey, StoredRing, Swap, failpoint,
};
use rusqlite::types::Type;
use rusqlite::{Connection, OptionalExtension, Row, named_params};
use token::{Kid, Timestamp};

use super::SqliteStore;
use crate::store::StoreError;

impl Repository for SqliteStore {
    async fn load(&self) -> Result<StoredRing, RepositoryError> {
        self.sqlite.read(load).map_err(RepositoryError::new)
    }

    async fn swap(
        &self,
        expected: RingVersion,
        next: &StoredRing,
    ) -> Result<Swap, RepositoryError> {
        let next = next.clone();
        self.sqlite
            .write(move |connection| Ok(swap(connection, expected, &next)?))
            .await
            .map_err(|error: StoreError| RepositoryError::new(error))
    }
}

fn load(connection: &Connection) -> rusqlite::Result<StoredRing> {
    // Both tables as of one moment.
    let snapshot = connection.unchecked_transaction()?;
    let ring = snapshot
        .prepare_cached("SELECT * FROM key_ring")?
        .query_row([], ring_from_row)
        .optional()?;
    let Some(ring) = ring else {
        return Ok(StoredRing::default());
    };
    let keys = snapshot
        .prepare_cached("SELECT * FROM signing_keys ORDER BY position LIMIT 10000")?
        .query_map([], key_from_row)?
        .collect::<Result<_, _>>()?;
    Ok(StoredRing { keys, ..ring })
}

fn swap(
    connection: &Connection,
    expected: RingVersion,
    next: &StoredRing,
) -> rusqlite::Result<Swap> {
    // A private half that is erased shall not lie on in a free page.
    connection.pragma_update(None, "secure_delete", true)?;
    if !replace_ring(connection, expected, next)? {
        return Ok(Swap::Lost);
    }
    failpoint::reach("ring-written");
    connection
        .prepare_cached("DELETE FROM signing_keys")?
        .execute([])?;
    for (position, key) in (0..).zip(&next.keys) {
        insert_key(connection, position, key)?;
        failpoint::reach("key-written");
    }
    Ok(Swap::Done)
}

fn replace_ring(
    connection: &Connection,
    expected: RingVersion,
    next: &StoredRing,
) -> rusqlite::Result<bool> {
    let settings = next.settings.as_ref();
    let schedule = settings.map(|settings| &settings.schedule);
    let changed = connection
        .prepare_cached(
            "INSERT INTO key_ring
             SELECT 1, :expected + 1, :settled_at, :sealed_with, :rotate_every, :announce_for,
                    :jwks_max_age, :leeway, :token_ttl, :key_bits
             WHERE :expected = coalesce((SELECT version FROM key_ring), 0)
             ON CONFLICT (id) DO UPDATE SET
                 version = excluded.version, settled_at = excluded.settled_at,
                 sealed_with = excluded.sealed_with, rotate_every = excluded.rotate_every,
                 announce_for = excluded.announce_for, jwks_max_age = excluded.jwks_max_age,
                 leeway = excluded.leeway, token_ttl = excluded.token_ttl,
                 key_bits = excluded.key_bits",
        )?
        .execute(named_params! {
            ":expected": expected.0.cast_signed(),
            ":settled_at": next.settled_at.map(Timestamp::unix_millis),
            ":sealed_with": next.sealed_with.as_ref().map(SealingKeyId::as_str),
            ":rotate_every": schedule.and_then(|schedule| schedule.rotate_every).map(millis),
            ":announce_for": schedule.map(|schedule| millis(schedule.announce_for)),
            ":jwks_max_age": schedule.map(|schedule| millis(schedule.jwks_max_age)),
            ":leeway": schedule.map(|schedule| millis(schedule.leeway)),
            ":token_ttl": schedule.map(|schedule| millis(schedule.token_ttl)),
            ":key_bits": settings.and_then(|settings| i64::try_from(settings.key_bits.get()).ok()),
        })?;
    Ok(changed == 1)
}

fn insert_key(connection: &Connection, position: i64, key: &StoredKey) -> rusqlite::Result<()> {
    connection
        .prepare_cached(
            "INSERT INTO signing_keys
             VALUES (:kid, :position, :modulus, :exponent, :sealed, :published_at, :activates_at,
                     :retires_at, :leaves_at, :revoked_at)",
        )?
        .execute(named_params! {
            ":kid": key.kid.as_str(),
            ":position": position,
            ":modulus": key.modulus,
            ":exponent": key.exponent,
            ":sealed": key.sealed.as_ref().map(SealedKey::as_bytes),
            ":published_at": key.life.published_at.unix_millis(),
            ":activates_at": key.life.activates_at.unix_millis(),
            ":retires_at": key.life.retires_at.map(Timestamp::unix_millis),
            ":leaves_at": key.life.leaves_at.map(Timestamp::unix_millis),
            ":revoked_at": key.life.revoked_at.map(Timestamp::unix_millis),
        })?;
    Ok(())
}

fn ring_from_row(row: &Row<'_>) -> rusqlite::Result<StoredRing> {
    let version: i64 = row.get("version")?;
    Ok(StoredRing {
        version: RingVersion(version.cast_unsigned()),
        settled_at: row
            .get::<_, Option<_>>("settled_at")?
            .map(Timestamp::from_unix_millis),
        sealed_with: row
            .get::<_, Option<_>>("sealed_with")?
            .map(SealingKeyId::from_text),
        settings: settings_from_row(row)?,
        keys: Vec::new(),
    })
}

fn settings_from_row(row: &Row<'_>) -> rusqlite::Result<Option<RingSettings>> {
    let duration =
        |column| Ok::<_, rusqlite::Error>(row.get::<_, Option<_>>(column)?.map(duration));
    let Some(key_bits) = row.get::<_, Option<u32>>("key_bits")? else {
        return Ok(None);
    };
    let schedule = ScheduleSettings {
        rotate_every: duration("rotate_every")?,
        announce_for: duration("announce_for")?.unwrap_or_default(),
        jwks_max_age: duration("jwks_max_age")?.unwrap_or_default(),
        leeway: duration("leeway")?.unwrap_or_default(),
        token_ttl: duration("token_ttl")?.unwrap_or_default(),
    };
    let key_bits =
        KeyBits::try_from(key_bits as usize).map_err(|error| unreadable(Type::Integer, error))?;
    Ok(Some(RingSettings { schedule, key_bits }))
}

fn key_from_row(row: &Row<'_>) -> rusqlite::Result<StoredKey> {
    let kid: String = row.get("kid")?;
    let later = |column| {
        Ok::<_, rusqlite::Error>(
            row.get::<_, Option<_>>(column)?
                .map(Timestamp::from_unix_millis),
        )
    };
    Ok(StoredKey {
        kid: Kid::new(&kid).map_err(|error| unreadable(Type::Text, error))?,
        modulus: row.get("modulus")?,
        exponent: row.get("exponent")?,
        sealed: row
            .get::<_, Option<_>>("sealed")?
            .map(SealedKey::from_bytes),
        life: Life {
            published_at: Timestamp::from_unix_millis(row.get("published_at")?),
            activates_at: Timestamp::from_unix_millis(row.get("activates_at")?),
            retires_at: later("retires_at")?,
            leaves_at: later("leaves_at")?,
            revoked_at: later("revoked_at")?,
        },
    })
}

fn unreadable(
    kind: Type,
    error: impl std::error::Error + Send + Sync + 'static,
) -> rusqlite::Error {
    rusqlite::Error::FromSqlConversionFailure(0, kind, Box::new(error))
}

/// A schedule's durations are at most ten years.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
