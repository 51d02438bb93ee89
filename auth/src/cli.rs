//! The command line: `auth serve`, and what operators do to users, clients, sessions and keys.

mod ask;
mod clients;
mod doctor;
mod serve;
mod sessions;
mod table;
mod users;

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use chassis::database::BackupError;
use chassis::doctor::Form;
use chassis::settings::{Problems, tell_unknown_environment};
use chassis::telemetry::{self, LogFormat};
use clap::{CommandFactory, Parser, Subcommand};
use token::SystemClock;

use self::clients::ClientsCommand;
use self::sessions::SessionsCommand;
use self::users::UsersCommand;
use crate::keys::{self, KeysArgs};
use crate::password::{HashError, StartError as HasherError};
use crate::settings::{DatabaseOptions, ENVIRONMENT_PREFIX, ServeOptions};
use crate::store::{Store, StoreError, WhenAbsent};

/// What an operator's command logs: who was changed, and what went wrong.
pub(crate) const COMMAND_LOG: &str = "warn,audit=info";

/// Logs people in and signs their tokens
#[derive(Debug, Parser)]
#[command(name = "auth", version)]
pub struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Run the service
    Serve(Box<ServeOptions>),
    /// Add, list and change users
    Users {
        #[command(flatten)]
        database: DatabaseOptions,
        #[command(subcommand)]
        command: UsersCommand,
    },
    /// Add, list and disable programs that get tokens for themselves
    Clients {
        #[command(flatten)]
        database: DatabaseOptions,
        #[command(subcommand)]
        command: ClientsCommand,
    },
    /// List and end logins
    Sessions {
        #[command(flatten)]
        database: DatabaseOptions,
        #[command(subcommand)]
        command: SessionsCommand,
    },
    /// List, rotate, revoke, import and export signing keys
    Keys(Box<KeysArgs>),
    /// Bring the database to this program's schema
    Migrate {
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Copy the database file into a new one, whether `serve` runs or not; with PostgreSQL, use `pg_dump`
    Backup {
        #[command(flatten)]
        database: DatabaseOptions,
        /// The new file; keep the sealing key apart from it
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Check settings, files and database without changing anything
    Doctor {
        #[command(flatten)]
        options: Box<ServeOptions>,
        /// Print one JSON document
        #[arg(long, hide_env = true)]
        json: bool,
    },
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
enum CommandError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Hasher(#[from] HasherError),
    #[error(transparent)]
    Hash(#[from] HashError),
    #[error(transparent)]
    Backup(#[from] BackupError),
    #[error("cannot read the answer: {0}")]
    Ask(#[from] std::io::Error),
    #[error("{0}")]
    Refused(String),
}

/// Does what the command line says.
#[must_use]
pub fn run(cli: Cli, problems: Problems) -> ExitCode {
    match cli.command {
        // It has to give up rights before it starts threads.
        Command::Serve(options) => serve::run(&options, problems),
        command => {
            tell_unknown_environment(ENVIRONMENT_PREFIX, &Cli::command());
            chassis::runtime::run(command.carry_out(problems))
        }
    }
}

impl Command {
    async fn carry_out(self, problems: Problems) -> ExitCode {
        match self {
            Self::Serve(options) => serve::run(&options, problems),
            Self::Doctor { options, json } => doctor::run(&options, Form::of(json), problems).await,
            Self::Keys(args) => keys::run(*args, problems).await,
            Self::Users { database, command } => {
                let when_absent = command.when_absent();
                let act = async |store| command.run(&store, &SystemClock).await;
                on_store(&database, when_absent, problems, act).await
            }
            Self::Clients { database, command } => {
                let when_absent = command.when_absent();
                let act = async |store| command.run(&store, &SystemClock).await;
                on_store(&database, when_absent, problems, act).await
            }
            Self::Sessions { database, command } => {
                let when_absent = WhenAbsent::Refuse;
                let act = async |store| command.run(&store, &SystemClock).await;
                on_store(&database, when_absent, problems, act).await
            }
            Self::Backup { database, file } => back_up(&database, &file, problems),
            Self::Migrate { database } => {
                on_store(&database, WhenAbsent::Make, problems, async |_| Ok(())).await
            }
        }
    }
}

/// Opens the store, which brings it to today's schema, and does something to it.
async fn on_store(
    database: &DatabaseOptions,
    when_absent: WhenAbsent,
    mut problems: Problems,
    act: impl AsyncFnOnce(Store) -> Result<(), CommandError>,
) -> ExitCode {
    let database = database.check(&mut problems);
    let database = match problems.finish(|| database) {
        Ok(database) => database,
        Err(problems) => return problems.report(),
    };
    // The filter is a constant that parses.
    let _ = telemetry::init(LogFormat::Text, COMMAND_LOG);
    let done = match when_absent.open(&database).await {
        Ok(store) => act(store).await,
        Err(error) => Err(error.into()),
    };
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => fail(&error),
    }
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
fn back_up(database: &DatabaseOptions, file: &Path, mut problems: Problems) -> ExitCode {
    let database = database.check(&mut problems);
    let database = match problems.finish(|| database) {
        Ok(database) => database,
        Err(problems) => return problems.report(),
    };
    match database.back_up(file) {
        Ok(()) => {
            println!("{database} is copied to {}", file.display());
            ExitCode::SUCCESS
        }
        Err(error) => fail(&error.into()),
    }
}

#[expect(clippy::print_stderr, reason = "the answer to a person at a terminal")]
fn fail(error: &CommandError) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
