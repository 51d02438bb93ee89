//! The answers that idempotency keys were given, kept for a day.
use rusqlite::{Connection, OptionalExtension, Result, Row, named_params};
use token::Timestamp;

use crate::idempotency::{Answer, Fingerprint, IdempotencyKey, KEPT_FOR};
use crate::post::Author;

/// What a key stands for: whose it is, what it is called, and what it was used for.
#[derive(Clone, Debug)]
pub(super) struct Slot {
    pub(super) author: Author,
    pub(super) key: IdempotencyKey,
    pub(super) fingerprint: Fingerprint,
}

/// What is known of a key.
pub(super) enum Known {
    /// Nothing, or nothing any more.
    Unused,
    /// The same request was answered so.
    Answered(Answer),
    /// It was used for another request.
    UsedForAnother,
}

/// What is known of a key at `now`.
pub(super) fn look_up(transaction: &Connection, slot: &Slot, now: Timestamp) -> Result<Known> {
    let found = transaction
        .prepare_cached(
            "SELECT fingerprint, status, headers, body FROM idempotency_keys
             WHERE author = ?1 AND key = ?2 AND expires_at > ?3",
        )?
        .query_row(
            (slot.author.as_str(), slot.key.as_str(), now.unix_millis()),
            |row| Ok((row.get::<_, [u8; 32]>(0)?, answer(row)?)),
        )
        .optional()?;
    Ok(match found {
        None => Known::Unused,
        Some((fingerprint, answer)) if *slot.fingerprint.as_bytes() == fingerprint => {
            Known::Answered(answer)
        }
        Some(_) => Known::UsedForAnother,
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
        .prepare_cached(
            "DELETE FROM idempotency_keys WHERE (author, key) IN
             (SELECT author, key FROM idempotency_keys WHERE expires_at <= ?1 LIMIT ?2)",
        )?
        .execute((now.unix_millis(), limit))
}

fn header_lines(answer: &Answer) -> String {
    let lines: Vec<_> = answer
        .headers
        .iter()
        .map(|(name, value)| format!("{name}:{value}"))
        .collect();
    lines.join("\n")
}

fn answer(row: &Row<'_>) -> Result<Answer> {
    let headers = row
        .get_ref(2)?
        .as_str()?
        .lines()
        .filter_map(|line| line.split_once(':'));
    Ok(Answer {
        status: row.get(1)?,
        headers: headers
            .map(|(name, value)| (name.to_owned(), value.to_owned()))
            .collect(),
        body: row.get(3)?,
    })
}
