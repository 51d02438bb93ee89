//! `--database-url`: where the users, sessions and keys are.

use std::path::PathBuf;

use chassis::database::sqlite;
use chassis::settings::Problems;

/// Where the data is.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseOptions {
    /// The database: sqlite:// and the path of a file
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "sqlite://var/auth/auth.db",
        hide_env_values = true
    )]
    pub database_url: String,
}

/// A database that can be opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DatabaseSettings {
    /// A file of SQLite.
    Sqlite(PathBuf),
}

impl DatabaseOptions {
    /// `None` when the URL cannot be used, which `problems` then says.
    pub fn check(&self, problems: &mut Problems) -> Option<DatabaseSettings> {
        if is_postgres(&self.database_url) {
            problems.add(
                "--database-url",
                "this release keeps its data in SQLite only: sqlite://",
            );
            return None;
        }
        problems
            .check("--database-url", &self.database_url, sqlite::path_of_url)
            .map(DatabaseSettings::Sqlite)
    }
}

/// Such a URL holds a password, so it is not repeated in a message.
fn is_postgres(url: &str) -> bool {
    url.starts_with("postgres://") || url.starts_with("postgresql://")
}
