//! `POST /api/password`

use std::sync::Arc;

use axum::extract::State;
use chassis::docs::openapi::Refused;
use chassis::{Fields, FromFields, Json, Problem};
use http::StatusCode;
use utoipa::ToSchema;

use super::authorization::Authorized;
use super::caller_address::CallerAddress;
use crate::openapi::Throttled;
use crate::password::{NewPassword, Password};
use crate::service::Service;

/// What a user sends to change their password.
#[derive(ToSchema)]
#[schema(
    as = PasswordChange,
    example = json!({ "current": "the old password", "new": "the new password" })
)]
pub struct Change {
    #[schema(value_type = String, max_length = 256)]
    current: Password,
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    new: NewPassword,
}

/// Changes the caller's password; every other login of theirs ends.
///
/// # Errors
/// 403 when the current password is wrong, 429 when it was wrong too often.
#[utoipa::path(
    post,
    path = "/api/password",
    tag = "accounts",
    operation_id = "password",
    summary = "Change the caller's password; every other login of theirs ends",
    description = "",
    request_body(content = Change, content_type = "application/json"),
    responses(
        (status = NO_CONTENT, description = "It is changed"),
        (status = FORBIDDEN, response = Refused),
        (status = TOO_MANY_REQUESTS, response = Throttled),
    ),
    security(("bearer" = [])),
)]
pub async fn password(
    State(service): State<Arc<Service>>,
    Authorized(claims): Authorized,
    CallerAddress(address): CallerAddress,
    Json(change): Json<Change>,
) -> Result<StatusCode, Problem> {
    service
        .change_password(&claims, change.current, change.new, address)
        .await?;
    Ok(StatusCode::NO_CONTENT)
}

impl FromFields for Change {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let current = fields.required("current", Password::parse);
        let new = fields.required("new", NewPassword::parse);
        Some(Self {
            current: current?,
            new: new?,
        })
    }
}
