//! The commands of the program `posts`.
use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;

use chassis::doctor::Form;
use chassis::settings::{Problems, tell_unknown_environment, warn_unknown_environment};
use chassis::{Sandbox, runtime};
use clap::{CommandFactory, Parser, Subcommand};
use token::SystemClock;

use crate::app::{App, StartError};
use crate::doctor;
use crate::settings::{ServeOptions, Settings, StorageOptions};
use crate::store::Store;

/// What the names of all environment variables of this program begin with.
pub const PREFIX: &str = "POSTS";

/// A CRUD service whose users see only their own posts.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve posts over HTTP
    Serve(Box<ServeOptions>),
    /// Bring the database to this program's schema, and end
    Migrate(StorageOptions),
    /// Copy the database file into a new one, whether `serve` runs or not; with PostgreSQL, use `pg_dump`
    Backup {
        #[command(flatten)]
        storage: StorageOptions,
        /// The new file
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Say what would keep `serve` from working, and change nothing
    Doctor {
        #[command(flatten)]
        options: Box<ServeOptions>,
        /// Print one JSON document
        #[arg(long, hide_env = true)]
        json: bool,
    },
}

impl Arguments {
    /// Does what was asked, unless `problems` or the command's own options forbid it.
    #[must_use]
    pub fn run(self, problems: Problems) -> ExitCode {
        if !matches!(self.command, Command::Serve(_)) {
            tell_unknown_environment(PREFIX, &Self::command());
        }
        match self.command {
            Command::Serve(options) => serve(&options, problems),
            Command::Migrate(options) => runtime::run(migrate(&options, problems)),
            Command::Backup { storage, file } => backup(&storage, &file, problems),
            Command::Doctor { options, json } => match options.check(problems) {
                Ok(settings) => runtime::run(doctor::examine(&settings, Form::of(json))),
                Err(problems) => problems.report(),
            },
        }
    }
}

fn serve(options: &ServeOptions, problems: Problems) -> ExitCode {
    let settings = match options.check(problems) {
        Ok(settings) => settings,
        Err(problems) => {
            tell_unknown_environment(PREFIX, &Arguments::command());
            return problems.report();
        }
    };
    // The filter has been checked with the other settings.
    let _filter_is_good = settings.shared.start_log();
    warn_unknown_environment(PREFIX, &Arguments::command());
    // Before the runtime: only threads that are started inside the sandbox are in it.
    if let Err(error) = settings.sandbox().map_or(Ok(()), Sandbox::enter) {
        tracing::error!(%error, "cannot start");
        return ExitCode::FAILURE;
    }
    runtime::run(until_stopped(settings))
}

async fn until_stopped(settings: Settings) -> ExitCode {
    match App::build(settings).await {
        Ok(app) => app.run().await,
        Err(StartError::Stopped(_)) => ExitCode::SUCCESS,
        Err(error) => {
            tracing::error!(%error, "cannot start");
            ExitCode::FAILURE
        }
    }
}

async fn migrate(options: &StorageOptions, mut problems: Problems) -> ExitCode {
    let Some(storage) = options.check(&mut problems) else {
        return problems.report();
    };
    let migrated = Store::open(&storage, Arc::new(SystemClock)).await;
    tell(migrated.map(|_| format!("{storage} is up to date")))
}

fn backup(options: &StorageOptions, file: &Path, mut problems: Problems) -> ExitCode {
    let Some(storage) = options.check(&mut problems) else {
        return problems.report();
    };
    let copied = storage.back_up(file);
    tell(copied.map(|()| format!("{storage} is copied to {}", file.display())))
}

#[expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command's answer"
)]
fn tell(outcome: Result<String, impl fmt::Display>) -> ExitCode {
    match outcome {
        Ok(done) => {
            println!("{done}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::FAILURE
        }
    }
}
