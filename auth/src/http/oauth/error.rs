//! Errors of the OAuth calls.

use axum::Json;
use axum::response::{IntoResponse, Response};
use chassis::Problem;
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use crate::client_grant::ClientError;
use crate::refresh::RefreshError;
use crate::service::NotOffered;
use crate::store::StoreError;

/// Why an OAuth request is refused.
pub enum OAuthError {
    /// The body has another media type.
    NotAForm,
    /// The body could not be read.
    Unread(Problem),
    /// A parameter is there twice.
    Repeated,
    /// A required parameter is not there.
    Missing(&'static str),
    /// Two ways to say who the client is (RFC 6749 §2.3).
    TwoCredentials,
    /// The client has not shown who it is.
    InvalidClient,
    /// The refresh token is not valid, or no longer.
    InvalidGrant,
    /// No such grant here.
    UnsupportedGrantType,
    /// More scope than may be had.
    InvalidScope,
    /// Not one of the audiences (RFC 8707 §2).
    InvalidTarget,
    /// Access tokens cannot be revoked; they are short-lived (RFC 7009 §2.2.1).
    UnsupportedTokenType,
    /// The service's own trouble.
    Trouble(Problem),
}

impl OAuthError {
    fn code_and_description(&self) -> (&'static str, String) {
        let (code, description) = match self {
            Self::Missing(name) => {
                return (
                    "invalid_request",
                    format!("the parameter {name} is missing"),
                );
            }
            Self::NotAForm | Self::Unread(_) => ("invalid_request", "the body cannot be read"),
            Self::Repeated => ("invalid_request", "a parameter is there twice"),
            Self::TwoCredentials => ("invalid_request", "client credentials are there twice"),
            Self::InvalidClient => ("invalid_client", "client authentication failed"),
            Self::InvalidGrant => (
                "invalid_grant",
                "the refresh token is not valid, or no longer",
            ),
            Self::UnsupportedGrantType => (
                "unsupported_grant_type",
                "must be client_credentials or refresh_token",
            ),
            Self::InvalidScope => ("invalid_scope", "more was asked for than may be had"),
            Self::InvalidTarget => ("invalid_target", "no tokens are issued for this audience"),
            Self::UnsupportedTokenType => (
                "unsupported_token_type",
                "only refresh tokens can be revoked",
            ),
            Self::Trouble(_) => ("temporarily_unavailable", "the service cannot answer now"),
        };
        (code, description.to_owned())
    }
}

impl IntoResponse for OAuthError {
    fn into_response(self) -> Response {
        let (code, description) = self.code_and_description();
        match self {
            Self::NotAForm => Problem::unsupported_media_type("application/x-www-form-urlencoded")
                .member("error", code)
                .into_response(),
            Self::Unread(problem) | Self::Trouble(problem) => {
                problem.member("error", code).into_response()
            }
            Self::InvalidClient => {
                // RFC 6749 §5.2: a client that used Authorization must be told the scheme.
                let challenge = HeaderValue::from_static(r#"Basic realm="auth""#);
                let mut response = oauth(StatusCode::UNAUTHORIZED, code, &description);
                response
                    .headers_mut()
                    .insert(header::WWW_AUTHENTICATE, challenge);
                response
            }
            _ => oauth(StatusCode::BAD_REQUEST, code, &description),
        }
    }
}

fn oauth(status: StatusCode, code: &'static str, description: &str) -> Response {
    let no_store = [
        (header::CACHE_CONTROL, HeaderValue::from_static("no-store")),
        (header::PRAGMA, HeaderValue::from_static("no-cache")),
    ];
    let body = Json(json!({ "error": code, "error_description": description }));
    (status, no_store, body).into_response()
}

impl From<ClientError> for OAuthError {
    fn from(error: ClientError) -> Self {
        match error {
            ClientError::Refused => Self::InvalidClient,
            ClientError::Throttled { retry_after } => {
                let problem = Problem::too_many_requests(retry_after);
                Self::Trouble(problem.detail("Too many client secrets were wrong."))
            }
            ClientError::NotOffered(what) => what.into(),
            ClientError::Store(error) => Self::Trouble(error.into()),
            ClientError::Mint(error) => Self::Trouble(error.into()),
        }
    }
}

impl From<RefreshError> for OAuthError {
    fn from(error: RefreshError) -> Self {
        match error {
            RefreshError::Refused => Self::InvalidGrant,
            RefreshError::NotOffered(what) => what.into(),
            RefreshError::Store(error) => Self::Trouble(error.into()),
            RefreshError::Mint(error) => Self::Trouble(error.into()),
        }
    }
}

impl From<NotOffered> for OAuthError {
    fn from(what: NotOffered) -> Self {
        match what {
            NotOffered::Audience => Self::InvalidTarget,
            NotOffered::Scope => Self::InvalidScope,
        }
    }
}

impl From<StoreError> for OAuthError {
    fn from(error: StoreError) -> Self {
        Self::Trouble(error.into())
    }
}
