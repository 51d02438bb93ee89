//! The key that authenticates cursors, the same for every process on one database.
use chassis::database::DatabaseError;
use rusqlite::Connection;

/// The key there is, or a new one when there is none yet.
pub(super) fn load_or_make(transaction: &Connection) -> Result<[u8; 32], DatabaseError> {
    transaction.execute(
        "INSERT OR IGNORE INTO cursor_key (only, bytes) VALUES (1, ?1)",
        [rand::random::<[u8; 32]>()],
    )?;
    Ok(transaction.query_row("SELECT bytes FROM cursor_key", [], |row| row.get(0))?)
}
