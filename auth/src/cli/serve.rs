//! `auth serve`

use std::process::ExitCode;

use chassis::Sandbox;
use chassis::runtime;
use chassis::sandbox::SandboxError;
use chassis::settings::{Problems, tell_unknown_environment, warn_unknown_environment};
use clap::CommandFactory;

use super::Cli;
use crate::app::{App, StartError};
use crate::settings::{ENVIRONMENT_PREFIX, ServeOptions, Settings};

pub(super) fn run(options: &ServeOptions, problems: Problems) -> ExitCode {
    let settings = match options.check(problems) {
        Ok(settings) => settings,
        Err(problems) => {
            tell_unknown_environment(ENVIRONMENT_PREFIX, &Cli::command());
            return problems.report();
        }
    };
    // The filter was parsed with the settings.
    let _ = settings.shared.start_log();
    warn_unknown_environment(ENVIRONMENT_PREFIX, &Cli::command());
    if let Err(error) = give_up_rights(&settings) {
        tracing::error!(%error, "cannot start");
        return ExitCode::FAILURE;
    }
    runtime::run(serve(settings))
}

async fn serve(settings: Settings) -> ExitCode {
    match App::build(settings).await {
        Ok(app) => app.run().await,
        Err(StartError::Stopped(_)) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

/// What is left is the database and the sealing key.
fn give_up_rights(settings: &Settings) -> Result<(), SandboxError> {
    let sandbox = settings.shared.sandbox();
    let with_data = |sandbox: Sandbox| {
        settings
            .database
            .keep_in_reach(sandbox)
            .writing_beside(&settings.keys.sealing_key_file)
    };
    sandbox.map(with_data).map_or(Ok(()), Sandbox::enter)
}
