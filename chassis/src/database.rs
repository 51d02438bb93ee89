//! Storage engines, each by its own driver; a service's store knows which one it holds.

mod error;
pub mod sqlite;

pub use self::error::DatabaseError;
pub use self::sqlite::Sqlite;
