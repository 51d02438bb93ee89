//! A PostgreSQL for tests: the one that `TEST_POSTGRES_URL` names, or a throw-away cluster.
//!
//! Tests that need one begin with `let Some(database) = testing::database().await else { return }`;
//! where there is no PostgreSQL they are skipped in words, and in CI they fail instead.

#![expect(
    clippy::expect_used,
    clippy::print_stderr,
    reason = "a panic is how a test fails"
)]

mod cluster;

use std::num::NonZero;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::Duration;

use tokio_postgres::NoTls;

pub use self::cluster::Cluster;
use super::Settings;

/// An empty database of its own for one test; dropped with this value.
pub struct Database {
    url: String,
    name: String,
    server: &'static str,
}

/// A new database, or `None` when this machine has no PostgreSQL.
///
/// # Panics
/// When the server does not do what it should, and in CI when there is none.
pub async fn database() -> Option<Database> {
    Some(create(server()?, "").await)
}

/// As [`database`], from where nothing can be awaited.
///
/// # Panics
/// As [`database`].
#[must_use]
pub fn database_at_once() -> Option<Database> {
    at_once(database())
}

async fn create(server: &'static str, from: &str) -> Database {
    static NUMBER: AtomicU32 = AtomicU32::new(0);
    let number = NUMBER.fetch_add(1, Ordering::Relaxed);
    let name = format!("test_{}_{number}", std::process::id());
    execute(server, &format!("CREATE DATABASE {name} {from}")).await;
    Database {
        url: with_database(server, &name),
        name,
        server,
    }
}

impl Database {
    /// The `postgres://` URL.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// A new database with all that is in this one, whose connections are ended.
    pub async fn copy(&self) -> Self {
        let send_away = format!("{SEND_AWAY} '{}'", self.name);
        execute(self.server, &send_away).await;
        create(self.server, &format!("TEMPLATE {}", self.name)).await
    }

    /// Settings with few connections and short waits.
    ///
    /// # Panics
    /// When the URL of the server cannot be used.
    #[must_use]
    pub fn settings(&self) -> Settings {
        let connections = NonZero::new(6).expect("it is not zero");
        Settings::new(&self.url, connections, Duration::from_secs(5)).expect("the URL is good")
    }

    /// Runs SQL on a connection of its own, as an operator with `psql` would.
    pub async fn execute(&self, sql: &str) {
        execute(&self.url, sql).await;
    }

    /// Ends every connection to this database, as a restart of the server would.
    pub async fn disconnect_all(&self) {
        let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                      WHERE datname = current_database() AND pid <> pg_backend_pid()";
        self.execute(others).await;
    }
}

/// As the server would refuse everybody while it starts: nobody is let in, and all are sent away.
impl Database {
    /// Lets nobody in any more.
    pub async fn close(&self) {
        self.allow_connections("false").await;
        let send_away = format!("{SEND_AWAY} '{}'", self.name);
        execute(self.server, &send_away).await;
    }

    /// Lets everybody in again.
    pub async fn open(&self) {
        self.allow_connections("true").await;
    }

    async fn allow_connections(&self, allowed: &str) {
        let name = &self.name;
        let allow = format!("ALTER DATABASE {name} ALLOW_CONNECTIONS {allowed}");
        execute(self.server, &allow).await;
    }
}

const SEND_AWAY: &str = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname =";

impl Drop for Database {
    fn drop(&mut self) {
        let (server, drop) = (
            self.server,
            format!("DROP DATABASE IF EXISTS {} WITH (FORCE)", self.name),
        );
        at_once(async move { execute(server, &drop).await });
    }
}

/// Does it on a thread of its own: the caller's runtime may be busy or on its way out.
fn at_once<T: Send + 'static>(work: impl Future<Output = T> + Send + 'static) -> T {
    let thread = thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build();
        runtime.expect("a runtime starts").block_on(work)
    });
    thread.join().expect("the server does as told")
}

/// The server's URL; the cluster behind it ends with this process.
fn server() -> Option<&'static str> {
    static SERVER: OnceLock<Option<(String, Option<Cluster>)>> = OnceLock::new();
    let found = SERVER.get_or_init(|| match environment("TEST_POSTGRES_URL") {
        Some(url) => Some((url, None)),
        None => Cluster::start().map(|cluster| (cluster.url().to_owned(), Some(cluster))),
    });
    if found.is_none() {
        let complaint = "there is no PostgreSQL: set TEST_POSTGRES_URL or install the server";
        assert!(environment("CI").is_none(), "{complaint}");
        eprintln!("skipped: {complaint}");
    }
    found.as_ref().map(|(url, _)| url.as_str())
}

#[expect(
    clippy::disallowed_methods,
    reason = "tests have no settings of their own"
)]
fn environment(name: &str) -> Option<String> {
    std::env::var(name).ok().filter(|value| !value.is_empty())
}

async fn execute(url: &str, sql: &str) {
    let (client, driver) = tokio_postgres::connect(url, NoTls)
        .await
        .expect("the server answers");
    let work = async move {
        client
            .batch_execute(sql)
            .await
            .expect("the server does as told");
    };
    // The driver ends when `work` drops its client.
    let ((), ended) = tokio::join!(work, driver);
    ended.expect("the connection holds");
}

fn with_database(server: &str, name: &str) -> String {
    let (base, query) = server.split_once('?').unwrap_or((server, ""));
    let authority = base.find("://").map_or(0, |scheme| scheme + 3);
    let end = base[authority..]
        .find('/')
        .map_or(base.len(), |slash| authority + slash);
    format!("{}/{name}?{query}", &base[..end])
}
