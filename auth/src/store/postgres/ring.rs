//! The tables of the key ring: loaded whole, replaced whole, if nobody else was first.

use std::time::Duration;

use chassis::database::postgres::{Row, Transaction};
use keystore::{
    KeyBits, Life, Repository, RepositoryError, RingSettings, RingVersion, ScheduleSettings,
    SealedKey, SealingKeyId, StoredKey, StoredRing, Swap,
};
use token::{Kid, Timestamp};

use super::PostgresStore;
use crate::store::StoreError;

/// Told of every change, in the transaction that makes it.
pub(super) const CHANNEL: &str = "auth_key_ring";
const NOTIFY: &str = "SELECT pg_notify('auth_key_ring', '')";

/// Both tables as of one moment, because it is one statement.
const LOAD: &str = "SELECT version, settled_at, sealed_with, rotate_every, announce_for,
                           jwks_max_age, leeway, token_ttl, key_bits,
                           kid, modulus, exponent, sealed, published_at, activates_at, retires_at,
                           leaves_at, revoked_at
    FROM key_ring LEFT JOIN signing_keys ON true ORDER BY position LIMIT 10000";

/// Of two who saw the same version, the second waits for the first and then finds another version.
const SWAP: &str = "INSERT INTO key_ring (id, version, settled_at, sealed_with, rotate_every,
                                          announce_for, jwks_max_age, leeway, token_ttl, key_bits)
    SELECT 1, $1::bigint + 1, $2, $3, $4, $5, $6, $7, $8, $9
    WHERE $1::bigint = coalesce((SELECT version FROM key_ring), 0)
    ON CONFLICT (id) DO UPDATE SET
        version = excluded.version, settled_at = excluded.settled_at,
        sealed_with = excluded.sealed_with, rotate_every = excluded.rotate_every,
        announce_for = excluded.announce_for, jwks_max_age = excluded.jwks_max_age,
        leeway = excluded.leeway, token_ttl = excluded.token_ttl, key_bits = excluded.key_bits
    WHERE key_ring.version = $1";

const INSERT_KEY: &str = "INSERT INTO signing_keys (kid, position, modulus, exponent, sealed,
                              published_at, activates_at, retires_at, leaves_at, revoked_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";

impl Repository for PostgresStore {
    async fn load(&self) -> Result<StoredRing, RepositoryError> {
        self.load_ring().await.map_err(RepositoryError::new)
    }

    async fn swap(
        &self,
        expected: RingVersion,
        next: &StoredRing,
    ) -> Result<Swap, RepositoryError> {
        self.swap_ring(expected, next)
            .await
            .map_err(RepositoryError::new)
    }
}

impl PostgresStore {
    async fn load_ring(&self) -> Result<StoredRing, StoreError> {
        let rows = self.postgres.read(LOAD, &[]).await?;
        let Some(first) = rows.first() else {
            return Ok(StoredRing::default());
        };
        let has_keys = first.try_get::<_, Option<&str>>("kid")?.is_some();
        let keys = rows.iter().filter(|_| has_keys).map(key_from_row);
        Ok(StoredRing {
            keys: keys.collect::<Result<_, _>>()?,
            ..ring_from_row(first)?
        })
    }

    async fn swap_ring(
        &self,
        expected: RingVersion,
        next: &StoredRing,
    ) -> Result<Swap, StoreError> {
        let transaction = self.postgres.begin().await?;
        if !replace_ring(&transaction, expected, next).await? {
            transaction.roll_back().await?;
            return Ok(Swap::Lost);
        }
        transaction.execute("DELETE FROM signing_keys", &[]).await?;
        for (position, key) in (0..).zip(&next.keys) {
            insert_key(&transaction, position, key).await?;
        }
        transaction.query(NOTIFY, &[]).await?;
        transaction.commit().await?;
        Ok(Swap::Done)
    }
}

