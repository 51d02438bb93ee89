//! `auth doctor`: what would keep the service from running, without starting or changing it.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use chassis::settings::Problems;

use crate::settings::{DatabaseSettings, ServeOptions};
use crate::store::Store;

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
        database(&settings.database).await,
        private("sealing key", &settings.keys.sealing_key_file),
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

async fn database(database: &DatabaseSettings) -> Finding {
    if let DatabaseSettings::Sqlite(file) = database {
        return private("database", file);
    }
    match Store::examine(database).await {
        Ok(()) => Finding::Good(format!("database: {database} answers")),
        Err(error) => Finding::Bad(format!("database: {error}")),
    }
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
