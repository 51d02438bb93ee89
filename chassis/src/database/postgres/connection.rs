//! One connection with its prepared statements.

use std::collections::HashMap;
use std::future::{Future, poll_fn};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite};
use tokio::sync::Notify;
use tokio_postgres::{AsyncMessage, Client, Row, Statement};

use super::metric::Counted;
use super::{Arguments, error};
use crate::database::DatabaseError;

/// Any number of callers may use it at once: what they send is pipelined.
pub(super) struct Connection {
    client: Client,
    statements: Mutex<HashMap<&'static str, Statement>>,
    patience: Duration,
    is_over: AtomicBool,
    _counted: Counted,
}

/// The server ends a statement at its own limit; one that says nothing even then is not there.
const GRACE: Duration = Duration::from_secs(1);

impl Connection {
    pub(super) fn new(client: Client, timeout: Duration) -> Self {
        Self {
            client,
            statements: Mutex::default(),
            patience: timeout + GRACE,
            is_over: AtomicBool::new(false),
            _counted: Counted::connection(),
        }
    }

    /// Whether it is of no more use.
    pub(super) fn is_closed(&self) -> bool {
        self.client.is_closed() || self.is_over.load(Ordering::Relaxed)
    }

    pub(super) async fn query(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<Vec<Row>, DatabaseError> {
        self.answer(async {
            let statement = self.statement(sql).await?;
            self.client.query(&statement, arguments).await
        })
        .await
    }

    pub(super) async fn execute(
        &self,
        sql: &'static str,
        arguments: Arguments<'_>,
    ) -> Result<u64, DatabaseError> {
        self.answer(async {
            let statement = self.statement(sql).await?;
            self.client.execute(&statement, arguments).await
        })
        .await
    }

    /// A statement without arguments or rows, not prepared.
    pub(super) async fn command(&self, sql: &str) -> Result<(), DatabaseError> {
        self.answer(self.client.batch_execute(sql)).await
    }

    async fn statement(&self, sql: &'static str) -> Result<Statement, tokio_postgres::Error> {
        if let Some(statement) = self.known(sql) {
            return Ok(statement);
        }
        let statement = self.client.prepare(sql).await?;
        let mut statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        statements.insert(sql, statement.clone());
        Ok(statement)
    }

    fn known(&self, sql: &str) -> Option<Statement> {
        let statements = self
            .statements
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        statements.get(sql).cloned()
    }

    async fn answer<T>(
        &self,
        call: impl Future<Output = Result<T, tokio_postgres::Error>>,
    ) -> Result<T, DatabaseError> {
        match tokio::time::timeout(self.patience, call).await {
            Ok(Ok(answer)) => Ok(answer),
            Ok(Err(error)) => {
                if error::ends_the_connection(&error) {
                    self.is_over.store(true, Ordering::Relaxed);
                }
                Err(error.into())
            }
            Err(_) => {
                self.is_over.store(true, Ordering::Relaxed);
                Err(DatabaseError::Unavailable("no answer in time".into()))
            }
        }
    }
}

/// Carries the messages of a connection until its client is dropped or the server leaves.
#[expect(
    clippy::disallowed_methods,
    reason = "the task belongs to the connection: it ends when the client is dropped, and its own \
              failure is the failure of every call on the client"
)]
pub(super) fn drive<S, T>(mut driver: tokio_postgres::Connection<S, T>, wake: Option<Arc<Notify>>)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
    T: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    tokio::spawn(async move {
        while let Some(Ok(message)) = poll_fn(|context| driver.poll_message(context)).await {
            match (&message, &wake) {
                (AsyncMessage::Notification(_), Some(wake)) => wake.notify_one(),
                (AsyncMessage::Notice(notice), _) => tracing::debug!(%notice, "database notice"),
                _ => {}
            }
        }
        if let Some(wake) = wake {
            wake.notify_one();
        }
    });
}
