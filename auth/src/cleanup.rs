//! Removing what has no effect any more: logins that have ended, failures long past.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use tokio_util::sync::CancellationToken;

use crate::service::Service;
use crate::store::StoreError;

const EVERY: Duration = Duration::from_mins(1);

/// Cleans until told to stop. A failure is logged and tried again: nothing depends on it.
///
/// # Errors
/// Never.
pub async fn keep_clean(
    service: Arc<Service>,
    stopping: CancellationToken,
) -> Result<(), Infallible> {
    let mut moments = tokio::time::interval(EVERY);
    while stopping.run_until_cancelled(moments.tick()).await.is_some() {
        if let Err(error) = clean(&service).await {
            tracing::warn!(%error, "old sessions and failures were not removed");
        }
    }
    Ok(())
}

/// Removes all that is old, in bounded steps, so that no other write waits long.
///
/// # Errors
/// The store fails.
pub async fn clean(service: &Service) -> Result<(), StoreError> {
    let now = service.now();
    service.store.forget_ended_sessions(now).await?;
    while service.store.forget_old_failures(now).await? > 0 {}
    Ok(())
}
