//! Why a key set could not be had.

use std::error::Error;
use std::io;

use http::StatusCode;
use token::{KeySetError, Kid};

/// What went wrong with one attempt to get a key set. The held set stays in use.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FetchError {
    #[error("the issuer cannot be reached: {0}")]
    Connect(String),
    #[error("the issuer's certificate is not accepted: {0}")]
    Tls(String),
    #[error("there was no answer in time")]
    Timeout,
    #[error("the answer broke off: {0}")]
    Interrupted(String),
    #[error("the answer's status is {0}, not 200; redirects are not followed")]
    Status(StatusCode),
    #[error("the answer is 304, though nothing was asked to be compared")]
    NotModifiedUnasked,
    #[error("the answer's content type is not JSON")]
    ContentType,
    #[error("the key set is over {limit} bytes", limit = token::MAX_KEY_SET_BYTES)]
    TooLarge,
    #[error("the key set is refused: {0}")]
    KeySet(#[from] KeySetError),
    #[error("every key of the set has been withdrawn before, the last one {0}")]
    OnlyWithdrawn(Kid),
    #[error("the key-set file cannot be read: {0}")]
    File(#[from] io::Error),
    #[error("there is no tokio runtime here to fetch it in")]
    NoRuntime,
}

impl FetchError {
    /// A stable name for log and metric.
    pub(crate) fn code(&self) -> &'static str {
        match self {
            Self::Connect(_) => "connect",
            Self::Tls(_) => "tls",
            Self::Timeout => "timeout",
            Self::Interrupted(_) => "interrupted",
            Self::Status(_) => "status",
            Self::NotModifiedUnasked => "not_modified_unasked",
            Self::ContentType => "content_type",
            Self::TooLarge => "too_large",
            Self::KeySet(error) => error.code(),
            Self::OnlyWithdrawn(_) => "only_withdrawn",
            Self::File(_) => "file",
            Self::NoRuntime => "no_runtime",
        }
    }
}

impl From<reqwest::Error> for FetchError {
    fn from(error: reqwest::Error) -> Self {
        let reason = innermost(&error).to_string();
        match () {
            () if is_tls(&error) => Self::Tls(reason),
            () if error.is_timeout() => Self::Timeout,
            () if error.is_connect() => Self::Connect(reason),
            () => Self::Interrupted(reason),
        }
    }
}

fn innermost<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    chain(error).last().unwrap_or(error)
}

fn is_tls(error: &(dyn Error + 'static)) -> bool {
    chain(error).any(<dyn Error>::is::<rustls::Error>)
}

/// An error and its causes. `io::Error` hides the error it wraps from `source`, so it is asked.
fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| {
        let wrapped = cause
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        wrapped
            .map(|inner| -> &(dyn Error + 'static) { inner })
            .or_else(|| cause.source())
    })
}
