//! Several statements that happen together or not at all.

use tokio_postgres::Row;

use super::Arguments;
use super::writers::Lease;
use crate::database::DatabaseError;

/// Dropped before [`Transaction::commit`] it takes everything back, and its connection with it.
pub struct Transaction {
    lease: Lease,
    is_finished: bool,
}

impl Transaction {
    pub(super) async fn begin(lease: Lease) -> Result<Self, DatabaseError> {
        let transaction = Self {
            lease,
            is_finished: false,
        };
        transaction.lease.command("BEGIN").await?;
        Ok(transaction)
    }

    /// The rows of a statement.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the statement.
    pub async fn query(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Vec<Row>, DatabaseError> {
        self.lease.query(sql, arguments).await
    }

    /// Runs a statement; says how many rows it touched.
    ///
    /// # Errors
    /// The server cannot be reached or refuses the statement.
    pub async fn execute(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<u64, DatabaseError> {
        self.lease.execute(sql, arguments).await
    }

    /// Makes it happen, durably.
    ///
    /// # Errors
    /// The server cannot be reached: it is open whether it happened.
    pub async fn commit(mut self) -> Result<(), DatabaseError> {
        self.lease.command("COMMIT").await?;
        self.is_finished = true;
        Ok(())
    }

    /// Takes everything back and keeps the connection.
    ///
    /// # Errors
    /// The server cannot be reached, which takes everything back as well.
    pub async fn roll_back(mut self) -> Result<(), DatabaseError> {
        self.lease.command("ROLLBACK").await?;
        self.is_finished = true;
        Ok(())
    }
}

impl Drop for Transaction {
    fn drop(&mut self) {
        if !self.is_finished {
            self.lease.discard();
        }
    }
}
