//! The conditions of a request as an extractor.
use std::convert::Infallible;

use axum::extract::FromRequestParts;
use http::request::Parts;

use crate::app::Service;
use crate::precondition::Preconditions;
use crate::settings::IfMatch;

/// The conditions on a read.
pub(crate) struct ReadConditions(pub(crate) Preconditions);

/// The conditions on a write, with `If-Match` required where the service is set to require it.
pub(crate) struct WriteConditions(pub(crate) Preconditions);

impl FromRequestParts<Service> for ReadConditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Service) -> Result<Self, Infallible> {
        Ok(Self(Preconditions::from_headers(
            &parts.headers,
            IfMatch::Optional,
        )))
    }
}

impl FromRequestParts<Service> for WriteConditions {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, service: &Service) -> Result<Self, Infallible> {
        Ok(Self(Preconditions::from_headers(
            &parts.headers,
            service.if_match(),
        )))
    }
}
