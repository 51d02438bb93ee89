//! `GET /api/posts/{id}`
use axum::extract::State;
use axum::response::Response;
use chassis::docs::openapi::Refused;
use verifier::CallerWith;

use super::conditions::ReadConditions;
use super::path::Id;
use super::scope::Read;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::{Author, PostView};
use crate::precondition::Unmet;

/// One of the caller's own posts.
#[utoipa::path(
    get,
    path = "/api/posts/{id}",
    tag = "posts",
    operation_id = "read_post",
    params(
        ("id" = Uuid, Path, description = "From a list, or from Location"),
        ("If-None-Match" = Option<String>, Header, description = "ETag of the version at hand"),
    ),
    responses(
        (
            status = OK,
            description = "The post",
            body = PostView,
            headers(("ETag" = String, description = "Its version")),
        ),
        (status = NOT_MODIFIED, description = "The version at hand is the current one"),
        (status = NOT_FOUND, response = Refused),
        (status = PRECONDITION_FAILED, response = Refused),
    ),
    security(("bearer" = ["posts:read"])),
)]
pub(crate) async fn read(
    State(service): State<Service>,
    caller: CallerWith<Read>,
    Id(id): Id,
    ReadConditions(conditions): ReadConditions,
) -> Result<Response, ApiError> {
    let post = service
        .store()
        .find(&Author::from(&*caller), id)
        .await?
        .ok_or(ApiError::NotFound)?;
    match conditions.check(post.version) {
        Ok(()) => Ok(answer::post(&post)),
        Err(Unmet::NotModified) => Ok(answer::not_modified(&post)),
        Err(unmet) => Err(unmet.into()),
    }
}
