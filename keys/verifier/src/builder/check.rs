//! Turns the settings into the parts of a verifier, noting everything that is wrong with them.

use std::fmt::Display;
use std::net::IpAddr;
use std::sync::Arc;

use http::StatusCode;
use reqwest::Url;
use rustls::ClientConfig;
use token::Policy;

use super::{Builder, ConfigProblem, IssuerSettings};
use crate::disk::DiskCopy;
use crate::fetch::HttpOrigin;
use crate::file::FileOrigin;
use crate::issuer::{Issuer, Keys};
use crate::origin::Origin;
use crate::remote::{Limits, Remote};
use crate::tls;

/// What has been found wrong so far.
#[derive(Default)]
pub(super) struct Problems(pub(super) Vec<ConfigProblem>);

impl Problems {
    fn note(&mut self, setting: &'static str, message: impl Into<String>) {
        self.0.push(ConfigProblem {
            setting,
            message: message.into(),
        });
    }

    /// The value, or a note of why there is none.
    fn take<T>(&mut self, setting: &'static str, result: Result<T, String>) -> Option<T> {
        result.map_err(|message| self.note(setting, message)).ok()
    }
}

impl Builder {
    /// The issuers that could be made; with any missing, there is a problem.
    pub(super) fn check_issuers(&self, problems: &mut Problems) -> Vec<Issuer> {
        self.check_durations(problems);
        self.check_repetition(problems);
        let checked = self
            .issuers
            .iter()
            .map(|settings| self.check_issuer(settings, problems));
        checked.collect::<Vec<_>>().into_iter().flatten().collect()
    }

    /// What a challenge cannot carry between quotes would be changed without a word.
    pub(super) fn check_challenge(&self, problems: &mut Problems) {
        let is_quotable = |text: &str| {
            text.chars()
                .all(|character| matches!(character, ' '..='~') && !"\"\\".contains(character))
        };
        if self
            .realm
            .as_deref()
            .is_some_and(|realm| !is_quotable(realm))
        {
            problems.note(
                "realm",
                "must be printable ASCII without quotes and backslashes",
            );
        }
        let metadata = self.resource_metadata.as_deref();
        if metadata.is_some_and(|url| !is_quotable(url) || Url::parse(url).is_err()) {
            problems.note("resource_metadata", "must be an absolute URL");
        }
        if ![StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&self.reject_with) {
            problems.note("reject_with", "must be 401 or 403");
        }
    }

    fn check_durations(&self, problems: &mut Problems) {
        let positive = [
            ("max_stale", self.max_stale),
            ("min_refetch", self.min_refetch),
            ("max_token_life", self.max_token_life),
            ("fetch_limit", self.fetch_limit),
        ];
        for (setting, _) in positive
            .into_iter()
            .filter(|(_, duration)| duration.is_zero())
        {
            problems.note(setting, "must be longer than zero");
        }
    }

    fn check_repetition(&self, problems: &mut Problems) {
        for (index, settings) in self.issuers.iter().enumerate() {
            let before = self.issuers.iter().take(index);
            if before
                .into_iter()
                .any(|other| other.issuer == settings.issuer)
            {
                problems.note("issuer", format!("{} is named twice", settings.issuer));
            }
            if let Some(path) = settings.cache_file.as_ref()
                && self.issuers[..index]
                    .iter()
                    .any(|other| other.cache_file.as_ref() == Some(path))
            {
                let path = path.display();
                problems.note("cache_file", format!("{path} is given to two issuers"));
            }
        }
    }

