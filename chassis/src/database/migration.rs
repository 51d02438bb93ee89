//! What the migrations of both engines have in common.

use std::error::Error;
use std::sync::Arc;

use refinery::Runner;

/// The version that these migrations lead to.
pub(super) fn newest(migrations: &Runner) -> i64 {
    let versions = migrations
        .get_migrations()
        .iter()
        .map(refinery::Migration::version);
    versions.max().map_or(0, i64::from)
}

/// refinery's own text names the migration but not what the engine said of it.
pub(super) fn told(error: &refinery::Error) -> Arc<str> {
    match error.source() {
        Some(cause) => format!("{error}: {}", deepest(cause)).into(),
        None => error.to_string().into(),
    }
}

fn deepest(error: &dyn Error) -> String {
    match error.source() {
        Some(cause) => format!("{error}: {}", deepest(cause)),
        None => error.to_string(),
    }
}
