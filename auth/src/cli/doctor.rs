//! `auth doctor`: what would keep the service from running, without starting or changing it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use chassis::settings::Problems;
use keystore::{SealingKeyError, SealingKeyFile, SealingKeyId, SealingKeyProblem};

use crate::settings::{DatabaseSettings, ServeOptions, Settings};
use crate::store::{Examined, Store};

/// What a check found.
enum Finding {
    Good(String),
    Bad(String),
}

#[expect(clippy::print_stdout, reason = "the result of a command")]
pub(super) async fn run(options: &ServeOptions, problems: Problems) -> ExitCode {
    let settings = match options.check(problems) {
        Ok(settings) => settings,
        Err(problems) => return problems.report(),
    };
    println!("good  settings: every option can be used");
    let findings = [
        place(&settings.database),
        sound(&settings.database, &settings.keys.sealing_key_file).await,
        sealing_key(&settings),
        listen("--listen", settings.listen).await,
        listen("--ops-listen", settings.ops_listen).await,
    ];
    let mut code = ExitCode::SUCCESS;
    for finding in findings {
        match finding {
            Finding::Good(text) => println!("good  {text}"),
            Finding::Bad(text) => {
                println!("bad   {text}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

/// Where the database is; a server looks after its own files.
fn place(database: &DatabaseSettings) -> Finding {
    match database {
        DatabaseSettings::Sqlite(file) => private("database", file),
        DatabaseSettings::Postgres(_) => Finding::Good(format!("database: {database}")),
    }
}

/// It is not made for a database that several machines share.
fn sealing_key(settings: &Settings) -> Finding {
    let file = &settings.keys.sealing_key_file;
    match settings.database {
        DatabaseSettings::Postgres(_) if !file.exists() => Finding::Bad(format!(
            "sealing key: {} is not there, and is not made at the first start on PostgreSQL",
            file.display()
        )),
        _ => private("sealing key", file),
    }
}

/// A database that can be used; private keys in it need the key that sealed them.
async fn sound(database: &DatabaseSettings, sealing_key: &Path) -> Finding {
    match Store::examine(database).await {
        Ok(Examined::Absent) => Finding::Good("key ring: made at the first start".to_owned()),
        Ok(Examined::Sound {
            signing_keys,
            sealed_with,
        }) => match opens(sealing_key, sealed_with) {
            Err(SealingKeyProblem::File(SealingKeyError::Missing { path })) if signing_keys > 0 => {
                let missing = path.display();
                Finding::Bad(format!(
                    "key ring: {missing}, which opens its keys, is not there"
                ))
            }
            Err(problem) if signing_keys > 0 => Finding::Bad(format!("key ring: {problem}")),
            _ => Finding::Good(format!(
                "key ring: {signing_keys} private keys in a sound database"
            )),
        },
        Ok(Examined::Damaged(what)) => {
            Finding::Bad(format!("database: {database} is damaged: {what}"))
        }
        Err(error) => Finding::Bad(format!("database: {database}: {error}")),
    }
}

/// Whether the file has the key that private keys are sealed with.
fn opens(sealing_key: &Path, sealed_with: Option<SealingKeyId>) -> Result<(), SealingKeyProblem> {
    let file = SealingKeyFile::existing(sealing_key);
    sealed_with.map_or(Ok(()), |wanted| file.find(&wanted).map(drop))
}

/// A file that nobody but its owner may read.
fn private(what: &str, path: &Path) -> Finding {
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::Good(format!("{what}: {shown} is made at the first start"))
        }
        Err(error) => Finding::Bad(format!("{what}: {shown} cannot be read: {error}")),
        Ok(file) if is_open(&file) && folder(path).is_none_or(|folder| is_open(&folder)) => {
            let mode = file.permissions().mode() & 0o777;
            Finding::Bad(format!("{what}: {shown} is open to others (mode {mode:o})"))
        }
        Ok(_) => Finding::Good(format!("{what}: {shown} is there, and private")),
    }
}

fn folder(path: &Path) -> Option<Metadata> {
    path.parent().and_then(|folder| fs::metadata(folder).ok())
}

fn is_open(file: &Metadata) -> bool {
    file.permissions().mode() & 0o077 != 0
}

async fn listen(option: &str, address: std::net::SocketAddr) -> Finding {
    match tokio::net::TcpListener::bind(address).await {
        Ok(_) => Finding::Good(format!("{option}: {address} is free")),
        Err(error) => Finding::Bad(format!("{option}: {address} cannot be had: {error}")),
    }
}
