//! The table of failed logins, bounded by forgetting what was written longest ago.

use rusqlite::{Connection, OptionalExtension};
use token::Timestamp;

use super::SqliteStore;
use crate::store::StoreError;
use crate::throttle::{Count, FORGET_AFTER, Gate, Limits, MAX_COUNTS, Subject};

impl SqliteStore {
    /// Counts an attempt under every subject before it is made, unless one of them must wait.
    pub(in crate::store) async fn count_attempt(
        &self,
        subjects: Vec<Subject>,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Gate, StoreError> {
        // A flood that must wait anyway gets its answer without a write.
        let closed = self
            .sqlite
            .read(|connection| gate(connection, &subjects, limits, now))?;
        if let Gate::ClosedUntil(_) = closed {
            return Ok(closed);
        }
        self.sqlite
            .write(move |connection| {
                let gate = gate(connection, &subjects, limits, now)?;
                if gate == Gate::Open {
                    for subject in &subjects {
                        let count = find(connection, subject)?;
                        save(
                            connection,
                            subject,
                            limits.with_attempt(subject, count, now),
                        )?;
                    }
                }
                Ok(gate)
            })
            .await
    }

    /// Takes back an attempt that was counted and then not made.
    pub(in crate::store) async fn take_back_attempt(
        &self,
        subjects: Vec<Subject>,
    ) -> Result<(), StoreError> {
        self.sqlite
            .write(move |connection| {
                for subject in &subjects {
                    take_back(connection, subject)?;
                }
                Ok(())
            })
            .await
    }

    /// Forgets the failures of subjects whose attempt succeeded.
    pub(in crate::store) async fn forgive_failures(
        &self,
        subjects: Vec<Subject>,
    ) -> Result<(), StoreError> {
        self.sqlite
            .write(move |connection| Ok(forgive(connection, &subjects)?))
            .await
    }

    /// Removes counts that have no effect any more, a bounded number at a time; says how many.
    pub(in crate::store) async fn forget_old_failures(
        &self,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let oldest = now - FORGET_AFTER;
        self.sqlite
            .write(move |connection| {
                // The oldest turns come first: when none of these is old, none is.
                let sql = "DELETE FROM failures WHERE turn IN
                           (SELECT turn FROM (SELECT turn, since FROM failures
                                              ORDER BY turn LIMIT 1000) WHERE since <= ?1)";
                Ok(connection.execute(sql, [oldest.unix_millis()])?)
            })
            .await
    }
}

/// A success wipes out a name's failures, and the one that it was counted as of its address: an
/// address that guesses must not buy more guesses with an account of its own.
pub(super) fn forgive(
    connection: &Connection,
    subjects: &[Subject],
) -> Result<(), rusqlite::Error> {
    for subject in subjects {
        match subject {
            Subject::Name(_) | Subject::Client(_) => remove(connection, subject)?,
            Subject::Address(_) | Subject::Registrant(_) => take_back(connection, subject)?,
        }
    }
    Ok(())
}

/// The gate that opens last.
fn gate(
    connection: &Connection,
    subjects: &[Subject],
    limits: Limits,
    now: Timestamp,
) -> Result<Gate, rusqlite::Error> {
    let mut latest = Gate::Open;
    for subject in subjects {
        let gate = limits.gate(subject, find(connection, subject)?, now);
        latest = latest.later(gate);
    }
    Ok(latest)
}

fn find(connection: &Connection, subject: &Subject) -> Result<Option<Count>, rusqlite::Error> {
    connection
        .prepare_cached("SELECT count, since FROM failures WHERE subject = ?1")?
        .query_row([subject.key()], |row| {
            Ok(Count {
                failures: row.get(0)?,
                since: Timestamp::from_unix_millis(row.get(1)?),
            })
        })
        .optional()
}

fn save(connection: &Connection, subject: &Subject, count: Count) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("INSERT OR REPLACE INTO failures (subject, count, since) VALUES (?, ?, ?)")?
        .execute((subject.key(), count.failures, count.since.unix_millis()))?;
    let newest = connection.last_insert_rowid();
    connection
        .prepare_cached("DELETE FROM failures WHERE turn <= ?1")?
        .execute([newest - MAX_COUNTS])?;
    Ok(())
}

fn take_back(connection: &Connection, subject: &Subject) -> Result<(), rusqlite::Error> {
    connection
        .prepare_cached("UPDATE failures SET count = count - 1 WHERE subject = ?1 AND count > 0")?
        .execute([subject.key()])?;
    Ok(())
}

fn remove(connection: &Connection, subject: &Subject) -> Result<(), rusqlite::Error> {
    let mut statement = connection.prepare_cached("DELETE FROM failures WHERE subject = ?1")?;
    statement.execute([subject.key()])?;
    Ok(())
}
