//! `--database-url`: where the users, sessions and keys are.

use chassis::database::DatabaseSettings;
use chassis::settings::{DatabaseArgs, Problems};

/// Where the data is.
#[derive(Clone, Debug, clap::Args)]
pub struct DatabaseOptions {
    /// The database: sqlite:// and the path of a file, or a postgres:// address
    #[arg(
        long,
        global = true,
        value_name = "URL",
        default_value = "sqlite://var/auth/auth.db",
        hide_env_values = true
    )]
    pub database_url: String,

    #[command(flatten)]
    server: DatabaseArgs,
}

impl DatabaseOptions {
    /// `None` when the URL cannot be used, which `problems` then says.
    pub fn check(&self, problems: &mut Problems) -> Option<DatabaseSettings> {
        self.server.check(&self.database_url, problems)
    }
}
