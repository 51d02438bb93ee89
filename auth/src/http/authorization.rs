//! Who calls: the access token in the header `Authorization` (RFC 6750 §2.1).

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts};
use chassis::Problem;
use http::request::Parts;
use http::{HeaderMap, HeaderValue, StatusCode, header};
use token::Claims;

use crate::service::Service;

/// A caller with a token that this service signed and that is still good.
pub struct Authorized(pub Claims);

impl<S: Send + Sync> FromRequestParts<S> for Authorized
where
    Arc<Service>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let token = bearer_token(&parts.headers)?;
        let service = Arc::<Service>::from_ref(state);
        service
            .access_tokens
            .verify(token)
            .map(Self)
            .map_err(|rejection| {
                tracing::debug!(reason = rejection.code(), "access token refused");
                invalid_token()
            })
    }
}

/// The scheme's name is compared without regard to case (RFC 9110 §11.1).
fn bearer_token(headers: &HeaderMap) -> Result<&str, Problem> {
    let mut values = headers.get_all(header::AUTHORIZATION).iter();
    let (value, None) = (values.next().ok_or_else(no_token)?, values.next()) else {
        return Err(invalid_token());
    };
    let (scheme, token) = value
        .to_str()
        .ok()
        .and_then(|text| text.split_once(' '))
        .ok_or_else(no_token)?;
    if scheme.eq_ignore_ascii_case("bearer") {
        Ok(token.trim_start())
    } else {
        Err(no_token())
    }
}

fn no_token() -> Problem {
    unauthorized(r#"Bearer realm="auth""#).detail("This call needs an access token.")
}

fn invalid_token() -> Problem {
    unauthorized(r#"Bearer realm="auth", error="invalid_token""#)
        .detail("The access token is not valid, or no longer.")
}

fn unauthorized(challenge: &'static str) -> Problem {
    Problem::new(StatusCode::UNAUTHORIZED, "unauthorized", "Unauthorized").header(
        header::WWW_AUTHENTICATE,
        HeaderValue::from_static(challenge),
    )
}
