//! Jobs in line for several threads, each of which may stop waiting by itself.

use std::collections::VecDeque;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

/// The line, and the threads that wait for a job.
pub(super) struct Queue<J>(Mutex<Line<J>>);

struct Line<J> {
    jobs: VecDeque<J>,
    /// What calls each waiting thread; who came last is called first, because it is the one that
    /// still has its memory.
    waiting: Vec<Arc<Condvar>>,
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
        let mut line = self.0.line();
        line.jobs.push_back(job);
        if let Some(bell) = line.waiting.pop() {
            bell.notify_one();
        }
    }
}

impl<J> Drop for Sender<J> {
    fn drop(&mut self) {
        let mut line = self.0.line();
        line.ended = true;
        for bell in line.waiting.drain(..) {
            bell.notify_one();
        }
    }
}

impl<J> Queue<J> {
    /// Waits for a job; without a patience, for as long as it takes.
    pub(super) fn next(&self, patience: Option<Duration>) -> Next<J> {
        let bell = Arc::new(Condvar::new());
        let (mut line, mut is_patient) = (self.line(), true);
        loop {
            if let Some(job) = line.jobs.pop_front() {
                return Next::Job(job);
            }
            if line.ended {
                return Next::Ended;
            }
            if !is_patient {
                return Next::Nothing;
            }
            line.waiting.push(Arc::clone(&bell));
            (line, is_patient) = wait(&bell, line, patience);
            // Whoever rang has taken the bell, but then another thread may have taken the job.
            line.waiting.retain(|other| !Arc::ptr_eq(other, &bell));
        }
    }

    fn line(&self) -> MutexGuard<'_, Line<J>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many threads wait.
    #[cfg(test)]
    pub(super) fn waiting(&self) -> usize {
        self.line().waiting.len()
    }
}

/// False: the patience is at its end.
fn wait<'a, J>(
    bell: &Condvar,
    line: MutexGuard<'a, Line<J>>,
    patience: Option<Duration>,
) -> (MutexGuard<'a, Line<J>>, bool) {
    let Some(patience) = patience else {
        let line = bell.wait(line).unwrap_or_else(PoisonError::into_inner);
        return (line, true);
    };
    let (line, outcome) = bell
        .wait_timeout(line, patience)
        .unwrap_or_else(PoisonError::into_inner);
    (line, !outcome.timed_out())
}

impl<J> Default for Queue<J> {
    fn default() -> Self {
        Self(Mutex::new(Line {
            jobs: VecDeque::new(),
            waiting: Vec::new(),
            ended: false,
        }))
    }
}
