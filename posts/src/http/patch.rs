//! `PATCH /api/posts/{id}`
use axum::extract::State;
use axum::response::Response;
use chassis::json::MergePatch;
use verifier::CallerWith;

use super::conditions::WriteConditions;
use super::path::Id;
use super::scope::Write;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::{Author, Change};

/// Changes what the merge patch names in one of the caller's own posts.
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
