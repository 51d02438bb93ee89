//! The tables of the key ring: loaded whole, replaced whole, if nobody else was first.

use std::path::Path;
use std::time::Duration;

use keystore::{
    KeyBits, Life, Repository, RepositoryError, RingSettings, RingVersion, ScheduleSettings,
    SealedKey, SealingKeyId, StoredKey, StoredRing, Swap, failpoint,
};
use rusqlite::types::{Type, ValueRef};
use rusqlite::{Connection, OpenFlags, Row, named_params};
use token::{Kid, Timestamp};
use tracing::warn;

use super::SqliteStore;
use crate::store::StoreError;

/// How long emptying the log waits for a reader.
const PATIENCE: Duration = Duration::from_secs(5);

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
        let swap: Result<_, StoreError> = self
            .sqlite
            .write(move |connection| Ok(swap(connection, expected, &next)?))
            .await;
        let (swap, leftovers) = swap.map_err(RepositoryError::new)?;
        if leftovers == Leftovers::InLog {
            self.empty_log().await;
        }
        Ok(swap)
    }
}

impl SqliteStore {
    /// The write-ahead log keeps what pages were before, until it begins anew.
    async fn empty_log(&self) {
        let path = self.sqlite.path().to_owned();
        let emptied = tokio::task::spawn_blocking(move || empty_log(&path)).await;
        if !matches!(emptied, Ok(Ok(true))) {
            warn!("an erased private key stays, sealed, in the write-ahead log for a while");
        }
    }
}

/// Both tables as of one moment, because it is one statement.
const LOAD: &str = "SELECT * FROM key_ring LEFT JOIN signing_keys ON true
    ORDER BY position LIMIT 10000";

/// Whether sealed bytes that are no longer in the ring are still in a file.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Leftovers {
    None,
    InLog,
}

fn load(connection: &Connection) -> rusqlite::Result<StoredRing> {
    let mut statement = connection.prepare_cached(LOAD)?;
    let mut rows = statement.query([])?;
    let mut ring = None;
    while let Some(row) = rows.next()? {
        let ring = ring.get_or_insert(ring_from_row(row)?);
        if row.get_ref("kid")? != ValueRef::Null {
            ring.keys.push(key_from_row(row)?);
        }
    }
    Ok(ring.unwrap_or_default())
}

/// On a connection of its own, since it waits for others' reads and writes to be over. False:
/// they were not in time.
fn empty_log(path: &Path) -> rusqlite::Result<bool> {
    let flags = OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_NO_MUTEX;
    let connection = Connection::open_with_flags(path, flags)?;
    connection.busy_timeout(PATIENCE)?;
    connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |row| {
        Ok(row.get::<_, i64>("busy")? == 0)
    })
}

fn swap(
    connection: &Connection,
    expected: RingVersion,
    next: &StoredRing,
) -> rusqlite::Result<(Swap, Leftovers)> {
    // A private half that is erased shall not lie on in a free page.
    connection.pragma_update(None, "secure_delete", true)?;
    if !replace_ring(connection, expected, next)? {
        return Ok((Swap::Lost, Leftovers::None));
    }
    let leftovers = leftovers(connection, next)?;
    failpoint::reach("ring-written");
    connection
        .prepare_cached("DELETE FROM signing_keys")?
        .execute([])?;
    for (position, key) in (0..).zip(&next.keys) {
        insert_key(connection, position, key)?;
        failpoint::reach("key-written");
    }
    Ok((Swap::Done, leftovers))
}

fn leftovers(connection: &Connection, next: &StoredRing) -> rusqlite::Result<Leftovers> {
    let mut statement =
        connection.prepare_cached("SELECT sealed FROM signing_keys WHERE sealed IS NOT NULL")?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let sealed = row.get_ref(0)?.as_blob()?;
        let mut kept = next.keys.iter().filter_map(|key| key.sealed.as_ref());
        if !kept.any(|kept| kept.as_bytes() == sealed) {
            return Ok(Leftovers::InLog);
        }
    }
    Ok(Leftovers::None)
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
            "INSERT INTO key_ring (id, version, settled_at, sealed_with, rotate_every, announce_for,
                                   jwks_max_age, leeway, token_ttl, key_bits)
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
            "INSERT INTO signing_keys (kid, position, modulus, exponent, sealed, published_at,
                                       activates_at, retires_at, leaves_at, revoked_at)
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
