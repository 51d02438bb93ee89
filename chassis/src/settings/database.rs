//! Where the data is: a file of SQLite or a database of PostgreSQL.

use std::num::NonZero;

use clap::Args;

use super::{Problems, parse_duration};
use crate::database::{DatabaseSettings, postgres, sqlite};

/// How a database server is used; for `#[command(flatten)]` beside a service's `--database-url`.
#[derive(Debug, Clone, Args)]
pub struct DatabaseArgs {
    /// With PostgreSQL: the most connections that this process opens; each auth opens one more
    #[arg(long, global = true, value_name = "NUMBER", default_value = "10")]
    pub database_connections: String,

    /// With PostgreSQL: the longest that connecting, waiting for a connection, or a statement takes.
    /// A command gives up on a server that is away after this time, `serve` after 30s
    #[arg(long, global = true, value_name = "DURATION", default_value = "5s")]
    pub database_timeout: String,
}

impl DatabaseArgs {
    /// `None` when something is wrong, which `problems` then holds. The URL is not repeated there:
    /// it may hold a password.
    pub fn check(&self, url: &str, problems: &mut Problems) -> Option<DatabaseSettings> {
        let connections = problems.check(
            "--database-connections",
            &self.database_connections,
            str::parse,
        );
        let timeout = problems.check("--database-timeout", &self.database_timeout, longest_wait);
        let location = if postgres::Settings::is_meant_by(url) {
            let connections: NonZero<u8> = connections?;
            postgres::Settings::new(url, connections.into(), timeout?)
                .map(|settings| DatabaseSettings::Postgres(Box::new(settings)))
        } else {
            sqlite::path_of_url(url)
                .map(DatabaseSettings::Sqlite)
                .map_err(|_| NEITHER.to_owned())
        };
        location
            .map_err(|reason| problems.add("--database-url", reason))
            .ok()
    }
}

const NEITHER: &str = "must be sqlite:// and the path of a file, or postgres://user@host/database";

fn longest_wait(text: &str) -> Result<std::time::Duration, String> {
    match parse_duration(text).map_err(|error| error.to_string())? {
        wait if (100..=60_000).contains(&wait.as_millis()) => Ok(wait),
        _ => Err("must be between 100ms and 60s".to_owned()),
    }
}
