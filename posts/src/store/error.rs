//! Why a change was not made.
use chassis::database::DatabaseError;

use crate::precondition::Unmet;

/// Why a post was not changed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum WriteError {
    /// The author has no such post.
    #[error("the author has no such post")]
    NotFound,
    /// The client's conditions do not hold.
    #[error(transparent)]
    Unmet(#[from] Unmet),
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}

/// Why a post was not made.
#[derive(Debug, thiserror::Error)]
pub(crate) enum CreateError {
    /// The key has been used for another request.
    #[error("the Idempotency-Key was used for another request")]
    KeyUsedForAnother,
    /// The database did not do it.
    #[error(transparent)]
    Database(#[from] DatabaseError),
}
