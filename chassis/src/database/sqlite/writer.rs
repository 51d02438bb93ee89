//! The one thread that writes, many waiting writes to a commit.

mod job;
mod queue;

use std::io;
use std::sync::Arc;
use std::thread;

use rusqlite::Connection;
use tokio::sync::oneshot;

use self::job::{Job, Write};
use self::queue::{Entrance, Exit, queue};
use super::writes::{Writes, Writing};
use crate::database::DatabaseError;

/// Writes that share one commit at most, which bounds how long the first of them waits.
const BATCH: usize = 256;

/// The way to the writing thread, which ends when the last clone is gone.
#[derive(Clone)]
pub(super) struct Writer {
    queue: Arc<Entrance>,
}

impl Writer {
    pub(super) fn start(connection: Connection, writes: Arc<Writes>) -> io::Result<Self> {
        let (entrance, exit) = queue();
        let thread = Thread {
            connection,
            writes,
            exit,
            has_company: false,
        };
        thread::Builder::new()
            .name("sqlite-writer".to_owned())
            .spawn(move || thread.run())?;
        Ok(Self {
            queue: Arc::new(entrance),
        })
    }

    pub(super) async fn write<T, E, F>(&self, work: F) -> Result<T, E>
    where
        F: FnOnce(&Connection) -> Result<T, E> + Send + 'static,
        T: Send + 'static,
        E: From<DatabaseError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job = Box::new(Write::new(work, answer));
        if self.queue.send(job).await.is_err() {
            return Err(DatabaseError::Abandoned.into());
        }
        outcome
            .await
            .unwrap_or_else(|_| Err(DatabaseError::Abandoned.into()))
    }
}

/// The thread, and what it works with.
struct Thread {
    connection: Connection,
    writes: Arc<Writes>,
    exit: Exit,
    /// The last transaction was of several.
    has_company: bool,
}

impl Thread {
    fn run(mut self) {
        while let Some(mut jobs) = self.exit.take(BATCH) {
            while !jobs.is_empty() {
                jobs = self.write_together(jobs);
            }
        }
    }

    /// One transaction over as many of the jobs as it survives. Returns those it never came to.
    ///
    /// Where several write, the next of them is likely to be on its way, and a flush costs more
    /// than several jobs. So they may have the processor once more before the commit, and whoever
    /// has come by then is part of it. Whoever writes alone waits for nobody.
    fn write_together(&mut self, mut jobs: Vec<Box<dyn Job>>) -> Vec<Box<dyn Job>> {
        let (connection, writing) = (&self.connection, self.writes.begin());
        if let Err(error) = execute(connection, "BEGIN IMMEDIATE") {
            finish(writing, jobs, &Err(error));
            return Vec::new();
        }
        if let ([only], false) = (jobs.as_mut_slice(), self.has_company) {
            let outcome = write_alone(connection, only.as_mut());
            finish(writing, jobs, &outcome);
            return Vec::new();
        }
        let came_together = jobs.len();
        let mut done = 0;
        while done < jobs.len() {
            if let Err(error) = write_one(connection, jobs[done].as_mut()) {
                let rest = jobs.split_off(done + 1);
                let _nothing_to_roll_back = execute(connection, "ROLLBACK");
                finish(writing, jobs, &Err(error));
                return rest;
            }
            done += 1;
            if done == came_together {
                thread::yield_now();
                jobs.extend(self.exit.take_waiting(BATCH - done));
            }
        }
        self.has_company = done > 1;
        let outcome = commit(connection);
        finish(writing, jobs, &outcome);
        Vec::new()
    }
}

/// Nobody else's work is in the transaction, so it is all that has to be taken back.
fn write_alone(connection: &Connection, job: &mut dyn Job) -> Result<(), DatabaseError> {
    let keep = job.is_wanted() && job.run(connection);
    is_open(connection)?;
    if keep {
        commit(connection)
    } else {
        execute(connection, "ROLLBACK")
    }
}

/// An error means that the whole transaction is gone, not that the job failed.
fn write_one(connection: &Connection, job: &mut dyn Job) -> Result<(), DatabaseError> {
    if !job.is_wanted() {
        return Ok(());
    }
    execute(connection, "SAVEPOINT job")?;
    let keep = job.run(connection);
    is_open(connection)?;
    if !keep {
        execute(connection, "ROLLBACK TO job")?;
    }
    execute(connection, "RELEASE job")
}

/// A full disk or a failed read can make SQLite roll back everything by itself.
fn is_open(connection: &Connection) -> Result<(), DatabaseError> {
    if connection.is_autocommit() {
        return Err(DatabaseError::Unavailable(
            "the engine gave the transaction up".into(),
        ));
    }
    Ok(())
}

fn commit(connection: &Connection) -> Result<(), DatabaseError> {
    let outcome = execute(connection, "COMMIT");
    if outcome.is_err() {
        let _nothing_to_roll_back = execute(connection, "ROLLBACK");
    }
    outcome
}

fn execute(connection: &Connection, sql: &str) -> Result<(), DatabaseError> {
    connection.prepare_cached(sql)?.execute([])?;
    Ok(())
}

/// The write is over before anybody hears of it: who is answered may read at once.
fn finish(writing: Writing<'_>, jobs: Vec<Box<dyn Job>>, commit: &Result<(), DatabaseError>) {
    drop(writing);
    for job in jobs {
        job.finish(commit.clone());
    }
}

#[cfg(test)]
mod tests;
