//! Whose tokens are accepted, and how their keys are had.
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use chassis::Sandbox;
use chassis::settings::{Problems, parse_duration};
use clap::Args;
use http::StatusCode;
use token::{Clock, SystemClock};
use verifier::{Builder, ConfigError, ConfigProblem, Verifier};

/// The options about tokens and keys.
#[derive(Clone, Debug, Args)]
pub struct KeyOptions {
    /// Required `iss` of tokens; its key set is read from .well-known/jwks.json below it
    #[arg(long, value_name = "URL", default_value = "http://127.0.0.1:4000")]
    issuer: String,

    /// Where the key set is read instead
    #[arg(long, value_name = "URL")]
    jwks_url: Option<String>,

    /// A file the key set is read from instead, again whenever it changes
    #[arg(long, value_name = "FILE")]
    jwks_file: Option<PathBuf>,

    /// Required `aud` of tokens
    #[arg(long, value_name = "NAME", default_value = "posts")]
    audience: String,

    /// Last good key set; lets a restart serve while the issuer is down
    #[arg(long, value_name = "FILE", default_value = "var/posts/jwks.json")]
    jwks_cache_file: PathBuf,

    /// How long a key set may be used after its last successful refresh
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    max_stale: String,

    /// Least time between two fetches caused by unknown key ids
    #[arg(long, value_name = "DURATION", default_value = "10s")]
    min_refetch: String,

    /// Clock leeway for the times in a token
    #[arg(long, value_name = "DURATION", default_value = "30s")]
    leeway: String,

    /// A token with a longer life (exp - iat) is refused
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    max_token_life: String,

    /// PEM file of the certificates to trust for https://, instead of the system's
    #[arg(long, value_name = "FILE")]
    ca_file: Option<PathBuf>,

    /// Accept an http:// issuer that is not loopback
    #[arg(long)]
    allow_insecure_issuer: bool,

    /// Status for a missing or bad token: 401 or 403
    #[arg(long, value_name = "STATUS", default_value = "401")]
    reject_with: String,
}

/// The checked form of [`KeyOptions`].
#[derive(Clone, Debug)]
pub struct KeySettings {
    options: KeyOptions,
    max_stale: Duration,
    min_refetch: Duration,
    leeway: Duration,
    max_token_life: Duration,
    reject_with: StatusCode,
}

impl KeyOptions {
    /// `None` when something is wrong, which `problems` then holds.
    pub fn check(&self, problems: &mut Problems) -> Option<KeySettings> {
        let mut duration = |option, text: &str| problems.check(option, text, parse_duration);
        let max_stale = duration("--max-stale", &self.max_stale);
        let min_refetch = duration("--min-refetch", &self.min_refetch);
        let leeway = duration("--leeway", &self.leeway);
        let max_token_life = duration("--max-token-life", &self.max_token_life);
        let reject_with = problems.check("--reject-with", &self.reject_with, reject_status);
        let settings = KeySettings {
            options: self.clone(),
            max_stale: max_stale.unwrap_or(Duration::from_hours(1)),
            min_refetch: min_refetch.unwrap_or(Duration::from_secs(10)),
            leeway: leeway.unwrap_or(Duration::from_secs(30)),
            max_token_life: max_token_life.unwrap_or(Duration::from_hours(1)),
            reject_with: reject_with.unwrap_or(StatusCode::UNAUTHORIZED),
        };
        for problem in settings.problems() {
            let option = format!("--{}", problem.setting.replace('_', "-"));
            problems.add(&option, in_options(&problem.message));
        }
        problems.is_empty().then_some(settings)
    }
}

impl KeySettings {
    /// The issuer whose tokens are accepted.
    #[must_use]
    pub fn issuer(&self) -> &str {
        &self.options.issuer
    }

    /// Where the key set is fetched; `None` when it is a file.
    pub(crate) fn key_set_url(&self) -> Option<String> {
        let options = &self.options;
        let issuer = options.issuer.trim_end_matches('/');
        let derived = || format!("{issuer}/.well-known/jwks.json");
        match options.jwks_file {
            Some(_) => None,
            None => Some(options.jwks_url.clone().unwrap_or_else(derived)),
        }
    }

