//! Jobs in line for several threads, each of which may stop waiting by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The line, and the bell that calls a thread to it.
pub(super) struct Queue<J> {
    line: Mutex<Line<J>>,
    bell: Condvar,
}

struct Line<J> {
    jobs: VecDeque<J>,
    ended: bool,
}

/// The way into the line, which ends when this is dropped.
pub(super) struct Sender<J>(Arc<Queue<J>>);

/// What a thread is to do.
pub(super) enum Next<J> {
    /// This.
    Job(J),
    /// No job came in time.
    Nothing,
    /// No job will come any more.
    Ended,
}

impl<J> Sender<J> {
    pub(super) fn new(queue: Arc<Queue<J>>) -> Self {
        Self(queue)
    }

    pub(super) fn send(&self, job: J) {
        self.0.line().jobs.push_back(job);
        self.0.bell.notify_one();
    }
}

impl<J> Drop for Sender<J> {
    fn drop(&mut self) {
        self.0.line().ended = true;
        self.0.bell.notify_all();
    }
}

impl<J> Queue<J> {
    /// Waits for a job; without a patience, for as long as it takes.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next<J> {
        let must_wait = |line: &mut Line<J>| line.jobs.is_empty() && !line.ended;
        let line = self.line();
        let mut line = match patience {
            None => self.bell.wait_while(line, must_wait),
            Some(patience) => self
                .bell
                .wait_timeout_while(line, patience, must_wait)
                .map(|(line, _)| line)
                .map_err(|poisoned| PoisonError::new(poisoned.into_inner().0)),
        }
        .unwrap_or_else(PoisonError::into_inner);
        match line.jobs.pop_front() {
            Some(job) => Next::Job(job),
            None if line.ended => Next::Ended,
            None => Next::Nothing,
        }
    }

    fn line(&self) -> MutexGuard<'_, Line<J>> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        let (jobs, ended) = (VecDeque::new(), false);
        Self {
            line: Mutex::new(Line { jobs, ended }),
            bell: Condvar::new(),
        }
    }
}
