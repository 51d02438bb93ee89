//! What a caller is told when a request is refused (RFC 6750 §3, RFC 9457).

use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use http::header::{CONTENT_TYPE, RETRY_AFTER, WWW_AUTHENTICATE};
use http::{HeaderValue, StatusCode};
use serde::Serialize;

use crate::challenge::Challenge;

/// A request that was refused for its token, or for the lack of keys to judge it by.
#[derive(Debug)]
pub struct AuthRejection {
    pub(crate) refusal: Refusal,
    pub(crate) challenge: Arc<Challenge>,
    pub(crate) request_id: Option<String>,
}

/// Why, as far as the caller is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Refusal {
    NoToken,
    InvalidRequest,
    InvalidToken,
    InsufficientScope(&'static str),
    Unavailable { retry_after: Duration },
}

/// A problem document (RFC 9457).
#[derive(Serialize)]
struct Problem<'a> {
    r#type: &'static str,
    title: &'static str,
    status: u16,
    detail: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    request_id: Option<&'a str>,
}

impl AuthRejection {
    /// The status of the answer.
    #[must_use]
    pub fn status(&self) -> StatusCode {
        match self.refusal {
            Refusal::InsufficientScope(_) => StatusCode::FORBIDDEN,
            Refusal::Unavailable { .. } => StatusCode::SERVICE_UNAVAILABLE,
            Refusal::NoToken | Refusal::InvalidRequest | Refusal::InvalidToken => {
                self.challenge.reject_with
            }
        }
    }

    fn problem(&self) -> String {
        let status = self.status();
        let problem = Problem {
            // What went wrong is in the challenge, in the words of RFC 6750; the status says the
            // rest (RFC 9457 §4.2.1). A URI of ours would name a page that a stranger's service
            // does not have.
            r#type: "about:blank",
            title: status.canonical_reason().unwrap_or("Refused"),
            status: status.as_u16(),
            detail: self.refusal.detail(),
            request_id: self.request_id.as_deref(),
        };
        serde_json::to_string(&problem).unwrap_or_default()
    }

    fn header(&self) -> (http::HeaderName, HeaderValue) {
        let challenge = |error, scope| (WWW_AUTHENTICATE, self.challenge.header(error, scope));
        match self.refusal {
            Refusal::NoToken => challenge(None, None),
            Refusal::InvalidRequest => challenge(Some("invalid_request"), None),
            Refusal::InvalidToken => challenge(Some("invalid_token"), None),
            Refusal::InsufficientScope(scope) => challenge(Some("insufficient_scope"), Some(scope)),
            Refusal::Unavailable { retry_after } => {
                let seconds = retry_after.as_millis().div_ceil(1000);
                (
                    RETRY_AFTER,
                    HeaderValue::from(u64::try_from(seconds).unwrap_or(u64::MAX)),
                )
            }
        }
    }
}

impl Refusal {
    fn detail(self) -> &'static str {
        match self {
            Self::NoToken => "A bearer access token is required.",
            Self::InvalidRequest => "The request has more than one Authorization header.",
            Self::InvalidToken => "The access token is not valid.",
            Self::InsufficientScope(_) => "The access token lacks the scope that this call needs.",
            Self::Unavailable { .. } => "The issuer's keys cannot be had at the moment.",
        }
    }
}

impl IntoResponse for AuthRejection {
    fn into_response(self) -> Response {
        let kind = (
            CONTENT_TYPE,
            HeaderValue::from_static("application/problem+json"),
        );
        (self.status(), [self.header(), kind], self.problem()).into_response()
    }
}

#[cfg(test)]
mod tests;
