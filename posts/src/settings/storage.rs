//! Where posts are kept.
use std::path::PathBuf;

use chassis::database::sqlite;
use chassis::settings::Problems;
use clap::Args;

/// The options of every command that touches the database.
#[derive(Clone, Debug, Args)]
pub struct StorageOptions {
    /// Where posts are kept: sqlite:// and the path of a file
    #[arg(
        long,
        value_name = "URL",
        default_value = "sqlite://var/posts/posts.db"
    )]
    database_url: String,
}

/// The checked form of [`StorageOptions`].
#[derive(Clone, Debug)]
pub struct StorageSettings {
    /// The SQLite file.
    pub file: PathBuf,
}

impl StorageOptions {
    /// `None` when something is wrong, which `problems` then holds.
    pub fn check(&self, problems: &mut Problems) -> Option<StorageSettings> {
        let file = problems.check("--database-url", &self.database_url, |url| {
            if url.starts_with("postgres://") || url.starts_with("postgresql://") {
                return Err("names PostgreSQL, which this release does not store posts in");
            }
            sqlite::path_of_url(url)
        })?;
        Some(StorageSettings { file })
    }
}
