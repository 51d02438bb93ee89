//! `PATCH /api/posts/{id}`
use axum::extract::State;
use axum::response::Response;
use chassis::docs::openapi::Refused;
use chassis::json::MergePatch;
use verifier::CallerWith;

use super::conditions::WriteConditions;
use super::path::Id;
use super::scope::Write;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::{Author, Change, PostView};

/// Changes what the merge patch names in one of the caller's own posts (RFC 7396).
#[utoipa::path(
    patch,
    path = "/api/posts/{id}",
    tag = "posts",
    operation_id = "patch_post",
    params(
        ("id" = Uuid, Path, description = "From a list, or from Location"),
        ("If-Match" = Option<String>, Header, description = "ETag of the version to change"),
    ),
    request_body(content = Change, content_type = "application/merge-patch+json"),
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
pub(crate) async fn patch(
    State(service): State<Service>,
    caller: CallerWith<Write>,
    Id(id): Id,
    WriteConditions(conditions): WriteConditions,
    MergePatch(change): MergePatch<Change>,
) -> Result<Response, ApiError> {
    let author = Author::from(&*caller);
    let post = service
        .store()
        .change(author, id, conditions, change)
        .await?;
    Ok(answer::post(&post))
}
