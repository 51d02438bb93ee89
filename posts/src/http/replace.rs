//! `PUT /api/posts/{id}`
use axum::extract::State;
use axum::response::Response;
use chassis::json::Json;
use verifier::CallerWith;

use super::conditions::WriteConditions;
use super::path::Id;
use super::scope::Write;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::{Author, Draft};

/// Replaces title and body of one of the caller's own posts.
pub(crate) async fn replace(
    State(service): State<Service>,
    caller: CallerWith<Write>,
    Id(id): Id,
    WriteConditions(conditions): WriteConditions,
    Json(draft): Json<Draft>,
) -> Result<Response, ApiError> {
    let author = Author::from(&*caller);
    let post = service
        .store()
        .replace(author, id, conditions, draft)
        .await?;
    Ok(answer::post(&post))
}
