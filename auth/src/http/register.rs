//! `POST /api/register`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::{Fields, FromFields, Json, Problem};
use http::{HeaderValue, StatusCode, header};
use serde_json::json;

use super::caller_address::CallerAddress;
use crate::password::NewPassword;
use crate::service::Service;
use crate::user::Username;

/// What somebody sends to get an account.
pub struct Registration {
    username: Username,
    password: NewPassword,
}

/// Makes an account, when anyone may.
///
/// # Errors
/// 403 when registration is closed, 409 when the name is taken.
pub async fn register(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    Json(registration): Json<Registration>,
) -> Result<Response, Problem> {
    let Registration { username, password } = registration;
    service
        .register(username.clone(), password, address)
        .await?;
    let no_store = [(header::CACHE_CONTROL, HeaderValue::from_static("no-store"))];
    let account = axum::Json(json!({ "username": username.as_str() }));
    Ok((StatusCode::CREATED, no_store, account).into_response())
}

impl FromFields for Registration {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let username = fields.required("username", str::parse);
        let password = fields.required("password", NewPassword::parse);
        Some(Self {
            username: username?,
            password: password?,
        })
    }
}
