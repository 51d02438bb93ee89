//! The answers that idempotency keys were given, kept for a day and for every process.
use chassis::database::DatabaseError;
use token::Timestamp;

use super::{PostgresStore, row};
use crate::idempotency::{Answer, KEPT_FOR};
use crate::post::Post;
use crate::store::slot::{Known, Slot, header_lines, headers};
use crate::store::sql;

/// Takes the key's place, free or expired, and makes the post, or does neither. While another
/// process is at it under the same key, this waits for its end.
const CREATE: &str = "
    WITH slot AS (
        INSERT INTO idempotency_keys (author, key, fingerprint, status, headers, body, expires_at)
        VALUES ($1, $8, $9, $10, $11, $12, $13)
        ON CONFLICT (author, key) DO UPDATE
        SET fingerprint = excluded.fingerprint, status = excluded.status,
            headers = excluded.headers, body = excluded.body, expires_at = excluded.expires_at
        WHERE idempotency_keys.expires_at <= $14
        RETURNING author
    )
    INSERT INTO posts (author, id, title, body, created_at, updated_at, version)
    SELECT author, $2::uuid, $3::bytea, $4::bytea, $5::bigint, $6::bigint, $7::bigint FROM slot";

impl PostgresStore {
    /// False: the key has an answer already, and no post was made.
    pub(super) async fn insert_with_key(
        &self,
        post: &Post,
        slot: &Slot,
        answer: &Answer,
        now: Timestamp,
    ) -> Result<bool, DatabaseError> {
        let made = self
            .database
            .write(
                CREATE,
                &[
                    &post.author.as_str(),
                    &row::uuid(post.id),
                    &post.title.as_str().as_bytes(),
                    &post.body.as_str().as_bytes(),
                    &post.created_at.unix_millis(),
                    &post.updated_at.unix_millis(),
                    &post.version.number(),
                    &slot.key.as_str(),
                    &slot.fingerprint.as_bytes().as_slice(),
                    &i32::from(answer.status),
                    &header_lines(answer),
                    &answer.body,
                    &(now + KEPT_FOR).unix_millis(),
                    &now.unix_millis(),
                ],
            )
            .await?;
        Ok(made == 1)
    }

    /// What is known of a key at `now`.
    pub(super) async fn look_up(
        &self,
        slot: &Slot,
        now: Timestamp,
    ) -> Result<Known, DatabaseError> {
        let found = self
            .database
            .read_first(
                sql::ANSWER,
                &[
                    &slot.author.as_str(),
                    &slot.key.as_str(),
                    &now.unix_millis(),
                ],
            )
            .await?;
        let Some(row) = found else {
            return Ok(slot.compare(None));
        };
        let status = u16::try_from(row.try_get::<_, i32>(1)?);
        let answer = Answer {
            status: status.map_err(|_| DatabaseError::Corrupt("the status of an answer"))?,
            headers: headers(row.try_get(2)?),
            body: row.try_get(3)?,
        };
        Ok(slot.compare(Some((row.try_get(0)?, answer))))
    }

    pub(in crate::store) async fn forget_expired_answers(
        &self,
        limit: u32,
    ) -> Result<usize, DatabaseError> {
        let forgotten = self
            .database
            .write(
                sql::FORGET_ANSWERS,
                &[&self.make.now().unix_millis(), &i64::from(limit)],
            )
            .await?;
        Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
    }
}
