//! `POST /api/refresh`

use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chassis::{Fields, FromFields, Json, Problem};
use zeroize::Zeroizing;

use super::caller_address::CallerAddress;
use super::token_answer;
use crate::service::Service;

/// What a client sends to go on with a login, or to end it.
pub struct Presented {
    /// Nothing of it is proved yet.
    pub unverified: Zeroizing<String>,
}

/// Goes on with a login: the refresh token is replaced.
///
/// # Errors
/// 401 when the token is no login's, or no longer.
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
