//! `DELETE /api/posts/{id}`
use axum::extract::State;
use http::StatusCode;
use verifier::CallerWith;

use super::ApiError;
use super::conditions::WriteConditions;
use super::path::Id;
use super::scope::Write;
use crate::app::Service;
use crate::post::Author;

/// Removes one of the caller's own posts.
pub(crate) async fn delete(
    State(service): State<Service>,
    caller: CallerWith<Write>,
    Id(id): Id,
    WriteConditions(conditions): WriteConditions,
) -> Result<StatusCode, ApiError> {
    service
        .store()
        .delete(Author::from(&*caller), id, conditions)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}
