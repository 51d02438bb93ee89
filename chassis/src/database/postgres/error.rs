//! From what the driver and the server say to what a caller can do about it.

use std::error::Error;
use std::io;
use std::sync::Arc;

use tokio_postgres::error::SqlState;

use super::tls;
use crate::database::DatabaseError;

impl From<tokio_postgres::Error> for DatabaseError {
    fn from(error: tokio_postgres::Error) -> Self {
        match error.code() {
            Some(code) if *code == SqlState::DISK_FULL => Self::Full,
            Some(code) if passes(code) => Self::Unavailable(said(&error)),
            None if is_lost(&error) => Self::Unavailable(said(&error)),
            _ => Self::Postgres(Arc::new(error)),
        }
    }
}

/// While connecting there is no statement to refuse: what does not pass is the address or the
/// user, and no reason to wait.
pub(super) fn on_connect(error: &tokio_postgres::Error) -> DatabaseError {
    if let Some(reason) = tls::refusal(error) {
        return DatabaseError::Connect(reason);
    }
    match error.code() {
        Some(code) if !passes(code) => DatabaseError::Connect(said(error)),
        _ => DatabaseError::Unavailable(said(error)),
    }
}

/// Whether the connection on which this was said is of no more use: the server closes it, or has
/// become a standby that writes can't go to.
pub(super) fn ends_the_connection(error: &tokio_postgres::Error) -> bool {
    let Some(code) = error.code() else {
        return is_lost(error);
    };
    code.code().starts_with("57P")
        || code.code().starts_with("08")
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
}

/// Whether trying again helps: the connection or the server goes away (08, 57), is short of
/// something (53), has become a standby (25006), or somebody else was in the way (40, 55P03).
fn passes(code: &SqlState) -> bool {
    matches!(code.code().get(..2), Some("08" | "40" | "53" | "57"))
        || *code == SqlState::LOCK_NOT_AVAILABLE
        || *code == SqlState::READ_ONLY_SQL_TRANSACTION
}

fn is_lost(error: &tokio_postgres::Error) -> bool {
    error.is_closed() || error.source().is_some_and(<dyn Error>::is::<io::Error>)
}

/// The driver's own text names the step, its source what went wrong.
fn said(error: &tokio_postgres::Error) -> Arc<str> {
    match (error.as_db_error(), error.source()) {
        (Some(server), _) => server.message().into(),
        (None, Some(source)) => format!("{error}: {source}").into(),
        (None, None) => error.to_string().into(),
    }
}
