//! `GET /api/posts/{id}`
use axum::extract::State;
use axum::response::Response;
use verifier::CallerWith;

use super::conditions::ReadConditions;
use super::path::Id;
use super::scope::Read;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::Author;
use crate::precondition::Unmet;

/// One of the caller's own posts.
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
