//! What the doctors of both services do alike: a report, and looks at listeners, files and the
//! live counterpart. Nothing is changed.

mod call;
mod files;
mod table;

use std::net::{IpAddr, SocketAddr};
use std::process::ExitCode;
use std::time::Duration;

use http::Uri;
use serde::Serialize;
use token::Timestamp;

use crate::settings::format_duration;

pub use self::call::{Called, Caller};
pub use self::files::{private, unchangeable};

/// What was found when something was looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Finding {
    verdict: Verdict,
    detail: String,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
enum Verdict {
    Good,
    /// Worth knowing, and perhaps meant so.
    Note,
    Bad,
}

impl Finding {
    /// Nothing to do.
    pub fn good(detail: impl Into<String>) -> Self {
        Self::of(Verdict::Good, detail.into())
    }

    /// Worth a look; it does not make the report fail.
    pub fn note(detail: impl Into<String>) -> Self {
        Self::of(Verdict::Note, detail.into())
    }

    /// What is wrong, and what to do about it.
    pub fn bad(detail: impl Into<String>) -> Self {
        Self::of(Verdict::Bad, detail.into())
    }

    /// Whether it makes the report fail.
    #[must_use]
    pub fn is_bad(&self) -> bool {
        self.verdict == Verdict::Bad
    }

    const fn of(verdict: Verdict, detail: String) -> Self {
        Self { verdict, detail }
    }
}

impl From<Result<String, String>> for Finding {
    fn from(found: Result<String, String>) -> Self {
        found.map_or_else(Self::bad, Self::good)
    }
}

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A table, as wide as the terminal.
    Text,
    /// One JSON document.
    Json,
}

impl Form {
    /// What the flag `--json` asks for.
    #[must_use]
    pub const fn of(json: bool) -> Self {
        if json { Self::Json } else { Self::Text }
    }
}

/// Findings, in the order in which they were made.
#[derive(Debug, Default, Serialize)]
pub struct Report {
    findings: Vec<Entry>,
}

#[derive(Debug, Serialize)]
struct Entry {
    subject: &'static str,
    verdict: Verdict,
    good: bool,
    detail: String,
}

impl Report {
    /// Begins with what is known when settings could be made of the options.
    #[must_use]
    pub fn of_good_settings(version: &str) -> Self {
        let mut report = Self::default();
        report.add("version", Finding::good(version));
        report.add("settings", Finding::good("every option can be used"));
        report
    }

    /// Adds a finding.
    pub fn add(&mut self, subject: &'static str, finding: impl Into<Finding>) {
        let Finding { verdict, detail } = finding.into();
        self.findings.push(Entry {
            subject,
            verdict,
            good: verdict != Verdict::Bad,
            detail,
        });
    }

    /// Prints the report; failure when anything is bad.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "the result of a command")]
    pub fn print(&self, form: Form) -> ExitCode {
        let sound = self.findings.iter().all(|entry| entry.good);
        match form {
            Form::Json => {
                let document = serde_json::json!({ "sound": sound, "findings": self.findings });
                println!("{document}");
            }
            Form::Text => print!("{}", table::draw(&self.findings, table::columns())),
        }
        if sound {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }
}

/// `1 key`, `2 keys`.
#[must_use]
pub fn count(number: usize, thing: &str) -> String {
    let plural = if number == 1 { "" } else { "s" };
    format!("{number} {thing}{plural}")
}

/// Whether an address can be bound, or is held by a service that answers there already.
pub async fn listener(address: SocketAddr, caller: &Caller, scheme: &str) -> Finding {
    let Err(error) = tokio::net::TcpListener::bind(address).await else {
        return Finding::good(format!("{address} is free"));
    };
    match caller.get(&format!("{scheme}://{address}/healthz")).await {
        Ok(answer) if answer.status == 200 => Finding::good(format!("{address} is served already")),
        // The certificate is made out to a name, and this is an address.
        Err(reason) if scheme == "https" => Finding::note(format!(
            "{address} is taken, and whether by this service is not known: {reason}"
        )),
        _ => Finding::bad(format!(
            "{address} cannot be had: {error}; stop what has it, or take another"
        )),
    }
}

/// Whether what an issuer says can be changed on the way.
#[must_use]
pub fn encrypted(issuer: &str) -> Finding {
    let uri: Option<Uri> = issuer.parse().ok();
    let host = uri.as_ref().and_then(Uri::host).unwrap_or_default();
    let address: Option<IpAddr> = host.trim_matches(['[', ']']).parse().ok();
    if address.is_some_and(|address| address.is_unspecified()) {
        return Finding::bad(format!(
            "{issuer} is no address that others can reach: name the one they use with --issuer"
        ));
    }
    let here = address.map_or(host == "localhost", |address| address.is_loopback());
    match uri.as_ref().and_then(Uri::scheme_str) {
        Some("https") => Finding::good(issuer),
        _ if here => Finding::good(format!("{issuer}, which does not leave this host")),
        _ => Finding::bad(format!(
            "{issuer} is not https://: whoever is on the way can read tokens and replace the keys"
        )),
    }
}

/// How far the clock of whoever answered is from ours. `Date` has whole seconds and the answer
/// took a moment, so two seconds are nothing.
#[must_use]
pub fn clocks(answer: &Called, now: Timestamp, leeway: Duration) -> Finding {
    const NOTHING: u64 = 2;
    let Some(theirs) = answer.date else {
        return Finding::note("not compared: the answer has no Date");
    };
    let apart = theirs.abs_diff(now.unix_seconds());
    match apart {
        0..=NOTHING => Finding::good("this host and the issuer agree"),
        _ if apart < leeway.as_secs() => {
            Finding::good(format!("{apart} s apart from the issuer, within --leeway"))
        }
        _ => Finding::bad(format!(
            "{apart} s apart from the issuer, beyond --leeway ({}): tokens are refused as not yet \
             valid or expired; set the clocks (NTP)",
            format_duration(leeway)
        )),
    }
}

/// The version of whoever serves `base`, by its description of itself.
pub async fn version(base: &str, caller: &Caller) -> Option<String> {
    let answer = caller.get(&format!("{base}/openapi.json")).await.ok()?;
    let document: serde_json::Value = serde_json::from_slice(&answer.body).ok()?;
    Some(document["info"]["version"].as_str()?.to_owned())
}

#[cfg(test)]
mod tests;