    pub(crate) fn audience(&self) -> &str {
        &self.options.audience
    }

    pub(crate) fn ca_file(&self) -> Option<&Path> {
        self.options.ca_file.as_deref()
    }

    /// The file that the key set is read from instead of being fetched.
    pub(crate) fn key_set_file(&self) -> Option<&Path> {
        self.options.jwks_file.as_deref()
    }

    pub(crate) fn jwks_cache_file(&self) -> &Path {
        &self.options.jwks_cache_file
    }

    pub(crate) fn max_token_life(&self) -> Duration {
        self.max_token_life
    }

    pub(crate) fn leeway(&self) -> Duration {
        self.leeway
    }

    pub(crate) fn max_stale(&self) -> Duration {
        self.max_stale
    }

    /// The verifier of these settings, which names `metadata` in its challenges.
    ///
    /// # Errors
    /// What the builder refuses, which [`KeyOptions::check`] has already told.
    pub fn verifier(
        &self,
        clock: Arc<dyn Clock>,
        metadata: Option<String>,
    ) -> Result<Verifier, ConfigError> {
        let cache_file = Some(&*self.options.jwks_cache_file);
        let mut builder = self.builder(clock, cache_file);
        if let Some(url) = metadata {
            builder = builder.resource_metadata(url);
        }
        builder.build()
    }

    /// A verifier for diagnosis, which neither believes nor writes the copy on disk.
    pub(crate) fn examining_verifier(
        &self,
        clock: Arc<dyn Clock>,
    ) -> Result<Verifier, ConfigError> {
        self.builder(clock, None).build()
    }

    /// Adds the files that a verifier needs: the copy it keeps, and what it was told to read.
    pub(super) fn extend(&self, sandbox: Sandbox) -> Sandbox {
        let options = &self.options;
        let read = options.jwks_file.iter().chain(&options.ca_file);
        let sandbox = sandbox.writing_beside(&options.jwks_cache_file);
        read.fold(sandbox, |sandbox, file| sandbox.reading_beside(file))
    }

    /// What the builder of verifiers refuses. Making one fetches nothing, so those made here only
    /// tell. Where an address is wrong, the first does not come to the certificates for it.
    fn problems(&self) -> Vec<ConfigProblem> {
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let built = self.verifier(clock, None).map(drop);
        let with_certificates = self.ca_file().map(|file| {
            let anywhere = Verifier::builder("https://localhost", "posts");
            anywhere.ca_file(file).build().map(drop)
        });
        let mut problems = Vec::new();
        for error in [Some(built), with_certificates].into_iter().flatten() {
            for problem in error.err().iter().flat_map(ConfigError::problems) {
                if !problems.contains(problem) {
                    problems.push(problem.clone());
                }
            }
        }
        problems
    }

    fn builder(&self, clock: Arc<dyn Clock>, cache_file: Option<&Path>) -> Builder {
        let options = &self.options;
        let mut builder = Verifier::builder(&options.issuer, &options.audience)
            .max_stale(self.max_stale)
            .min_refetch(self.min_refetch)
            .leeway(self.leeway)
            .max_token_life(self.max_token_life)
            .reject_with(self.reject_with)
            .clock(clock);
        if let Some(file) = cache_file {
            builder = builder.cache_file(file);
        }
        if let Some(url) = &options.jwks_url {
            builder = builder.jwks_url(url);
        }
        if let Some(file) = &options.jwks_file {
            builder = builder.jwks_file(file);
        }
        if let Some(file) = &options.ca_file {
            builder = builder.ca_file(file);
        }
        if options.allow_insecure_issuer {
            builder = builder.allow_insecure_issuer();
        }
        builder
    }
}

/// The builder names its methods; here they are options.
fn in_options(message: &str) -> String {
    let methods = ["allow_insecure_issuer", "jwks_url"];
    methods.iter().fold(message.to_owned(), |message, method| {
        message.replace(method, &format!("--{}", method.replace('_', "-")))
    })
}

fn reject_status(text: &str) -> Result<StatusCode, &'static str> {
    match text {
        "401" => Ok(StatusCode::UNAUTHORIZED),
        "403" => Ok(StatusCode::FORBIDDEN),
        _ => Err("must be 401 or 403"),
    }
}
