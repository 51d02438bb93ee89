//! Everything that can go wrong in an endpoint, and the one table from it to answers.
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use chassis::database::DatabaseError;
use chassis::problem::{FieldError, Problem};
use http::StatusCode;
use verifier::AuthRejection;

use crate::cursor::ForeignCursor;
use crate::idempotency::{InvalidKey, StillInFlight};
use crate::precondition::Unmet;
use crate::store::{CreateError, WriteError};

/// Why an endpoint did not do what was asked.
#[derive(Debug)]
pub(crate) enum ApiError {
    Auth(AuthRejection),
    NotFound,
    NotAcceptable,
    Query(Vec<FieldError>),
    Cursor(ForeignCursor),
    Key(InvalidKey),
    InFlight(StillInFlight),
    KeyUsedForAnother,
    Unmet(Unmet),
    Database(DatabaseError),
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let problem = match self {
            Self::Auth(rejection) => return rejection.into_response(),
            Self::NotFound => Problem::not_found(),
            Self::NotAcceptable => not_acceptable(),
            Self::Query(errors) => Problem::invalid(errors),
            Self::Cursor(error) => Problem::bad_request(error.to_string()),
            Self::Key(error) => Problem::bad_request(error.to_string()),
            Self::InFlight(error) => {
                Problem::conflict(error.to_string()).retry_after(Duration::from_secs(1))
            }
            Self::KeyUsedForAnother => key_reused(),
            Self::Unmet(Unmet::Missing) => precondition_required(),
            Self::Unmet(Unmet::Failed | Unmet::NotModified) => precondition_failed(),
            Self::Database(error) => error.into(),
        };
        problem.into_response()
    }
}

fn not_acceptable() -> Problem {
    Problem::new(
        StatusCode::NOT_ACCEPTABLE,
        "not-acceptable",
        "Not acceptable",
    )
    .detail("Accept-Encoding allows neither of the codings that there are: gzip and identity.")
}

fn key_reused() -> Problem {
    Problem::new(
        StatusCode::UNPROCESSABLE_ENTITY,
        "idempotency-key-reused",
        "Idempotency-Key reused",
    )
    .detail("The Idempotency-Key was used with another body; a new request needs a new key.")
}

fn precondition_failed() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_FAILED,
        "precondition-failed",
        "Precondition failed",
    )
    .detail("The post is not in the version that the request is for; read it again.")
}

fn precondition_required() -> Problem {
    Problem::new(
        StatusCode::PRECONDITION_REQUIRED,
        "precondition-required",
        "Precondition required",
    )
    .detail("A change must carry If-Match with the ETag of the version it changes.")
}

impl From<AuthRejection> for ApiError {
    fn from(rejection: AuthRejection) -> Self {
        Self::Auth(rejection)
    }
}

impl From<ForeignCursor> for ApiError {
    fn from(error: ForeignCursor) -> Self {
        Self::Cursor(error)
    }
}

impl From<InvalidKey> for ApiError {
    fn from(error: InvalidKey) -> Self {
        Self::Key(error)
    }
}

impl From<StillInFlight> for ApiError {
    fn from(error: StillInFlight) -> Self {
        Self::InFlight(error)
    }
}

impl From<Unmet> for ApiError {
    fn from(unmet: Unmet) -> Self {
        Self::Unmet(unmet)
    }
}

impl From<DatabaseError> for ApiError {
    fn from(error: DatabaseError) -> Self {
        Self::Database(error)
    }
}

impl From<WriteError> for ApiError {
    fn from(error: WriteError) -> Self {
        match error {
            WriteError::NotFound => Self::NotFound,
            WriteError::Unmet(unmet) => Self::Unmet(unmet),
            WriteError::Database(error) => Self::Database(error),
        }
    }
}

impl From<CreateError> for ApiError {
    fn from(error: CreateError) -> Self {
        match error {
            CreateError::KeyUsedForAnother => Self::KeyUsedForAnother,
            CreateError::Database(error) => Self::Database(error),
        }
    }
}
