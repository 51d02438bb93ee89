//! `auth keys`: what operators do to the signing keys, while servers run and while none does.

mod change;
mod export;
mod list;
mod moment;
mod options;
mod timeline;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use chassis::settings::Problems;
use chassis::telemetry::{self, LogFormat};
use clap::{Args, Subcommand};
use keystore::{
    ImportError, KeystoreError, PublishError, Repository, RepositoryError, ResealError, RevokeError,
};
use token::{Clock, SystemClock};

use self::export::ExportFormat;
use self::options::TimelineOptions;
use crate::cli::COMMAND_LOG;
use crate::settings::DatabaseOptions;
use crate::store::{Store, StoreError, WhenAbsent};

/// The keys of this process's commands.
type Keystore = keystore::Keystore<Store>;

/// Options and command of `auth keys`.
#[derive(Debug, Args)]
pub struct KeysArgs {
    #[command(flatten)]
    database: DatabaseOptions,
    #[command(flatten)]
    timeline: TimelineOptions,
    #[command(subcommand)]
    command: KeysCommand,
}

#[derive(Debug, Subcommand)]
enum KeysCommand {
    /// Show every key, and a picture of their timeline
    List {
        /// Print a JSON array, times in RFC 3339
        #[arg(long, hide_env = true)]
        json: bool,
    },
    /// Announce the next signing key; servers switch to it after --announce-for
    Rotate {
        /// Switch as soon as verifiers that honour max-age can know the key
        #[arg(long, hide_env = true)]
        now: bool,
    },
    /// Take a leaked key out of the set at once; another becomes active if it was the active one
    Revoke {
        /// The key's id, or as much of it as no other key's begins with
        #[arg(allow_hyphen_values = true)]
        kid: String,
    },
    /// Take in an RSA private key made elsewhere (PEM: PKCS#8 or PKCS#1; 2048 to 4096 bits)
    Import {
        /// The PEM file, or - for standard input
        file: PathBuf,
    },
    /// Print the public keys
    ExportPublic {
        /// As the key set that is served, or as PEM
        #[arg(long, value_enum, default_value_t = ExportFormat::Jwks, hide_env = true)]
        format: ExportFormat,
    },
    /// Seal every private key anew, with another sealing key
    ///
    /// Running servers go on with the keys they hold. Without a gap: write the new key as first
    /// line of every server's sealing-key file, above the old one (a server reads the file again
    /// when it needs to; where the file is a copy made at its start, restart it); reseal with
    /// that file; take the old line out. On one machine it is enough to reseal with a new file and
    /// move it to where the old one is. Until a server has the new key it announces no key, a
    /// key that does not open there waits to sign, and it cannot be restarted; its log and
    /// `auth doctor` say so. A backup needs the file of its day.
    Reseal {
        /// The file with the new sealing key, of several the first; created if there is none
        #[arg(long, value_name = "FILE", hide_env = true)]
        new_sealing_key_file: PathBuf,
    },
}

/// Why a command was not carried out.
#[derive(Debug, thiserror::Error)]
enum KeysError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Repository(#[from] RepositoryError),
    #[error(transparent)]
    Keystore(#[from] KeystoreError),
    #[error(transparent)]
    Publish(#[from] PublishError),
    #[error(transparent)]
    Revoke(#[from] RevokeError),
    #[error(transparent)]
    Import(#[from] ImportError),
    #[error(transparent)]
    Reseal(#[from] ResealError),
    #[error("no key's id begins with {0}; `auth keys list` shows them")]
    NoSuchKey(String),
    #[error("the ids of several keys begin with {0}: give more of it")]
    Ambiguous(String),
    #[error("{} cannot be read: {error}", path.display())]
    Unreadable {
        path: PathBuf,
        error: std::io::Error,
    },
    #[error("{0}")]
    Settings(Problems),
}

/// Does what the command line says.
pub async fn run(args: KeysArgs, mut problems: Problems) -> ExitCode {
    // The filter is a constant that parses.
    let _ = telemetry::init(LogFormat::Text, COMMAND_LOG);
    let database = args.database.check(&mut problems);
    let given = args.timeline.check(&mut problems);
    let (database, given) = match problems.finish(|| Some((database?, given?))) {
        Ok(settings) => settings,
        Err(problems) => return problems.report(),
    };
    let carried_out = async {
        let store = args.command.when_absent().open(&database).await?;
        let remembered = store.load().await?.settings;
        let settings = given.over(remembered).map_err(KeysError::Settings)?;
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        args.command
            .run(&settings.keystore(store, clock), &settings)
            .await
    };
    match carried_out.await {
        Ok(()) => ExitCode::SUCCESS,
        Err(KeysError::Settings(problems)) => problems.report(),
        Err(error) => fail(&error),
    }
}

impl KeysCommand {
    /// Only what makes a key may begin in a new database.
    const fn when_absent(&self) -> WhenAbsent {
        match self {
            Self::Rotate { .. } | Self::Import { .. } => WhenAbsent::Make,
            _ => WhenAbsent::Refuse,
        }
    }

    async fn run(
        self,
        keystore: &Keystore,
        settings: &options::CommandSettings,
    ) -> Result<(), KeysError> {
        match self {
            Self::List { json } => list::list(keystore, json).await,
            Self::Rotate { now: false } => change::rotate(keystore).await,
            Self::Rotate { now: true } => change::rotate_now(keystore).await,
            Self::Revoke { kid } => change::revoke(keystore, &kid, &settings.schedule).await,
            Self::Import { file } => change::import(keystore, &file).await,
            Self::ExportPublic { format } => export::export(keystore, format).await,
            Self::Reseal {
                new_sealing_key_file,
            } => change::reseal(keystore, new_sealing_key_file).await,
        }
    }
}

#[expect(clippy::print_stderr, reason = "the answer to a person at a terminal")]
fn fail(error: &KeysError) -> ExitCode {
    eprintln!("error: {error}");
    ExitCode::FAILURE
}
