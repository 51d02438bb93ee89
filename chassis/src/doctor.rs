//! What the doctors of both services do alike: a report, and looks at listeners, files and the
//! live counterpart. Nothing is changed.

mod call;

use std::fs::{self, Metadata};
use std::io::{self, IsTerminal};
use std::net::SocketAddr;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::ExitCode;

use serde::Serialize;
use token::Timestamp;

pub use self::call::{Called, call};

/// What is good about something that was looked at, or what is not.
pub type Finding = Result<String, String>;

/// How a report is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Form {
    /// A line for each finding, folded at 80 columns on a terminal.
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
    good: bool,
    detail: String,
}

impl Report {
    /// Begins with what is known when settings could be made of the options.
    #[must_use]
    pub fn of_good_settings(version: &'static str) -> Self {
        let mut report = Self::default();
        report.add("version", Ok(version.to_owned()));
        report.add("settings", Ok("every option can be used".to_owned()));
        report
    }

    /// Adds a finding.
    pub fn add(&mut self, subject: &'static str, finding: Finding) {
        let good = finding.is_ok();
        let (Ok(detail) | Err(detail)) = finding;
        self.findings.push(Entry {
            subject,
            good,
            detail,
        });
    }

    /// Prints the report; failure when anything is not good.
    #[must_use]
    #[expect(clippy::print_stdout, reason = "the result of a command")]
    pub fn print(&self, form: Form) -> ExitCode {
        let sound = self.findings.iter().all(|entry| entry.good);
        match form {
            Form::Json => {
                let document = serde_json::json!({ "sound": sound, "findings": self.findings });
                println!("{document}");
            }
            Form::Text => print!("{}", self.text(columns())),
        }
        if sound {
            ExitCode::SUCCESS
        } else {
            ExitCode::FAILURE
        }
    }

    fn text(&self, columns: usize) -> String {
        let lines = self.findings.iter().map(|entry| {
            let word = if entry.good { "good" } else { "bad " };
            fold(
                &format!("{word}  {}: {}", entry.subject, entry.detail),
                columns,
            )
        });
        lines.collect()
    }
}

/// A file or a pipe is searched by line.
fn columns() -> usize {
    if io::stdout().is_terminal() {
        80
    } else {
        usize::MAX
    }
}

/// Breaks between words; what follows stands below the finding, not below the verdict.
fn fold(line: &str, columns: usize) -> String {
    let mut text = String::new();
    let mut width = 0;
    for word in line.split(' ') {
        let length = word.chars().count();
        if width > 0 && width + 1 + length > columns {
            text.push_str("\n      ");
            width = 6;
        } else if !text.is_empty() {
            text.push(' ');
            width += 1;
        }
        text.push_str(word);
        width += length;
    }
    text + "\n"
}

/// Whether an address can be bound, or is held by a service that answers there already.
///
/// # Errors
/// Somebody else has it, or it is not ours.
pub async fn listener(address: SocketAddr) -> Finding {
    let Err(error) = tokio::net::TcpListener::bind(address).await else {
        return Ok(format!("{address} is free"));
    };
    match call(&format!("http://{address}/healthz")).await {
        Ok(answer) if answer.status == 200 => Ok(format!("{address} is served already")),
        _ => Err(format!("{address} cannot be had: {error}")),
    }
}

/// A file that nobody but its owner may read.
///
/// # Errors
/// Others may, or it cannot be looked at.
pub fn private(path: &Path) -> Finding {
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Ok(format!("{shown} is made at the first start"))
        }
        Err(error) => Err(format!("{shown} cannot be read: {error}")),
        Ok(file) if is_open(&file) && folder(path).is_none_or(|folder| is_open(&folder)) => {
            let mode = file.permissions().mode() & 0o777;
            Err(format!(
                "{shown} is open to others (mode {mode:o}): chmod 600 {shown}"
            ))
        }
        Ok(_) => Ok(format!("{shown} is there, and private")),
    }
}

/// How far the clock of whoever answered is from ours. `Date` has whole seconds and the answer
/// took a moment, so two seconds are nothing.
///
/// # Errors
/// They are further apart than the leeway.
pub fn clocks(answer: &Called, now: Timestamp, leeway: std::time::Duration) -> Finding {
    const NOTHING: u64 = 2;
    let Some(theirs) = answer.date else {
        return Ok("not compared: the answer has no Date".to_owned());
    };
    let apart = theirs.abs_diff(now.unix_seconds());
    match apart {
        0..=NOTHING => Ok("this host and the issuer agree".to_owned()),
        _ if apart < leeway.as_secs() => {
            Ok(format!("{apart} s apart from the issuer, within --leeway"))
        }
        _ => Err(format!(
            "{apart} s apart from the issuer, beyond --leeway: tokens are refused as not yet \
             valid or expired; set the clocks (NTP)"
        )),
    }
}

fn folder(path: &Path) -> Option<Metadata> {
    path.parent().and_then(|folder| fs::metadata(folder).ok())
}

fn is_open(file: &Metadata) -> bool {
    file.permissions().mode() & 0o077 != 0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_report_is_folded_between_words_and_keeps_them_all() {
        let mut report = Report::default();
        report.add("clock", Err("apart ".repeat(40).trim().to_owned()));
        let text = report.text(80);
        assert!(
            text.lines().all(|line| line.chars().count() <= 80),
            "{text}"
        );
        assert!(
            text.lines()
                .skip(1)
                .all(|line| line.starts_with("      apart"))
        );
        assert_eq!(text.matches("apart").count(), 40);
    }

    #[test]
    fn clocks_beyond_the_leeway_are_bad() {
        let answer = |date| Called {
            status: 200,
            date,
            head: String::new(),
            body: Vec::new(),
        };
        let now = Timestamp::from_unix_seconds(1_000);
        let leeway = std::time::Duration::from_secs(30);
        for (date, good) in [(998, true), (1_029, true), (1_030, false), (900, false)] {
            assert_eq!(
                clocks(&answer(Some(date)), now, leeway).is_ok(),
                good,
                "{date}"
            );
        }
        assert!(clocks(&answer(None), now, leeway).is_ok());
    }
}
