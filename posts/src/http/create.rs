//! `POST /api/posts`
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::docs::openapi::Refused;
use chassis::json::Json;

use super::key::Creation;
use super::{ApiError, answer};
use crate::app::Service;
use crate::post::{Draft, PostView};

/// Makes a post.
///
/// With an Idempotency-Key the call can be repeated for 24 hours and makes one post.
// The key's claim is held until the answer is there.
#[utoipa::path(
    post,
    path = "/api/posts",
    tag = "posts",
    operation_id = "create_post",
    params(("Idempotency-Key" = Option<String>, Header, min_length = 1, max_length = 255,
        description = "One for each post to be made, of visible ASCII characters")),
    request_body(content = Draft, content_type = "application/json"),
    responses(
        (
            status = CREATED,
            description = "The new post",
            body = PostView,
            headers(
                ("Location" = String, description = "Its address"),
                ("ETag" = String, description = "Its version"),
            ),
        ),
        (status = CONFLICT, response = Refused),
    ),
    security(("bearer" = ["posts:write"])),
)]
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
