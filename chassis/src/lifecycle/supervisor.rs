//! Telling systemd, when it asked to be told (`Type=notify`, `WatchdogSec=`).

use std::convert::Infallible;
use std::time::Duration;

use sd_notify::NotifyState;
use tokio_util::sync::CancellationToken;

pub(super) fn tell_ready() {
    tell(NotifyState::Ready);
}

pub(super) fn tell_stopping() {
    tell(NotifyState::Stopping);
}

/// How often a sign of life is due: twice in the time after which the service counts as hung.
pub(super) fn watchdog() -> Option<Duration> {
    sd_notify::watchdog_enabled().map(|hung_after| hung_after / 2)
}

/// Comes from a task, so it stops when the runtime does.
pub(super) async fn tell_alive(
    interval: Duration,
    stopping: CancellationToken,
) -> Result<(), Infallible> {
    while stopping
        .run_until_cancelled(tokio::time::sleep(interval))
        .await
        .is_some()
    {
        tell(NotifyState::Watchdog);
    }
    Ok(())
}

fn tell(state: NotifyState<'_>) {
    if let Err(error) = sd_notify::notify(&[state]) {
        tracing::warn!(%error, "the service manager does not listen");
    }
}
