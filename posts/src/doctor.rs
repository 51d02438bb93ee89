//! `posts doctor`: what would keep `serve` from working, told without changing anything.
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;

use token::SystemClock;
use tokio::net::TcpListener;

use crate::settings::{KeySettings, Settings};
use crate::store::{self, Examined};
use chassis::database::DatabaseSettings;

/// What is good about something that was looked at, or what is not.
type Finding = Result<String, String>;

/// Looks at all that `serve` needs; fails when anything of it is not good.
#[expect(clippy::print_stdout, reason = "a command's answer")]
pub(crate) async fn examine(settings: &Settings) -> ExitCode {
    println!("good  settings: every option can be used");
    let findings = [
        ("--listen", listener(settings.listen).await),
        ("--ops-listen", listener(settings.ops_listen).await),
        ("database", database(&settings.storage).await),
        ("keys", keys(&settings.keys).await),
    ];
    let mut code = ExitCode::SUCCESS;
    for (subject, finding) in findings {
        match finding {
            Ok(told) => println!("good  {subject}: {told}"),
            Err(told) => {
                println!("bad   {subject}: {told}");
                code = ExitCode::FAILURE;
            }
        }
    }
    code
}

async fn listener(address: SocketAddr) -> Finding {
    match TcpListener::bind(address).await {
        Ok(_) => Ok(format!("{address} is free")),
        Err(error) => Err(format!("{address} cannot be had: {error}")),
    }
}

async fn database(storage: &DatabaseSettings) -> Finding {
    match store::examine(storage).await {
        Ok(Examined::Absent) => Ok(format!("{storage}: made at the first start")),
        Ok(Examined::Sound) => Ok(format!("{storage}: sound")),
        Ok(Examined::Damaged(what)) => Err(format!("{storage}: damaged: {what}")),
        Err(error) => Err(error.to_string()),
    }
}

async fn keys(settings: &KeySettings) -> Finding {
    let verifier = settings
        .examining_verifier(Arc::new(SystemClock))
        .map_err(|error| error.to_string())?;
    let readiness = verifier.refresh().await;
    let issuer = settings.issuer();
    match readiness.keys() {
        0 => Err(format!("no usable key set of {issuer} can be had")),
        keys => Ok(format!("{issuer} publishes {keys} that can be used")),
    }
}
