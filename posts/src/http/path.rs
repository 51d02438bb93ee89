//! The id in the path of a post.
use axum::extract::{FromRequestParts, Path};
use http::request::Parts;

use super::ApiError;
use crate::post::PostId;

/// The id that a path names. A text that is no id is the id of no post: 404, not 400.
pub(crate) struct Id(pub(crate) PostId);

impl<S: Send + Sync> FromRequestParts<S> for Id {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let Path(id) = Path::<String>::from_request_parts(parts, state)
            .await
            .map_err(|_| ApiError::NotFound)?;
        id.parse().map(Self).map_err(|_| ApiError::NotFound)
    }
}
