//! `POST /api/register`

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Response};
use chassis::docs::openapi::Refused;
use chassis::{Fields, FromFields, Json, Problem};
use http::{HeaderValue, StatusCode, header};
use serde::Serialize;
use utoipa::ToSchema;

use super::caller_address::CallerAddress;
use crate::openapi::Throttled;
use crate::password::NewPassword;
use crate::service::Service;
use crate::user::Username;

/// What somebody sends to get an account.
#[derive(ToSchema)]
#[schema(example = json!({ "username": "mary", "password": "a long password" }))]
pub struct Registration {
    #[schema(value_type = String, pattern = "^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
    username: Username,
    #[schema(value_type = String, min_length = 8, max_length = 256)]
    password: NewPassword,
}

/// An account, as others may know it.
#[derive(Serialize, ToSchema)]
#[schema(example = json!({ "username": "mary" }))]
struct Account<'a> {
    username: &'a str,
}

/// Makes an account, when anyone may.
///
/// # Errors
/// 403 when registration is closed, 409 when the name is taken.
#[utoipa::path(
    post,
    path = "/api/register",
    tag = "accounts",
    operation_id = "register",
    summary = "Make an account, when anyone may",
    description = "",
    request_body(content = Registration, content_type = "application/json"),
    responses(
        (status = CREATED, description = "The account", body = Account),
        (status = FORBIDDEN, response = Refused),
        (status = CONFLICT, response = Refused),
        (status = TOO_MANY_REQUESTS, response = Throttled),
    ),
)]
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
    let account = axum::Json(Account {
        username: username.as_str(),
    });
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
