//! Jobs in line for the thread that writes, which is called once for all that come together.
//!
//! Requests come in one after the other, and each is ready to write some microseconds after the
//! one before. A thread that is called by the first of them commits for it alone, and the others
//! pay a flush to the disk of their own. So a job is laid down without a word, whoever brought it
//! lets the tasks go first that are ready to run, and then calls.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};

use tokio::sync::Semaphore;

use super::job::Job;

/// Jobs that may wait; beyond that, callers wait to be let in.
const PLACES: usize = 1024;

struct Queue {
    line: Mutex<Line>,
    bell: Condvar,
    places: Semaphore,
}

#[derive(Default)]
struct Line {
    jobs: Vec<Box<dyn Job>>,
    is_thread_asleep: bool,
    is_closed: bool,
}

/// The way into the line, which is closed when this is dropped.
pub(super) struct Entrance(Arc<Queue>);

/// The other end of the line. When it is dropped, jobs that still wait are abandoned.
pub(super) struct Exit(Arc<Queue>);

/// There is nobody any more who takes jobs.
pub(super) struct Closed;

pub(super) fn queue() -> (Entrance, Exit) {
    let queue = Arc::new(Queue {
        line: Mutex::default(),
        bell: Condvar::new(),
        places: Semaphore::new(PLACES),
    });
    (Entrance(Arc::clone(&queue)), Exit(queue))
}

impl Entrance {
    /// Brings a job, when there is a place.
    pub(super) async fn send(&self, job: Box<dyn Job>) -> Result<(), Closed> {
        let place = self.0.places.acquire().await.map_err(|_| Closed)?;
        let is_thread_asleep = self.0.line().bring(job)?;
        place.forget();
        if is_thread_asleep {
            tokio::task::yield_now().await;
            self.0.call();
        }
        Ok(())
    }
}

impl Drop for Entrance {
    fn drop(&mut self) {
        self.0.line().is_closed = true;
        self.0.bell.notify_one();
    }
}

impl Exit {
    /// Waits for jobs and takes all there are, up to `most`; `None` when there will be none any more.
    pub(super) fn take(&self, most: usize) -> Option<Vec<Box<dyn Job>>> {
        let mut line = self.0.line();
        line.is_thread_asleep = line.jobs.is_empty();
        while line.is_thread_asleep && !line.is_closed {
            line = self
                .0
                .bell
                .wait(line)
                .unwrap_or_else(PoisonError::into_inner);
        }
        let jobs = self.0.let_through(line, most);
        (!jobs.is_empty()).then_some(jobs)
    }

    /// Takes what waits now, up to `most`.
    pub(super) fn take_waiting(&self, most: usize) -> Vec<Box<dyn Job>> {
        self.0.let_through(self.0.line(), most)
    }
}

impl Drop for Exit {
    fn drop(&mut self) {
        self.0.places.close();
        let mut line = self.0.line();
        line.is_closed = true;
        let abandoned = std::mem::take(&mut line.jobs);
        drop(line);
        drop(abandoned);
    }
}

impl Queue {
    /// Another may have called by now, and the thread may sleep again: then there is nothing to do.
    fn call(&self) {
        let mut line = self.line();
        if line.is_thread_asleep && !line.jobs.is_empty() {
            line.is_thread_asleep = false;
            drop(line);
            self.bell.notify_one();
        }
    }

    fn let_through(&self, mut line: MutexGuard<'_, Line>, most: usize) -> Vec<Box<dyn Job>> {
        let taken = line.jobs.len().min(most);
        let jobs: Vec<_> = line.jobs.drain(..taken).collect();
        drop(line);
        self.places.add_permits(jobs.len());
        jobs
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.line.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Line {
    /// True: the thread sleeps and has to be called.
    fn bring(&mut self, job: Box<dyn Job>) -> Result<bool, Closed> {
        if self.is_closed {
            return Err(Closed);
        }
        self.jobs.push(job);
        Ok(self.is_thread_asleep)
    }
}

#[cfg(test)]
mod tests;
