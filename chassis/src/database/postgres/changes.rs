//! Learning at once what another process has changed.

use std::sync::Arc;
use std::time::Duration;

use tokio::sync::Notify;

use super::connection::Connection;
use super::connector::Connector;
use crate::database::DatabaseError;

/// Follows one channel on a connection of its own.
///
/// Notifications are a hint, not a delivery: they can be lost with the connection. So whoever is
/// woken looks at the table itself, and looks every now and then without being woken.
pub struct Changes {
    connector: Arc<Connector>,
    channel: &'static str,
    connection: Option<Connection>,
    wake: Arc<Notify>,
}

impl Changes {
    pub(super) fn new(connector: Arc<Connector>, channel: &'static str) -> Self {
        Self {
            connector,
            channel,
            connection: None,
            wake: Arc::default(),
        }
    }

    /// Returns when something may have changed: it was said so, the connection was lost or is
    /// new, or `longest` has passed.
    pub async fn next(&mut self, longest: Duration) {
        let is_listening = self
            .connection
            .as_ref()
            .is_some_and(|open| !open.is_closed());
        if !is_listening {
            self.connection = None;
            if let Ok(Ok(open)) = tokio::time::timeout(longest, self.listen()).await {
                self.connection = Some(open);
                return;
            }
        }
        let _woken = tokio::time::timeout(longest, self.wake.notified()).await;
    }

    async fn listen(&self) -> Result<Connection, DatabaseError> {
        let connection = self.connector.connect(Some(self.wake.clone())).await?;
        connection
            .command(&format!("LISTEN \"{}\"", self.channel))
            .await?;
        Ok(connection)
    }
}
