//! Waiting for something that a sound program does soon, without guessing how soon.

use std::time::Duration;

/// How long anything may take on the slowest machine before the test gives up.
pub const PATIENCE: Duration = Duration::from_mins(1);

/// Asks until `condition` holds.
///
/// # Panics
/// When it never does; `what` completes "gave up waiting until".
pub async fn until(what: &str, mut condition: impl AsyncFnMut() -> bool) {
    let asking = async {
        while !condition().await {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    };
    let held = tokio::time::timeout(PATIENCE, asking).await;
    assert!(held.is_ok(), "gave up waiting until {what}");
}
