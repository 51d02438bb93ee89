//! What the migrations of both engines have in common.

use std::error::Error;
use std::sync::Arc;

use refinery::Runner;
use refinery::error::Kind;

/// The version that these migrations lead to.
pub(super) fn newest(migrations: &Runner) -> i64 {
    let versions = migrations
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().map_or(0, i64::from)
}

/// refinery's own text repeats the whole migration, and on PostgreSQL leaves out what the engine said.
pub(super) fn told(error: &refinery::Error) -> Arc<str> {
    let Kind::Connection(step, cause) = error.kind() else {
        return error.to_string().into();
    };
    format!("{step}: {}", engine_said(&**cause)).into()
}

fn engine_said(error: &(dyn Error + 'static)) -> String {
    if let Some(rusqlite::Error::SqlInputError { msg, .. }) = error.downcast_ref() {
        return msg.clone();
    }
    match error.source() {
        Some(cause) => format!("{error}: {}", engine_said(cause)),
        None => error.to_string(),
    }
}
