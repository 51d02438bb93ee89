//! `auth serve`

use std::process::ExitCode;
use std::sync::Arc;

use chassis::settings::{Problems, warn_unknown_environment};
use chassis::telemetry;
use clap::CommandFactory;
use token::SystemClock;

use super::Cli;
use crate::app::App;
use crate::settings::{ENVIRONMENT_PREFIX, ServeOptions};

pub(super) async fn run(options: &ServeOptions, problems: Problems) -> ExitCode {
    let settings = match options.check(problems) {
        Ok(settings) => settings,
        Err(problems) => return problems.report(),
    };
    // The filter was parsed with the settings.
    let _ = telemetry::init(settings.shared.log_format, &settings.shared.log);
    warn_unknown_environment(ENVIRONMENT_PREFIX, &Cli::command());
    match App::build(settings, Arc::new(SystemClock)).await {
        Ok(app) => app.run().await,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}
