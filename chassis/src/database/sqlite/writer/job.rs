//! One write on its way through the writer: run in its transaction, answered after the commit.

use std::panic::{AssertUnwindSafe, catch_unwind};

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::database::DatabaseError;

pub(super) trait Job: Send {
    /// Whether anybody still waits for it.
    fn is_wanted(&self) -> bool;
    /// Runs the work. `false`: take back what it wrote.
    fn run(&mut self, connection: &Connection) -> bool;
    /// Answers the caller, now that the outcome of the commit is known.
    fn finish(self: Box<Self>, commit: Result<(), DatabaseError>);
}

pub(super) struct Write<F, T, E> {
    state: State<F, T, E>,
    answer: oneshot::Sender<Result<T, E>>,
}

enum State<F, T, E> {
    Waiting(F),
    Done(Result<T, E>),
    Panicked,
}

impl<F, T, E> Write<F, T, E> {
    pub(super) fn new(work: F, answer: oneshot::Sender<Result<T, E>>) -> Self {
        Self {
            state: State::Waiting(work),
            answer,
        }
    }
}

impl<F, T, E> Job for Write<F, T, E>
where
    F: FnOnce(&Connection) -> Result<T, E> + Send,
    T: Send,
    E: From<DatabaseError> + Send,
{
    fn is_wanted(&self) -> bool {
        !self.answer.is_closed()
    }

    fn run(&mut self, connection: &Connection) -> bool {
        let State::Waiting(work) = std::mem::replace(&mut self.state, State::Panicked) else {
            return false;
        };
        // The writer takes back whatever the work left half done.
        if let Ok(outcome) = catch_unwind(AssertUnwindSafe(|| work(connection))) {
            self.state = State::Done(outcome);
        }
        matches!(self.state, State::Done(Ok(_)))
    }

    fn finish(self: Box<Self>, commit: Result<(), DatabaseError>) {
        let outcome = match (self.state, commit) {
            (State::Done(Err(error)), _) => Err(error),
            (State::Done(Ok(value)), Ok(())) => Ok(value),
            (State::Done(Ok(_)), Err(error)) => Err(error.into()),
            (State::Waiting(_) | State::Panicked, _) => Err(DatabaseError::Abandoned.into()),
        };
        // A caller that has gone away does not want to know.
        let _ = self.answer.send(outcome);
    }
}
