//! `auth doctor`: what would keep the service from running, without starting or changing it.

use std::path::Path;
use std::process::ExitCode;

use chassis::doctor::{self, Finding, Form, Report};
use chassis::settings::Problems;
use keystore::{SealingKeyError, SealingKeyFile, SealingKeyId, SealingKeyProblem};
use token::{Clock, KeySet, SystemClock};

use crate::settings::{DatabaseSettings, Issuer, ServeOptions, Settings};
use crate::store::{Examined, Store};

pub(super) async fn run(options: &ServeOptions, form: Form, problems: Problems) -> ExitCode {
    let settings = match options.check(problems) {
        Ok(settings) => settings,
        Err(problems) => return problems.report(),
    };
    let mut report = Report::of_good_settings(env!("CARGO_PKG_VERSION"));
    report.add("database", place(&settings.database));
    report.add("key ring", sound(&settings).await);
    report.add("sealing key", sealing_key(&settings));
    if let Some((_, key)) = &settings.shared.tls_files {
        report.add("--tls-key", doctor::private(key));
        report.add(
            "TLS",
            settings.shared.tls().map_or_else(
                |error| Err(error.to_string()),
                |_| Ok("certificate and key go together".to_owned()),
            ),
        );
    }
    report.add("--listen", doctor::listener(settings.listen).await);
    report.add("--ops-listen", doctor::listener(settings.ops_listen).await);
    live(&settings, &mut report).await;
    report.print(form)
}

/// What the running service says of itself, when there is one.
async fn live(settings: &Settings, report: &mut Report) {
    let own = || Issuer::of_listener(settings.listen, "http");
    let issuer = settings.issuer.clone().unwrap_or_else(own);
    match doctor::call(&issuer.at("/.well-known/jwks.json")).await {
        Ok(answer) => {
            let leeway = settings.keys.schedule.settings().leeway;
            report.add("clocks", doctor::clocks(&answer, SystemClock.now(), leeway));
            report.add("key set", key_gaps(&settings.database, &answer.body).await);
        }
        Err(silent) => report.add("key set", Ok(format!("not compared: {silent}"))),
    }
}

/// Every key that signs or will is in the set that is served.
async fn key_gaps(database: &DatabaseSettings, served: &[u8]) -> Finding {
    let served = KeySet::parse(served).map_err(|error| format!("cannot be used: {error}"))?;
    let in_ring = match Store::examine(database).await {
        Ok(Examined::Sound { signing_keys, .. }) => signing_keys,
        _ => 0,
    };
    let served = served.len();
    match usize::try_from(in_ring) {
        Ok(in_ring @ 1..) if in_ring <= served => Ok(format!("{served} keys are served")),
        Ok(0) => Err("somebody answers for this issuer, and its keys are not here".to_owned()),
        _ => Err(format!(
            "{served} keys are served, and {in_ring} sign or will: the service cannot read its \
             database, or a cache stands before it"
        )),
    }
}

/// Where the database is; a server looks after its own files.
fn place(database: &DatabaseSettings) -> Finding {
    match database {
        DatabaseSettings::Sqlite(file) => doctor::private(file),
        DatabaseSettings::Postgres(_) => Ok(database.to_string()),
    }
}

/// It is not made for a database that several machines share.
fn sealing_key(settings: &Settings) -> Finding {
    let file = &settings.keys.sealing_key_file;
    match settings.database {
        DatabaseSettings::Postgres(_) if !file.exists() => Err(format!(
            "{} is not there, and is not made at the first start on PostgreSQL",
            file.display()
        )),
        _ => doctor::private(file),
    }
}

/// A database that can be used; private keys in it need the key that sealed them.
async fn sound(settings: &Settings) -> Finding {
    let (database, sealing_key) = (&settings.database, &settings.keys.sealing_key_file);
    match Store::examine(database).await {
        Ok(Examined::Absent) => Ok("made at the first start".to_owned()),
        Ok(Examined::Sound {
            signing_keys,
            sealed_with,
        }) => match opens(sealing_key, sealed_with) {
            Err(SealingKeyProblem::File(SealingKeyError::Missing { path })) if signing_keys > 0 => {
                let missing = path.display();
                Err(format!("{missing}, which opens its keys, is not there"))
            }
            Err(problem) if signing_keys > 0 => Err(problem.to_string()),
            _ => Ok(format!("{signing_keys} private keys in a sound database")),
        },
        Ok(Examined::Damaged(what)) => Err(format!("{database} is damaged: {what}")),
        Err(error) => Err(format!("{database}: {error}")),
    }
}

/// Whether the file has the key that private keys are sealed with.
fn opens(sealing_key: &Path, sealed_with: Option<SealingKeyId>) -> Result<(), SealingKeyProblem> {
    let file = SealingKeyFile::existing(sealing_key);
    sealed_with.map_or(Ok(()), |wanted| file.find(&wanted).map(drop))
}
