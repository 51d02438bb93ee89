//! Running until told to stop: the only place that starts tasks.
//!
//! Soft stop (first SIGTERM or SIGINT, or a crashed task): not ready any more, nothing new is
//! accepted, what is in flight is finished. Hard stop (second signal, or the drain limit): the
//! process ends with what is still open.

mod signals;
mod supervisor;

use std::fmt::Display;
use std::future::Future;
use std::process::ExitCode;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use tokio_util::sync::CancellationToken;
use tokio_util::task::TaskTracker;

use self::signals::Signals;
use crate::edge::Site;
use crate::health::Readiness;
use crate::serve::Listener;

/// How long requests in flight may take once the process stops.
const DRAIN: Duration = Duration::from_secs(10);

/// Owner of every task of the process.
pub struct Lifecycle {
    tasks: Tasks,
    signals: std::io::Result<Signals>,
    drain: Duration,
}

/// The process was told to stop before it served.
#[derive(Debug, thiserror::Error)]
#[error("told to stop")]
pub struct Stopped;

/// What a task needs to start others and to learn that it is time to end.
#[derive(Clone)]
pub struct Tasks {
    stopping: CancellationToken,
    tracker: TaskTracker,
    failed: Arc<OnceLock<&'static str>>,
}

impl Lifecycle {
    /// Starts to listen for signals, so that none is lost while the service is built.
    #[must_use]
    pub fn new() -> Self {
        let tasks = Tasks {
            stopping: CancellationToken::new(),
            tracker: TaskTracker::new(),
            failed: Arc::new(OnceLock::new()),
        };
        Self {
            tasks,
            signals: Signals::install(),
            drain: DRAIN,
        }
    }

    /// Shortens the time that a stop may take.
    #[must_use]
    pub fn with_drain(mut self, drain: Duration) -> Self {
        self.drain = drain;
        self
    }

    /// What the work leads to, for a start that may wait long for others.
    ///
    /// # Errors
    /// The process was told to stop meanwhile.
    pub async fn unless_stopped<T>(&mut self, work: impl Future<Output = T>) -> Result<T, Stopped> {
        let Ok(signals) = &mut self.signals else {
            return Ok(work.await);
        };
        tokio::select! {
            biased;
            signal = signals.next() => {
                tracing::info!(signal, "stopping");
                Err(Stopped)
            }
            done = work => Ok(done),
        }
    }

    /// Runs a task until it ends or the process does. One that fails or panics ends the process.
    pub fn spawn<E: Display + 'static>(
        &self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        self.tasks.spawn(name, task);
    }

    /// Serves the site on the listener until the stop.
    pub fn serve(&self, listener: Listener, site: impl Into<Site>) {
        if let Some(tls) = listener.tls() {
            self.spawn("certificate", tls.follow_files(self.stopping()));
        }
        let tasks = self.tasks.clone();
        self.spawn(listener.name(), listener.run(site.into(), tasks));
    }

    /// Cancelled at the soft stop: tasks end their loop, finish what they hold and return.
    /// Cancelling it is a soft stop.
    #[must_use]
    pub fn stopping(&self) -> CancellationToken {
        self.tasks.stopping.clone()
    }

    /// Ready until the soft stop; the service adds its own checks.
    #[must_use]
    pub fn readiness(&self) -> Readiness {
        Readiness::new(self.stopping())
    }

    /// Waits for the stop and carries it out. Success, unless a task crashed.
    pub async fn run(self) -> ExitCode {
        let Self {
            tasks,
            signals,
            drain,
        } = self;
        let mut signals = match signals {
            Ok(signals) => signals,
            Err(error) => {
                tracing::error!(%error, "cannot listen for signals");
                return ExitCode::FAILURE;
            }
        };
        supervisor::tell_ready();
        if let Some(interval) = supervisor::watchdog() {
            tasks.spawn(
                "watchdog",
                supervisor::tell_alive(interval, tasks.stopping.clone()),
            );
        }
        tokio::select! {
            signal = signals.next() => tracing::info!(signal, "stopping"),
            () = tasks.stopping.cancelled() => tracing::info!("stopping"),
        }
        supervisor::tell_stopping();
        tasks.finish(drain, signals).await
    }
}

impl Default for Lifecycle {
    fn default() -> Self {
        Self::new()
    }
}

impl Tasks {
    /// See [`Lifecycle::spawn`].
    pub fn spawn<E: Display + 'static>(
        &self,
        name: &'static str,
        task: impl Future<Output = Result<(), E>> + Send + 'static,
    ) {
        let watch = CrashWatch {
            tasks: self.clone(),
            name,
            ended: false,
        };
        self.tracker.spawn(watch.follow(task));
    }

    /// Runs a task whose crash concerns nobody else, such as one connection.
    pub(crate) fn spawn_contained(&self, task: impl Future<Output = ()> + Send + 'static) {
        self.tracker.spawn(task);
    }

    /// See [`Lifecycle::stopping`].
    #[must_use]
    pub fn stopping(&self) -> &CancellationToken {
        &self.stopping
    }

    /// Soft stop, then hard stop at the limit or the next signal.
    async fn finish(self, drain: Duration, mut signals: Signals) -> ExitCode {
        self.stopping.cancel();
        self.tracker.close();
        tokio::select! {
            () = self.tracker.wait() => tracing::info!("stopped"),
            () = tokio::time::sleep(drain) => {
                tracing::warn!(open = self.tracker.len(), "stopped before all was finished");
            }
            signal = signals.next() => tracing::warn!(signal, "stopped at once"),
        }
        match self.failed.get() {
            Some(_task) => ExitCode::FAILURE,
            None => ExitCode::SUCCESS,
        }
    }

    fn fail(&self, name: &'static str) {
        let _first_failure_wins = self.failed.set(name);
        self.stopping.cancel();
    }
}

/// Lives as long as its task: dropped before the end, it saw a panic.
struct CrashWatch {
    tasks: Tasks,
    name: &'static str,
    ended: bool,
}

impl CrashWatch {
    async fn follow<E: Display>(mut self, task: impl Future<Output = Result<(), E>>) {
        let outcome = task.await;
        self.ended = true;
        if let Err(error) = outcome {
            tracing::error!(task = self.name, %error, "a task failed");
            self.tasks.fail(self.name);
        }
    }
}

impl Drop for CrashWatch {
    fn drop(&mut self) {
        if !self.ended && std::thread::panicking() {
            tracing::error!(task = self.name, "a task panicked");
            self.tasks.fail(self.name);
        }
    }
}

#[cfg(test)]
mod tests;
