//! Who makes a post and under which `Idempotency-Key`, settled before the body is read.
use axum::extract::FromRequestParts;
use http::request::Parts;
use http::{HeaderMap, HeaderName};
use verifier::CallerWith;

use super::ApiError;
use super::scope::Write;
use crate::app::Service;
use crate::idempotency::{Claim, IdempotencyKey, InvalidKey};
use crate::post::Author;

/// The header (draft-ietf-httpapi-idempotency-key-header).
pub(crate) const IDEMPOTENCY_KEY: HeaderName = HeaderName::from_static("idempotency-key");

/// The right to make one post. A slow upload holds its key from its first byte on.
pub(crate) struct Creation {
    pub(crate) author: Author,
    pub(crate) claim: Option<Claim>,
}

impl FromRequestParts<Service> for Creation {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, ApiError> {
        let caller = CallerWith::<Write>::from_request_parts(parts, service).await?;
        let author = Author::from(&*caller);
        let claim = match key(&parts.headers)? {
            Some(key) => Some(service.in_flight().claim(author.clone(), key)?),
            None => None,
        };
        Ok(Self { author, claim })
    }
}

/// The one key there is; two of them are none.
fn key(headers: &HeaderMap) -> Result<Option<IdempotencyKey>, InvalidKey> {
    let mut values = headers.get_all(IDEMPOTENCY_KEY).iter();
    match (values.next(), values.next()) {
        (None, _) => Ok(None),
        (Some(key), None) => key.to_str().map_err(|_| InvalidKey)?.parse().map(Some),
        (Some(_), Some(_)) => Err(InvalidKey),
    }
}
