//! The table of failed logins, shared by all processes and bounded by forgetting what was written
//! longest ago.

use chassis::database::DatabaseError;
use chassis::database::postgres::{Row, Transaction};
use token::Timestamp;

use super::PostgresStore;
use crate::store::StoreError;
use crate::throttle::{Count, FORGET_AFTER, Gate, Limits, MAX_COUNTS, Subject};

/// Attempts under one subject are counted in line, those of a name that has no row yet included.
const IN_LINE: &str = "SELECT pg_advisory_xact_lock(place)
    FROM (SELECT DISTINCT hashtextextended(encode(subject, 'hex'), 0) AS place
          FROM unnest($1::bytea[]) AS subject ORDER BY place) AS places";

const FIND: &str = "SELECT subject, count, since FROM failures WHERE subject = ANY($1::bytea[])";

const SAVE: &str = "INSERT INTO failures (subject, count, since) VALUES ($1, $2, $3)
    ON CONFLICT (subject) DO UPDATE
    SET count = excluded.count, since = excluded.since, turn = nextval('failures_turn')
    RETURNING turn";

const TAKE_BACK: &str = "UPDATE failures SET count = count - 1
    WHERE subject = ANY($1::bytea[]) AND count > 0";

const REMOVE: &str = "DELETE FROM failures WHERE subject = ANY($1::bytea[])";

/// The oldest turns come first: when none of these is old, none is.
const FORGET: &str = "DELETE FROM failures WHERE turn IN
    (SELECT turn FROM (SELECT turn, since FROM failures ORDER BY turn LIMIT 1000) AS oldest
     WHERE since <= $1)";

const TRIM: &str = "DELETE FROM failures WHERE turn IN
    (SELECT turn FROM failures WHERE turn <= $1 ORDER BY turn LIMIT 1000 FOR UPDATE SKIP LOCKED)";

/// How many counts are written between two looks at the bound.
const TRIM_EVERY: i64 = 100;

impl PostgresStore {
    pub(in crate::store) async fn count_attempt(
        &self,
        subjects: Vec<Subject>,
        limits: Limits,
        now: Timestamp,
    ) -> Result<Gate, StoreError> {
        let keys = keys(&subjects);
        // A flood that must wait anyway gets its answer without a write.
        let rows = self.postgres.read(FIND, &[&keys]).await?;
        let closed = gate(&counts(&subjects, &rows)?, limits, now);
        if let Gate::ClosedUntil(_) = closed {
            return Ok(closed);
        }
        let transaction = self.postgres.begin().await?;
        transaction.query(IN_LINE, &[&keys]).await?;
        let rows = transaction.query(FIND, &[&keys]).await?;
        let counts = counts(&subjects, &rows)?;
        let gate = gate(&counts, limits, now);
        let mut newest = None;
        if gate == Gate::Open {
            for (subject, count) in &counts {
                let count = limits.with_attempt(subject, *count, now);
                newest = Some(save(&transaction, subject, count).await?);
            }
        }
        transaction.commit().await?;
        self.trim(newest).await?;
        Ok(gate)
    }

    pub(in crate::store) async fn take_back_attempt(
        &self,
        subjects: Vec<Subject>,
    ) -> Result<(), StoreError> {
        self.postgres.write(TAKE_BACK, &[&keys(&subjects)]).await?;
        Ok(())
    }

    pub(in crate::store) async fn forgive_failures(
        &self,
        subjects: Vec<Subject>,
    ) -> Result<(), StoreError> {
        let transaction = self.postgres.begin().await?;
        forgive(&transaction, &subjects).await?;
        transaction.commit().await?;
        Ok(())
    }

    pub(in crate::store) async fn forget_old_failures(
        &self,
        now: Timestamp,
    ) -> Result<usize, StoreError> {
        let oldest = now - FORGET_AFTER;
        let forgotten = self
            .postgres
            .write(FORGET, &[&oldest.unix_millis()])
            .await?;
        Ok(usize::try_from(forgotten).unwrap_or(usize::MAX))
    }

    /// Outside of the transaction, so that nobody waits for a row that is to go.
    async fn trim(&self, newest: Option<i64>) -> Result<(), DatabaseError> {
        if let Some(newest) = newest.filter(|turn| turn % TRIM_EVERY == 0) {
            self.postgres.write(TRIM, &[&(newest - MAX_COUNTS)]).await?;
        }
        Ok(())
    }
}

/// A success wipes out a name's failures, and the one that it was counted as of its address: an
/// address that guesses must not buy more guesses with an account of its own.
pub(super) async fn forgive(
    transaction: &Transaction,
    subjects: &[Subject],
) -> Result<(), DatabaseError> {
    let of_name = |subject: &&Subject| matches!(subject, Subject::Name(_) | Subject::Client(_));
    let (names, addresses): (Vec<_>, Vec<_>) = subjects.iter().partition(of_name);
    transaction.query(IN_LINE, &[&keys(subjects)]).await?;
    transaction.execute(REMOVE, &[&keys(names)]).await?;
    transaction.execute(TAKE_BACK, &[&keys(addresses)]).await?;
    Ok(())
}

fn keys<'a>(subjects: impl IntoIterator<Item = &'a Subject>) -> Vec<Vec<u8>> {
    subjects.into_iter().map(Subject::key).collect()
}

/// Each subject with what was found of it.
fn counts<'a>(
    subjects: &'a [Subject],
    rows: &[Row],
) -> Result<Vec<(&'a Subject, Option<Count>)>, StoreError> {
    let found = |subject: &'a Subject| {
        let key = subject.key();
        for row in rows {
            if row.try_get::<_, &[u8]>(0)? == key {
                return Ok((subject, Some(count(row)?)));
            }
        }
        Ok((subject, None))
    };
    subjects.iter().map(found).collect()
}

fn count(row: &Row) -> Result<Count, StoreError> {
    let failures = u32::try_from(row.try_get::<_, i64>(1)?);
    Ok(Count {
        failures: failures.map_err(|_| StoreError::Corrupt("count of failures"))?,
        since: Timestamp::from_unix_millis(row.try_get(2)?),
    })
}

/// The gate that opens last.
fn gate(counts: &[(&Subject, Option<Count>)], limits: Limits, now: Timestamp) -> Gate {
    let gates = counts
        .iter()
        .map(|(subject, count)| limits.gate(subject, *count, now));
    gates.fold(Gate::Open, Gate::later)
}

/// The turn that the count got.
async fn save(
    transaction: &Transaction,
    subject: &Subject,
    count: Count,
) -> Result<i64, StoreError> {
    let rows = transaction
        .query(
            SAVE,
            &[
                &subject.key(),
                &i64::from(count.failures),
                &count.since.unix_millis(),
            ],
        )
        .await?;
    let row = rows.first().ok_or(StoreError::Corrupt("turn"))?;
    Ok(row.try_get(0)?)
}
