//! `posts doctor`: what would keep `serve` from working, told without changing anything.
mod copy;
mod issuer;
mod running;

use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chassis::database::DatabaseSettings;
use chassis::doctor::{self, Caller, Finding, Form, Report};
use chassis::settings::format_duration;
use token::SystemClock;

use self::running::Running;
use crate::settings::{KeySettings, Settings};
use crate::store::{self, Examined};

/// What a token may live, or a clock be off, before it is worth a word.
const LONG_LIFE: Duration = Duration::from_hours(24);
const LONG_LEEWAY: Duration = Duration::from_mins(5);

/// Looks at all that `serve` needs; fails when anything of it is bad.
pub(crate) async fn examine(settings: &Settings, form: Form) -> ExitCode {
    let mut report = Report::of_good_settings(env!("CARGO_PKG_VERSION"));
    let (keys, caller) = (&settings.keys, Caller::trusting(settings.keys.ca_file()));
    report.add("times", times(keys));
    report.add("database", database(&settings.storage).await);
    files(settings, &mut report);
    listeners(settings, &mut report).await;
    report.add("issuer", doctor::encrypted(keys.issuer()));
    report.add("keys", usable(keys).await);
    let live = issuer::examine(keys, &caller, &mut report).await;
    let running = Running::ask(settings.ops_listen, &caller).await;
    let copy = copy::examine(keys, live.as_ref(), running.as_ref());
    report.add("key-set copy", copy);
    running::examine(running.as_ref(), &mut report);
    report.print(form)
}

/// Times that let in more than was meant.
fn times(keys: &KeySettings) -> Finding {
    let (leeway, life) = (keys.leeway(), keys.max_token_life());
    let [shown_leeway, shown_life] = [leeway, life].map(format_duration);
    if leeway >= life {
        return Finding::bad(format!(
            "--leeway ({shown_leeway}) is not shorter than --max-token-life ({shown_life}): tokens \
             live more than twice as long as they say"
        ));
    }
    if leeway > LONG_LEEWAY {
        return Finding::note(format!(
            "tokens are taken for {shown_leeway} (--leeway) after they have expired"
        ));
    }
    if life > LONG_LIFE {
        return Finding::note(format!(
            "a stolen token may be good for {shown_life} (--max-token-life)"
        ));
    }
    Finding::good(format!(
        "tokens may live {shown_life}, with a leeway of {shown_leeway}"
    ))
}

async fn database(storage: &DatabaseSettings) -> Finding {
    match store::examine(storage).await {
        Ok(Examined::Absent) => Finding::good(format!("{storage} is made at the first start")),
        Ok(Examined::Sound(engine)) => Finding::good(format!("{storage} is sound ({engine})")),
        Ok(Examined::Damaged(what)) => {
            Finding::bad(format!("{storage} is damaged: {what}; restore a backup"))
        }
        Err(error) => Finding::bad(format!("{storage}: {error}")),
    }
}

fn files(settings: &Settings, report: &mut Report) {
    if let DatabaseSettings::Sqlite(file) = &settings.storage {
        report.add("database file", doctor::private(file));
    }
    if let Some((certificate, key)) = &settings.shared.tls_files {
        report.add("--tls-cert", doctor::unchangeable(certificate));
        report.add("--tls-key", doctor::private(key));
    }
    // Whoever can write one of these says whose tokens are good.
    if let Some(file) = settings.keys.ca_file() {
        report.add("--ca-file", doctor::unchangeable(file));
    }
    if let Some(file) = settings.keys.key_set_file() {
        report.add("--jwks-file", doctor::unchangeable(file));
    }
}

async fn listeners(settings: &Settings, report: &mut Report) {
    let files = settings.shared.tls_files.as_ref();
    let scheme = if files.is_some() { "https" } else { "http" };
    // Its own certificate is what it may expect of itself.
    let caller = Caller::trusting(files.map(|(certificate, _)| &**certificate));
    let public = doctor::listener(settings.listen, &caller, scheme).await;
    report.add("--listen", public);
    let ops = doctor::listener(settings.ops_listen, &caller, "http").await;
    report.add("--ops-listen", ops);
}

/// What the verifier of these settings makes of the key set.
async fn usable(settings: &KeySettings) -> Finding {
    let verifier = match settings.examining_verifier(Arc::new(SystemClock)) {
        Ok(verifier) => verifier,
        Err(error) => return Finding::bad(error.to_string()),
    };
    let readiness = verifier.refresh().await;
    let issuer = settings.issuer();
    match readiness.keys() {
        0 => {
            let mut problems = readiness.issuers().iter();
            let problem = problems.find_map(|issuer| issuer.problem.clone());
            Finding::bad(format!(
                "no usable key set of {issuer} can be had: {}",
                problem.as_deref().unwrap_or("it has none")
            ))
        }
        keys => Finding::good(format!(
            "{} of {issuer} can be used",
            doctor::count(keys, "key")
        )),
    }
}
