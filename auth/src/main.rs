//! The program `auth`: reads its settings and does what it was told.

use std::process::ExitCode;

use auth::cli::{self, Cli};
use auth::settings::ENVIRONMENT_PREFIX;

fn main() -> ExitCode {
    let (cli, problems) = chassis::settings::parse::<Cli>(ENVIRONMENT_PREFIX);
    cli::run(cli, problems)
}
