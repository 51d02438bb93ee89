//! `DELETE /api/posts/{id}`
use axum::extract::State;
use chassis::docs::openapi::Refused;
use http::StatusCode;
use verifier::CallerWith;

use super::ApiError;
use super::conditions::WriteConditions;
use super::path::Id;
use super::scope::Write;
use crate::app::Service;
use crate::post::Author;

/// Removes one of the caller's own posts.
#[utoipa::path(
    delete,
    path = "/api/posts/{id}",
    tag = "posts",
    operation_id = "delete_post",
    params(
        ("id" = Uuid, Path, description = "From a list, or from Location"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to change"),
    ),
    responses(
        (status = NO_CONTENT, description = "The post is gone"),
        (status = NOT_FOUND, response = Refused),
        (status = PRECONDITION_FAILED, response = Refused),
        (status = PRECONDITION_REQUIRED, response = Refused),
    ),
    security(("bearer" = ["posts:write"])),
)]
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