async fn replace_ring(
    transaction: &Transaction,
    expected: RingVersion,
    next: &StoredRing,
) -> Result<bool, StoreError> {
    let settings = next.settings.as_ref();
    let schedule = settings.map(|settings| &settings.schedule);
    let rotate_every = schedule.and_then(|schedule| schedule.rotate_every);
    let changed = transaction
        .execute(
            SWAP,
            &[
                &expected.0.cast_signed(),
                &next.settled_at.map(Timestamp::unix_millis),
                &next.sealed_with.as_ref().map(SealingKeyId::as_str),
                &rotate_every.map(millis),
                &schedule.map(|schedule| millis(schedule.announce_for)),
                &schedule.map(|schedule| millis(schedule.jwks_max_age)),
                &schedule.map(|schedule| millis(schedule.leeway)),
                &schedule.map(|schedule| millis(schedule.token_ttl)),
                &settings.and_then(|settings| i64::try_from(settings.key_bits.get()).ok()),
            ],
        )
        .await?;
    Ok(changed == 1)
}

async fn insert_key(
    transaction: &Transaction,
    position: i64,
    key: &StoredKey,
) -> Result<(), StoreError> {
    let sealed = key.sealed.as_ref().map(SealedKey::as_bytes);
    transaction
        .execute(
            INSERT_KEY,
            &[
                &key.kid.as_str(),
                &position,
                &key.modulus,
                &key.exponent,
                &sealed,
                &key.life.published_at.unix_millis(),
                &key.life.activates_at.unix_millis(),
                &key.life.retires_at.map(Timestamp::unix_millis),
                &key.life.leaves_at.map(Timestamp::unix_millis),
                &key.life.revoked_at.map(Timestamp::unix_millis),
            ],
        )
        .await?;
    Ok(())
}

fn ring_from_row(row: &Row) -> Result<StoredRing, StoreError> {
    let sealed_with: Option<String> = row.try_get("sealed_with")?;
    Ok(StoredRing {
        version: RingVersion(row.try_get::<_, i64>("version")?.cast_unsigned()),
        settled_at: moment(row, "settled_at")?,
        sealed_with: sealed_with.map(SealingKeyId::from_text),
        settings: settings_from_row(row)?,
        keys: Vec::new(),
    })
}

fn settings_from_row(row: &Row) -> Result<Option<RingSettings>, StoreError> {
    let unreadable = || StoreError::Corrupt("size of keys");
    let Some(key_bits) = row.try_get::<_, Option<i64>>("key_bits")? else {
        return Ok(None);
    };
    let duration = |column| {
        let millis = row.try_get::<_, Option<i64>>(column)?;
        Ok::<_, StoreError>(millis.map(duration))
    };
    let schedule = ScheduleSettings {
        rotate_every: duration("rotate_every")?,
        announce_for: duration("announce_for")?.unwrap_or_default(),
        jwks_max_age: duration("jwks_max_age")?.unwrap_or_default(),
        leeway: duration("leeway")?.unwrap_or_default(),
        token_ttl: duration("token_ttl")?.unwrap_or_default(),
    };
    let key_bits = usize::try_from(key_bits).map_err(|_| unreadable())?;
    let key_bits = KeyBits::try_from(key_bits).map_err(|_| unreadable())?;
    Ok(Some(RingSettings { schedule, key_bits }))
}

fn key_from_row(row: &Row) -> Result<StoredKey, StoreError> {
    let unreadable = |()| StoreError::Corrupt("signing key");
    let sealed: Option<Vec<u8>> = row.try_get("sealed")?;
    let required = |column| moment(row, column)?.ok_or(()).map_err(unreadable);
    Ok(StoredKey {
        kid: Kid::new(row.try_get("kid")?).map_err(|_| unreadable(()))?,
        modulus: row.try_get("modulus")?,
        exponent: row.try_get("exponent")?,
        sealed: sealed.map(SealedKey::from_bytes),
        life: Life {
            published_at: required("published_at")?,
            activates_at: required("activates_at")?,
            retires_at: moment(row, "retires_at")?,
            leaves_at: moment(row, "leaves_at")?,
            revoked_at: moment(row, "revoked_at")?,
        },
    })
}

fn moment(row: &Row, column: &str) -> Result<Option<Timestamp>, StoreError> {
    let millis: Option<i64> = row.try_get(column)?;
    Ok(millis.map(Timestamp::from_unix_millis))
}

/// A schedule's durations are at most ten years.
fn millis(duration: Duration) -> i64 {
    i64::try_from(duration.as_millis()).unwrap_or(i64::MAX)
}

fn duration(millis: i64) -> Duration {
    Duration::from_millis(u64::try_from(millis).unwrap_or_default())
}
