//! The address that a call comes from, behind trusted proxies or not.

use std::net::SocketAddr;
use std::sync::Arc;

use axum::extract::{ConnectInfo, FromRef, FromRequestParts};
use chassis::Problem;
use chassis::client_address::ClientAddress;
use http::request::Parts;

use crate::service::Service;

/// Where the caller is.
pub struct CallerAddress(pub ClientAddress);

impl<S: Send + Sync> FromRequestParts<S> for CallerAddress
where
    Arc<Service>: FromRef<S>,
{
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, Problem> {
        let ConnectInfo(peer) = ConnectInfo::<SocketAddr>::from_request_parts(parts, state)
            .await
            .map_err(|missing| Problem::internal(&missing))?;
        let service = Arc::<Service>::from_ref(state);
        Ok(Self(
            service.trusted_proxies.client(peer.ip(), &parts.headers),
        ))
    }
}
