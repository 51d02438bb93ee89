//! The log: on standard error, as text for a person or as JSON for a machine.

mod current_request;
mod line;
mod sink;
#[cfg(test)]
mod tests;

use std::str::FromStr;

use tracing_subscriber::EnvFilter;
use tracing_subscriber::filter::ParseError;
use tracing_subscriber::util::SubscriberInitExt;

pub(crate) use self::current_request::CurrentRequest;
use self::line::Line;
use self::sink::Sink;

/// The migration tool tells each of its steps as news. A filter that names it has the last word.
const QUIET: &str = "refinery_core=warn";

/// How a log line is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogFormat {
    /// For a terminal.
    Text,
    /// One JSON object a line, the event's fields at its top level.
    Json,
}

/// The word is neither `text` nor `json`.
#[derive(Debug, thiserror::Error)]
#[error("must be text or json")]
pub struct UnknownLogFormat;

impl FromStr for LogFormat {
    type Err = UnknownLogFormat;

    fn from_str(word: &str) -> Result<Self, UnknownLogFormat> {
        match word {
            "text" => Ok(Self::Text),
            "json" => Ok(Self::Json),
            _ => Err(UnknownLogFormat),
        }
    }
}

/// Checks a filter such as `info,hyper=warn`.
///
/// # Errors
/// Says what is wrong with it.
pub fn parse_filter(filter: &str) -> Result<String, ParseError> {
    EnvFilter::builder()
        .parse(filter)
        .map(|_| filter.to_owned())
}

/// Starts the log of this process. A second call changes nothing.
///
/// # Errors
/// The filter is wrong.
pub fn init(format: LogFormat, filter: &str) -> Result<(), ParseError> {
    let log = tracing_subscriber::fmt()
        .with_env_filter(EnvFilter::builder().parse(format!("{QUIET},{filter}"))?)
        .with_writer(Sink)
        // It would print its own errors to standard error, and panic when that is what failed.
        .log_internal_errors(false);
    // A second start (tests that build a service twice) finds the first log and keeps it.
    let _already_started = match format {
        LogFormat::Text => {
            let ansi = is_terminal();
            let lines = log.with_ansi(ansi).event_format(Line::text(ansi));
            lines.finish().try_init()
        }
        LogFormat::Json => log.event_format(Line::json()).finish().try_init(),
    };
    Ok(())
}

fn is_terminal() -> bool {
    std::io::IsTerminal::is_terminal(&std::io::stderr())
}
