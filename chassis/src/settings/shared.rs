//! The options that both services have, with the same meaning and the same defaults.

use std::path::PathBuf;

use clap::Args;
use http::Uri;

use super::Problems;
use crate::lifecycle::Lifecycle;
use crate::otlp::Traces;
use crate::sandbox::Sandbox;
use crate::telemetry::{self, LogFormat};
use crate::tls::{Tls, TlsError};

/// For `#[command(flatten)]` in a service's arguments.
#[derive(Debug, Clone, Args)]
pub struct SharedArgs {
    /// Certificate chain in PEM; with --tls-key it turns HTTPS on. Re-read when the file changes
    #[arg(long, value_name = "FILE")]
    pub tls_cert: Option<PathBuf>,

    /// Private key of the certificate in PEM
    #[arg(long, value_name = "FILE")]
    pub tls_key: Option<PathBuf>,

    /// How log lines are written: text or json
    #[arg(long, value_name = "FORMAT", default_value = "text")]
    pub log_format: String,

    /// What is logged: a level, and levels of single modules as in info,hyper=debug
    #[arg(long, value_name = "FILTER", default_value = "info")]
    pub log: String,

    /// Collector that traces are sent to (OTLP over http://); nothing is sent without it
    #[arg(long, value_name = "URL")]
    pub otlp_endpoint: Option<String>,

    /// Keep the rights of the process after start (without this, it can reach only the files it needs)
    #[arg(long)]
    pub no_sandbox: bool,
}

/// The checked form of [`SharedArgs`].
#[derive(Debug, Clone)]
pub struct Shared {
    /// Certificate and key, when HTTPS is on.
    pub tls_files: Option<(PathBuf, PathBuf)>,
    /// How log lines are written.
    pub log_format: LogFormat,
    /// What is logged.
    pub log: String,
    /// Where traces are sent.
    pub otlp_endpoint: Option<Uri>,
    /// Whether the process gives up rights after start.
    pub sandbox: bool,
}

impl SharedArgs {
    /// `None` when something is wrong, which `problems` then holds.
    pub fn check(&self, problems: &mut Problems) -> Option<Shared> {
        let tls_files = self.check_tls_files(problems);
        let log_format = problems.check("--log-format", &self.log_format, str::parse);
        let log = problems.check("--log", &self.log, telemetry::parse_filter);
        let otlp = self.otlp_endpoint.as_deref();
        let otlp_endpoint = problems.check_optional("--otlp-endpoint", otlp, http_url);
        Some(Shared {
            tls_files,
            log_format: log_format?,
            log: log?,
            otlp_endpoint: otlp_endpoint?,
            sandbox: !self.no_sandbox,
        })
    }

    fn check_tls_files(&self, problems: &mut Problems) -> Option<(PathBuf, PathBuf)> {
        match (&self.tls_cert, &self.tls_key) {
            (Some(_), None) => problems.add("--tls-key", "is missing; --tls-cert needs it"),
            (None, Some(_)) => problems.add("--tls-cert", "is missing; --tls-key needs it"),
            (Some(certificate), Some(key)) => {
                // Read again at start; read here too, so that it is told with all the rest.
                match Tls::load(certificate, key) {
                    Err(TlsError::File { path, reason }) if path == *key => {
                        problems.add("--tls-key", format_args!("{}: {reason}", path.display()));
                    }
                    Err(error) => problems.add("--tls-cert", error),
                    Ok(_) => {}
                }
            }
            (None, None) => {}
        }
        self.tls_cert.clone().zip(self.tls_key.clone())
    }
}

impl Shared {
    /// Starts the log.
    ///
    /// # Errors
    /// Never, as the filter has been checked.
    pub fn start_log(&self) -> Result<(), tracing_subscriber::filter::ParseError> {
        telemetry::init(self.log_format, &self.log)
    }

    /// Where requests are reported as traces, for [`crate::Edge::with_traces`].
    #[must_use]
    pub fn traces(&self, lifecycle: &Lifecycle, service: &'static str) -> Option<Traces> {
        self.otlp_endpoint
            .as_ref()
            .map(|endpoint| Traces::export(lifecycle, endpoint, service))
    }

    /// The sandbox to extend by the service's own folders and to enter; `None` when it is switched
    /// off. Certificate and key stay readable, as they are read again when they change.
    #[must_use]
    pub fn sandbox(&self) -> Option<Sandbox> {
        let files = self
            .tls_files
            .iter()
            .flat_map(|(certificate, key)| [certificate, key]);
        self.sandbox
            .then(|| files.fold(Sandbox::new(), |sandbox, file| sandbox.reading_beside(file)))
    }

    /// Reads certificate and key, when HTTPS is on.
    ///
    /// # Errors
    /// See [`Tls::load`].
    pub fn tls(&self) -> Result<Option<Tls>, TlsError> {
        self.tls_files
            .as_ref()
            .map(|(certificate, key)| Tls::load(certificate, key))
            .transpose()
    }
}

fn http_url(text: &str) -> Result<Uri, &'static str> {
    match text.parse::<Uri>() {
        Ok(uri) if uri.scheme_str() == Some("http") && uri.authority().is_some() => Ok(uri),
        _ => Err("must be an http:// address; a collector beside the service can encrypt"),
    }
}
