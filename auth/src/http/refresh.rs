//! `POST /api/refresh`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chassis::docs::openapi::Refused;
use chassis::{Fields, FromFields, Json, Problem};
use utoipa::ToSchema;
use zeroize::Zeroizing;

use super::caller_address::CallerAddress;
use super::token_answer::{self, Tokens};
use crate::service::Service;

/// What a client sends to go on with a login, or to end it.
#[derive(ToSchema)]
#[schema(
    as = RefreshToken,
    description = "What a client sends to go on with a login, or to end it.",
    example = json!({ "refresh_token": "from the answer to the login" })
)]
pub struct Presented {
    /// Nothing of it is proved yet.
    #[schema(rename = "refresh_token", value_type = String)]
    pub unverified: Zeroizing<String>,
}

/// Goes on with a login: the refresh token is replaced.
///
/// # Errors
/// 401 when the token is no login's, or no longer.
#[utoipa::path(
    post,
    path = "/api/refresh",
    tag = "logins",
    operation_id = "refresh",
    summary = "Go on with a login; the refresh token is replaced",
    description = "",
    request_body(content = Presented, content_type = "application/json"),
    responses(
        (
            status = OK,
            description = "Tokens",
            body = Tokens,
            headers(("Cache-Control" = String, description = "no-store")),
        ),
        (status = UNAUTHORIZED, response = Refused),
    ),
)]
pub async fn refresh(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    Json(presented): Json<Presented>,
) -> Result<Response, Problem> {
    let grant = service
        .refresh(&presented.unverified, None, address)
        .await?;
    Ok(token_answer::login(&grant))
}

impl FromFields for Presented {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let unverified = fields.required("refresh_token", str::parse::<String>)?;
        Some(Self {
            unverified: Zeroizing::new(unverified),
        })
    }
}
