//! One GET of a key set, within limits that the issuer cannot stretch.

use std::time::Duration;

use http::header::{ACCEPT, AGE, CACHE_CONTROL, CONTENT_TYPE, ETAG, IF_NONE_MATCH};
use http::{HeaderMap, StatusCode};
use reqwest::{Client, RequestBuilder, Response, Url, redirect, retry};
use rustls::ClientConfig;
use token::{KeySet, MAX_KEY_SET_BYTES};

use crate::fetch_error::FetchError;
use crate::freshness::Freshness;
use crate::origin::{Fetched, Validator};

/// How long a connection may take to come about.
const CONNECT_LIMIT: Duration = Duration::from_secs(2);

/// How long a whole attempt may take, to the last byte of the body.
pub(crate) const TOTAL_LIMIT: Duration = Duration::from_secs(5);

/// Longer entity tags are not worth sending back.
const MAX_VALIDATOR_BYTES: usize = 256;

/// A key set behind a URL.
pub(crate) struct HttpOrigin {
    client: Client,
    url: Url,
}

impl HttpOrigin {
    /// Prepares to fetch; nothing is sent yet.
    pub(crate) fn new(url: Url, tls: ClientConfig, limit: Duration) -> reqwest::Result<Self> {
        let client = Client::builder()
            .tls_backend_preconfigured(tls)
            .connect_timeout(limit.min(CONNECT_LIMIT))
            .timeout(limit.min(TOTAL_LIMIT))
            .redirect(redirect::Policy::none())
            .retry(retry::never())
            .no_proxy()
            // Whatever the rest of the build has turned on in reqwest.
            .no_gzip()
            .no_brotli()
            .no_zstd()
            .no_deflate()
            .pool_max_idle_per_host(0)
            .user_agent(concat!("verifier/", env!("CARGO_PKG_VERSION")))
            .build()?;
        Ok(Self { client, url })
    }

    pub(crate) fn location(&self) -> &str {
        self.url.as_str()
    }

    /// Sends the one request and reads its answer.
    pub(crate) async fn fetch(&self, held: Option<&Validator>) -> Result<Fetched, FetchError> {
        let response = self.request(held).send().await?;
        let freshness = freshness(response.headers());
        match response.status() {
            StatusCode::OK => {
                let validator = validator(response.headers());
                let keys = read_set(response).await?;
                Ok(Fetched::Set {
                    keys,
                    validator,
                    freshness,
                })
            }
            StatusCode::NOT_MODIFIED if held.is_some() => Ok(Fetched::Unchanged { freshness }),
            StatusCode::NOT_MODIFIED => Err(FetchError::NotModifiedUnasked),
            status => Err(FetchError::Status(status)),
        }
    }

    /// Without a validator the set itself is wanted, past any cache on the way.
    fn request(&self, held: Option<&Validator>) -> RequestBuilder {
        let request = self
            .client
            .get(self.url.clone())
            .header(ACCEPT, "application/jwk-set+json, application/json");
        match held {
            Some(Validator(tag)) => request.header(IF_NONE_MATCH, tag),
            None => request.header(CACHE_CONTROL, "no-cache"),
        }
    }
}

async fn read_set(response: Response) -> Result<KeySet, FetchError> {
    if !is_json(response.headers()) {
        return Err(FetchError::ContentType);
    }
    let body = read_body(response).await?;
    Ok(KeySet::parse(&body)?)
}

/// Counts while it reads: what the issuer says of the length is not to be relied on.
async fn read_body(mut response: Response) -> Result<Vec<u8>, FetchError> {
    let mut body = Vec::new();
    while let Some(chunk) = response.chunk().await? {
        if body.len() + chunk.len() > MAX_KEY_SET_BYTES {
            return Err(FetchError::TooLarge);
        }
        body.extend_from_slice(&chunk);
    }
    Ok(body)
}

/// `application/json`, `application/jwk-set+json` and every other `+json`.
fn is_json(headers: &HeaderMap) -> bool {
    let Some(value) = headers
        .get(CONTENT_TYPE)
        .and_then(|value| value.to_str().ok())
    else {
        return false;
    };
    let essence = value
        .split(';')
        .next()
        .unwrap_or_default()
        .trim()
        .to_ascii_lowercase();
    essence
        .strip_prefix("application/")
        .is_some_and(|subtype| subtype == "json" || subtype.ends_with("+json"))
}

fn validator(headers: &HeaderMap) -> Option<Validator> {
    let tag = headers.get(ETAG)?.to_str().ok()?;
    (tag.len() <= MAX_VALIDATOR_BYTES).then(|| Validator(tag.to_owned()))
}

/// `Cache-Control: max-age`, and the time spent in caches (RFC 9111 §5.1, §5.2.2.1).
fn freshness(headers: &HeaderMap) -> Freshness {
    let directives = headers.get_all(CACHE_CONTROL).into_iter();
    let max_age = directives
        .filter_map(|value| value.to_str().ok())
        .flat_map(|value| value.split(','))
        .filter_map(|directive| directive.split_once('='))
        .find(|(name, _)| name.trim().eq_ignore_ascii_case("max-age"))
        .and_then(|(_, seconds)| delta_seconds(seconds));
    // Of several ages the first counts (RFC 9111 §5.1).
    let age = headers.get(AGE).and_then(|value| value.to_str().ok());
    let age = age.and_then(|ages| ages.split(',').next());
    let age = age.and_then(delta_seconds).unwrap_or_default();
    Freshness { max_age, age }
}

/// Values beyond 32 bits mean "very long" (RFC 9111 §1.2.2).
fn delta_seconds(text: &str) -> Option<Duration> {
    let digits = text.trim().trim_matches('"');
    let is_number = !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit());
    is_number.then(|| Duration::from_secs(digits.parse().unwrap_or(u64::from(u32::MAX))))
}

#[cfg(test)]
mod tests;
