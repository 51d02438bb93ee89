//! `POST /api/logout`

use std::sync::Arc;

use axum::extract::State;
use chassis::{Json, Problem};
use http::StatusCode;

use super::caller_address::CallerAddress;
use super::refresh::Presented;
use crate::service::Service;

/// Ends the login that a refresh token belongs to; what has ended already is fine.
///
/// # Errors
/// Only when the store fails.
#[utoipa::path(
    post,
    path = "/api/logout",
    tag = "logins",
    operation_id = "logout",
    summary = "End a login",
    description = "",
    request_body(content = Presented, content_type = "application/json"),
    responses((status = NO_CONTENT, description = "It has ended, now or before")),
)]
pub async fn logout(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    Json(presented): Json<Presented>,
) -> Result<StatusCode, Problem> {
    service.log_out(&presented.unverified, address).await?;
    Ok(StatusCode::NO_CONTENT)
}
