//! `PUT /api/posts/{id}`
use axum::extract::State;
use axum::response::Response;
use chassis::docs::openapi::Refused;
use chassis::json::Json;
use verifier::CallerWith;

use super::conditions::WriteConditions;
use super::path::Id;
use super::scope::Write;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::{Author, PostView, Replacement};

/// Replaces title and body of one of the caller's own posts.
#[utoipa::path(
    put,
    path = "/api/posts/{id}",
    tag = "posts",
    operation_id = "replace_post",
    params(
        ("id" = Uuid, Path, description = "From a list, or from Location"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to change"),
    ),
    request_body(content = Replacement, content_type = "application/json"),
    responses(
        (
            status = OK,
            description = "The post as it is now",
            body = PostView,
            headers(("ETag" = String, description = "Its version")),
        ),
        (status = NOT_FOUND, response = Refused),
        (status = PRECONDITION_FAILED, response = Refused),
        (status = PRECONDITION_REQUIRED, response = Refused),
    ),
    security(("bearer" = ["posts:write"])),
)]
pub(crate) async fn replace(
    State(service): State<Service>,
    caller: CallerWith<Write>,
    Id(id): Id,
    WriteConditions(conditions): WriteConditions,
    Json(replacement): Json<Replacement>,
) -> Result<Response, ApiError> {
    let author = Author::from(&*caller);
    let post = service
        .store()
        .replace(author, id, conditions, replacement.into())
        .await?;
    Ok(answer::post(&post))
}