    fn check_issuer(&self, settings: &IssuerSettings, problems: &mut Problems) -> Option<Issuer> {
        if settings.audience.is_empty() {
            problems.note("audience", "must not be empty");
        }
        let origin = self.origin(settings, problems)?;
        let copy = settings.cache_file.as_ref();
        let copy = copy.map(|path| DiskCopy::new(path, &settings.issuer, origin.location()));
        let limits = Limits {
            max_stale: self.max_stale,
            min_refetch: self.min_refetch,
            bury_for: self.max_token_life.saturating_mul(2),
        };
        let clock = Arc::clone(&self.clock);
        let remote = Remote::new(origin, copy, &settings.issuer, limits, clock);
        let policy = Policy::new(settings.issuer.as_str(), settings.audience.as_str())
            .with_leeway(self.leeway)
            .with_max_token_life(self.max_token_life);
        Some(Issuer {
            policy,
            keys: Keys::Remote(Arc::new(remote)),
        })
    }

    fn origin(&self, settings: &IssuerSettings, problems: &mut Problems) -> Option<Origin> {
        let issuer = problems.take("issuer", self.issuer_url(&settings.issuer));
        match (&settings.jwks_url, &settings.jwks_file) {
            (Some(_), Some(_)) => {
                problems.note("jwks_file", "cannot be given together with jwks_url");
                None
            }
            (None, Some(path)) => Some(Origin::File(FileOrigin::new(path))),
            (Some(url), None) => {
                let url = problems.take("jwks_url", self.key_url(url))?;
                self.http_origin(url, problems)
            }
            (None, None) => self.http_origin(well_known(issuer?)?, problems),
        }
    }

    fn http_origin(&self, url: Url, problems: &mut Problems) -> Option<Origin> {
        let tls = self.tls(&url, problems)?;
        let origin = HttpOrigin::new(url, tls, self.fetch_limit).map_err(|error| error.to_string());
        problems.take("issuer", origin).map(Origin::Http)
    }

    fn tls(&self, url: &Url, problems: &mut Problems) -> Option<ClientConfig> {
        match &self.ca_file {
            Some(path) => problems.take(
                "ca_file",
                tls::roots_from(path).map_err(|error| format!("{}: {error}", path.display())),
            ),
            None if url.scheme() == "https" => problems.take("ca_file", tls::system_roots()),
            None => problems.take("ca_file", tls::no_roots()),
        }
    }

    /// An issuer is a URL without query and fragment (RFC 8414 §2).
    fn issuer_url(&self, issuer: &str) -> Result<Url, String> {
        let url = self.key_url(issuer)?;
        if url.query().is_some() || url.fragment().is_some() {
            return Err(format!("`{issuer}` must have neither query nor fragment"));
        }
        Ok(url)
    }

    /// A URL that keys may come from: nobody on the way can replace them.
    fn key_url(&self, text: &str) -> Result<Url, String> {
        let url = Url::parse(text).map_err(|error| no_url(text, error))?;
        if !url.username().is_empty() || url.password().is_some() {
            return Err("must not have a user name or password in it".to_owned());
        }
        match url.scheme() {
            "https" => Ok(url),
            "http" if self.allow_insecure_issuer || is_loopback(&url) => Ok(url),
            "http" => Err(format!(
                "`{text}` must be https://, unless its host is loopback or allow_insecure_issuer is set"
            )),
            _ => Err(format!("`{text}` must be https://")),
        }
    }
}

/// What may have a password in it is not repeated.
fn no_url(text: &str, error: impl Display) -> String {
    if text.contains('@') {
        format!("is no URL: {error}")
    } else {
        format!("`{text}` is no URL: {error}")
    }
}

/// `<issuer>/.well-known/jwks.json`, whether or not the issuer ends in a slash.
fn well_known(mut issuer: Url) -> Option<Url> {
    issuer
        .path_segments_mut()
        .ok()?
        .pop_if_empty()
        .extend([".well-known", "jwks.json"]);
    Some(issuer)
}

fn is_loopback(url: &Url) -> bool {
    let host = url.host_str().unwrap_or_default();
    let address = host
        .trim_start_matches('[')
        .trim_end_matches(']')
        .parse::<IpAddr>();
    address.map_or(host == "localhost", |address| address.is_loopback())
}

#[cfg(test)]
mod tests;
