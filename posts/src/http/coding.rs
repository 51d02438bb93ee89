//! The content coding of a list.
use std::convert::Infallible;
use std::future::ready;

use axum::body::HttpBody;
use axum::extract::FromRequestParts;
use axum::response::{IntoResponse, Response};
use http::header::ACCEPT_ENCODING;
use http::request::Parts;
use http::{HeaderMap, Request, StatusCode};
use tower::{Layer, ServiceExt, service_fn};
use tower_http::CompressionLevel;
use tower_http::compression::CompressionLayer;
use tower_http::compression::predicate::SizeAbove;

use super::ApiError;

/// Below a packet or two, compression costs more than it saves.
const WORTH_COMPRESSING: u64 = 2048;

/// The codings that a client can read, if it says so (RFC 9110 §12.5.3).
pub(crate) struct Acceptable(Option<Box<HeaderMap>>);

impl<S: Sync> FromRequestParts<S> for Acceptable {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let mut given = None::<Box<HeaderMap>>;
        for value in parts.headers.get_all(ACCEPT_ENCODING) {
            let given = given.get_or_insert_default();
            given.append(ACCEPT_ENCODING, value.clone());
        }
        Ok(Self(given))
    }
}

impl Acceptable {
    /// Compresses a long list for a client that can read it. Compression is for lists alone: a
    /// compressed post would need another strong `ETag` (RFC 9110 §8.8.3.3).
    pub(crate) async fn encode(self, list: Response) -> Result<Response, ApiError> {
        let size = list.body().size_hint().lower();
        if self.0.is_none() && size <= WORTH_COMPRESSING {
            return Ok(list);
        }
        // On the heap, or every request would have room for it.
        Box::pin(self.choose_coding(list)).await
    }

    async fn choose_coding(self, mut list: Response) -> Result<Response, ApiError> {
        let mut request = Request::new(());
        *request.headers_mut() = self.0.map(|given| *given).unwrap_or_default();
        let list = service_fn(move |_| ready(Ok::<_, Infallible>(std::mem::take(&mut list))));
        let compression = CompressionLayer::new()
            .quality(CompressionLevel::Fastest)
            .compress_when(SizeAbove::new(WORTH_COMPRESSING));
        match compression.layer(list).oneshot(request).await {
            // Only the status would say so, with the list that cannot be read for its body.
            Ok(list) if list.status() == StatusCode::NOT_ACCEPTABLE => Err(ApiError::NotAcceptable),
            Ok(list) => Ok(list.into_response()),
            Err(never) => match never {},
        }
    }
}
