//! What is needed to reach a database, checked.

use std::fmt;
use std::num::NonZero;
use std::time::Duration;

use tokio_postgres::config::Host;

use super::address::{Address, Encryption};
use crate::sandbox::Sandbox;

/// A database that can be connected to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    pub(super) address: Address,
    pub(super) connections: NonZero<usize>,
    pub(super) timeout: Duration,
    pub(super) patience: Duration,
}

/// How long a service that starts waits for a server that starts at the same time.
const PATIENCE: Duration = Duration::from_secs(30);

/// Reads are pipelined, so that few connections carry all of them.
const MOST_READERS: usize = 2;

impl Settings {
    /// Reads a `postgres://` URL. `connections` is the most that one process opens besides the
    /// one that listens; `timeout` bounds connecting, waiting for a connection, and a statement.
    ///
    /// # Errors
    /// What is wrong with the URL, without repeating it: it may hold a password.
    pub fn new(url: &str, connections: NonZero<usize>, timeout: Duration) -> Result<Self, String> {
        Ok(Self {
            address: Address::parse(url)?,
            connections,
            timeout,
            patience: timeout,
        })
    }

    /// As a service uses it, which may start before the server does: opening waits half a minute
    /// for a server that cannot be reached. A command waits no longer than `timeout`.
    #[must_use]
    pub fn for_a_service(&self) -> Self {
        let patience = self.patience.max(PATIENCE);
        Self {
            patience,
            ..self.clone()
        }
    }

    /// Whether the URL is one for PostgreSQL.
    #[must_use]
    pub fn is_meant_by(url: &str) -> bool {
        url.starts_with("postgres://") || url.starts_with("postgresql://")
    }

    /// The socket, and the file of the certificates to trust.
    pub(in crate::database) fn keep_in_reach(&self, sandbox: Sandbox) -> Sandbox {
        let hosts = self.address.config.get_hosts().iter();
        let sockets = hosts.filter_map(|host| match host {
            Host::Unix(folder) => Some(folder),
            Host::Tcp(_) => None,
        });
        let sandbox = sockets.fold(sandbox, Sandbox::reading);
        match &self.address.encryption {
            Encryption::Verified(Some(file)) => sandbox.reading_beside(file),
            _ => sandbox,
        }
    }

    /// How many connections read and how many write.
    pub(super) fn shares(&self) -> (usize, usize) {
        let readers = (self.connections.get() / 2).clamp(1, MOST_READERS);
        (readers, (self.connections.get() - readers).max(1))
    }
}

/// Where the database is, for people; never the password.
impl fmt::Display for Settings {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let config = &self.address.config;
        let host = match config.get_hosts().first() {
            Some(Host::Tcp(name)) => name.clone(),
            Some(Host::Unix(path)) => path.display().to_string(),
            None => String::new(),
        };
        let name = config
            .get_dbname()
            .or(config.get_user())
            .unwrap_or_default();
        write!(formatter, "the PostgreSQL database {name} at {host}")
    }
}
