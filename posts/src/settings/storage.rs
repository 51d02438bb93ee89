//! Where posts are kept.
use chassis::database::DatabaseSettings;
use chassis::settings::{DatabaseArgs, Problems};
use clap::Args;

/// The options of every command that touches the database.
#[derive(Clone, Debug, Args)]
pub struct StorageOptions {
    /// Where posts are kept: sqlite:// and the path of a file, or a postgres:// address
    #[arg(
        long,
        value_name = "URL",
        default_value = "sqlite://var/posts/posts.db",
        hide_env_values = true
    )]
    database_url: String,

    #[command(flatten)]
    database: DatabaseArgs,
}

impl StorageOptions {
    /// `None` when something is wrong, which `problems` then holds.
    pub fn check(&self, problems: &mut Problems) -> Option<DatabaseSettings> {
        self.database.check(&self.database_url, problems)
    }
}
