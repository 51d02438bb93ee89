//! `posts doctor`: what would keep `serve` from working, told without changing anything.
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use chassis::database::DatabaseSettings;
use chassis::doctor::{self, Finding, Form, Report};
use token::{Clock, KeySet, SystemClock};

use crate::settings::{KeySettings, Settings};
use crate::store::{self, Examined};

/// A key set that nobody confirmed for so long is worth a look; at `--max-stale` it is given up.
const OLD: f64 = 15.0 * 60.0;

/// Looks at all that `serve` needs; fails when anything of it is not good.
pub(crate) async fn examine(settings: &Settings, form: Form) -> ExitCode {
    let mut report = Report::of_good_settings(env!("CARGO_PKG_VERSION"));
    report.add("--listen", doctor::listener(settings.listen).await);
    report.add("--ops-listen", doctor::listener(settings.ops_listen).await);
    report.add("database", database(&settings.storage).await);
    if let DatabaseSettings::Sqlite(file) = &settings.storage {
        report.add("database file", doctor::private(file));
    }
    if let Some((_, key)) = &settings.shared.tls_files {
        let pair = settings.shared.tls().map_err(|error| error.to_string());
        report.add("--tls-key", doctor::private(key));
        report.add(
            "TLS",
            pair.map(|_| "certificate and key go together".to_owned()),
        );
    }
    report.add("keys", keys(&settings.keys).await);
    issuer(&settings.keys, &mut report).await;
    report.add("key set age", age(settings.ops_listen).await);
    report.print(form)
}

/// What can be told of an issuer whose answer can be looked at; over https the verifier alone
/// talks to it.
async fn issuer(settings: &KeySettings, report: &mut Report) {
    let Some(url) = settings.key_set_url() else {
        return;
    };
    match doctor::call(&url).await {
        Ok(answer) => {
            let now = SystemClock.now();
            report.add("clocks", doctor::clocks(&answer, now, settings.leeway()));
            report.add("weak keys", weak(&answer.body));
            report.add("--max-stale", stale(&answer.head, settings.max_stale()));
        }
        Err(silent) => report.add("clocks", Ok(format!("not compared: {silent}"))),
    }
}

/// Entries of the set that are left out, as too weak or of a foreign kind.
fn weak(set: &[u8]) -> Finding {
    let set = KeySet::parse(set).map_err(|error| error.to_string())?;
    let skipped: Vec<_> = set
        .skipped()
        .iter()
        .map(|entry| format!("entry {}: {}", entry.position, entry.reason))
        .collect();
    if skipped.is_empty() {
        return Ok("none in the issuer's set".to_owned());
    }
    Err(format!(
        "left out of the issuer's set: {}",
        skipped.join("; ")
    ))
}

/// A set that is given up before it is due to be fetched again leaves gaps without any key.
fn stale(head: &str, max_stale: Duration) -> Finding {
    let max_age = head.split(['\n', ',', ' ']).find_map(|word| {
        let seconds = word.trim().strip_prefix("max-age=")?;
        seconds.parse().ok().map(Duration::from_secs)
    });
    match max_age {
        Some(max_age) if max_stale <= max_age => Err(format!(
            "{max_stale:?} is not longer than the max-age of the key set ({max_age:?}): at the \
             first hiccup of the issuer nobody is let in"
        )),
        _ => Ok(format!("{max_stale:?} without the issuer are bridged")),
    }
}

/// What the running service says, when there is one.
async fn age(ops: SocketAddr) -> Finding {
    let Ok(answer) = doctor::call(&format!("http://{ops}/metrics")).await else {
        return Ok("no service runs here".to_owned());
    };
    let text = String::from_utf8_lossy(&answer.body);
    let samples = text.lines().filter(|line| line.starts_with(AGE));
    let ages = samples.filter_map(|line| line.rsplit(' ').next()?.parse::<f64>().ok());
    let oldest = ages.fold(0.0, f64::max);
    if oldest > OLD {
        return Err(format!(
            "not confirmed for {oldest:.0} s: the issuer is not reached"
        ));
    }
    Ok(format!("confirmed {oldest:.0} s ago"))
}

const AGE: &str = "verifier_key_set_age_seconds{";

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
