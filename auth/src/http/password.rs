//! `POST /api/password`

use std::sync::Arc;

use axum::extract::State;
use chassis::{Fields, FromFields, Json, Problem};
use http::StatusCode;

use super::authorization::Authorized;
use super::caller_address::CallerAddress;
use crate::password::{NewPassword, Password};
use crate::service::Service;

/// What a user sends to change their password.
pub struct Change {
    current: Password,
    new: NewPassword,
}

/// Changes the caller's password; every other login of theirs ends.
///
/// # Errors
/// 403 when the current password is wrong, 429 when it was wrong too often.
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
