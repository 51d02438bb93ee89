//! The answers that idempotency keys were given, kept for a day.
use rusqlite::{Connection, OptionalExtension, Result, Row, named_params};
use token::Timestamp;

use crate::idempotency::{Answer, KEPT_FOR};
use crate::store::slot::{Known, Slot, header_lines, headers};
use crate::store::sql;

/// What is known of a key at `now`.
pub(super) fn look_up(transaction: &Connection, slot: &Slot, now: Timestamp) -> Result<Known> {
    let found = transaction
        .prepare_cached(sql::ANSWER)?
        .query_row(
            (slot.author.as_str(), slot.key.as_str(), now.unix_millis()),
            |row| Ok((row.get::<_, [u8; 32]>(0)?, answer(row)?)),
        )
        .optional()?;
    Ok(match found {
        None => slot.compare(None),
        Some((fingerprint, answer)) => slot.compare(Some((&fingerprint, answer))),
    })
}

/// Keeps the answer, in the place of one that has expired if there is one.
pub(super) fn keep(
    transaction: &Connection,
    slot: &Slot,
    answer: &Answer,
    now: Timestamp,
) -> Result<()> {
    transaction
        .prepare_cached(
            "INSERT OR REPLACE INTO idempotency_keys
                 (author, key, fingerprint, status, headers, body, expires_at)
             VALUES (:author, :key, :fingerprint, :status, :headers, :body, :expires_at)",
        )?
        .execute(named_params! {
            ":author": slot.author.as_str(),
            ":key": slot.key.as_str(),
            ":fingerprint": slot.fingerprint.as_bytes(),
            ":status": answer.status,
            ":headers": header_lines(answer),
            ":body": answer.body,
            ":expires_at": (now + KEPT_FOR).unix_millis(),
        })?;
    Ok(())
}

/// Forgets up to `limit` answers that have expired, so that no purge holds up the writes behind it.
pub(super) fn forget_expired(
    transaction: &Connection,
    now: Timestamp,
    limit: u32,
) -> Result<usize> {
    transaction
        .prepare_cached(sql::FORGET_ANSWERS)?
        .execute((now.unix_millis(), limit))
}

fn answer(row: &Row<'_>) -> Result<Answer> {
    Ok(Answer {
        status: row.get(1)?,
        headers: headers(row.get_ref(2)?.as_str()?),
        body: row.get(3)?,
    })
}
