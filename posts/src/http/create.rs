//! `POST /api/posts`
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::json::Json;

use super::key::Creation;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::Draft;

/// Makes a post. The key's claim is held until the answer is there.
pub(crate) async fn create(
    State(service): State<Service>,
    creation: Creation,
    Json(draft): Json<Draft>,
) -> Result<Response, ApiError> {
    let key = creation.claim.as_ref().map(|claim| claim.key().clone());
    let answer = service
        .store()
        .create(creation.author, draft, key, answer::created)
        .await?;
    Ok(answer.into_response())
}
