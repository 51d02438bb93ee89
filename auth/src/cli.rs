//! The command line: `auth serve`, and what operators do to users, clients, sessions and keys.

mod ask;
mod clients;
mod doctor;
mod serve;
mod sessions;
mod table;
mod users;

use std::process::ExitCode;
use std::sync::Arc;

use chassis::settings::Problems;
use chassis::telemetry::{self, LogFormat};
use clap::{Parser, Subcommand};
use token::{Clock, SystemClock};

use self::clients::ClientsCommand;
use self::sessions::SessionsCommand;
use self::users::UsersCommand;
use crate::keys::{self, KeysCommand, KeysError};
use crate::password::{HashError, StartError as HasherError};
use crate::settings::{DatabaseOptions, KeyOptions, ServeOptions};
use crate::store::{Store, StoreError};

/// What an operator's command logs: who was changed, and what went wrong.
const COMMAND_LOG: &str = "warn,audit=info";

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
    Keys {
        #[command(flatten)]
        database: DatabaseOptions,
        #[command(flatten)]
        keys: KeyOptions,
        #[command(subcommand)]
        command: KeysCommand,
    },
    /// Bring the database to this program's schema
    Migrate {
        #[command(flatten)]
        database: DatabaseOptions,
    },
    /// Check settings, files and database without changing anything
    Doctor(Box<ServeOptions>),
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
    Keys(#[from] KeysError),
    #[error("cannot read the answer: {0}")]
    Ask(#[from] std::io::Error),
    #[error("{0}")]
    Refused(String),
}

/// Does what the command line says.
pub async fn run(cli: Cli, problems: Problems) -> ExitCode {
    match cli.command {
        Command::Serve(options) => serve::run(&options, problems).await,
        Command::Doctor(options) => doctor::run(&options, problems).await,
        command => match command.carry_out(problems).await {
            Ok(Ok(())) => ExitCode::SUCCESS,
            Ok(Err(error)) => fail(&error),
            Err(problems) => problems.report(),
        },
    }
}

impl Command {
    /// The outer error are bad settings, before anything is done.
    async fn carry_out(self, mut problems: Problems) -> Result<Result<(), CommandError>, Problems> {
        // The filter is a constant that parses.
        let _ = telemetry::init(LogFormat::Text, COMMAND_LOG);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let (database, keys) = match &self {
            Self::Keys { database, keys, .. } => (database, keys.check(&mut problems)),
            Self::Users { database, .. }
            | Self::Clients { database, .. }
            | Self::Sessions { database, .. }
            | Self::Migrate { database } => (database, None),
            Self::Serve(_) | Self::Doctor(_) => return Err(problems),
        };
        let database = database.check(&mut problems);
        let database = problems.finish(|| database)?;
        let store = match Store::open(&database) {
            Ok(store) => store,
            Err(error) => return Ok(Err(error.into())),
        };
        Ok(match (self, keys) {
            (Self::Users { command, .. }, _) => command.run(store, &*clock).await,
            (Self::Clients { command, .. }, _) => command.run(store, &*clock).await,
            (Self::Sessions { command, .. }, _) => command.run(store, &*clock).await,
            (Self::Keys { command, .. }, Some(settings)) => {
                keys::run(command, store, settings, clock)
                    .await
                    .map_err(CommandError::from)
            }
            _ => Ok(()),
        })
    }
}

#[expect(clippy::print_stderr, reason = "the answer to a person at a terminal")]
fn fail(error: &CommandError) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
