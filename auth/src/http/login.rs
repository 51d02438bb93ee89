//! `POST /api/login`

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chassis::{Fields, FromFields, Json, Problem};
use token::Scope;

use super::caller_address::CallerAddress;
use super::token_answer;
use crate::login::Attempt;
use crate::metric;
use crate::password::Password;
use crate::service::Service;
use crate::user::GivenName;

/// Logs somebody in with a name and a password.
///
/// # Errors
/// 401 for a wrong name or password, 429 when too many were wrong, 422 for an audience or scope
/// that this login cannot have, 503 when too many log in at once.
pub async fn login(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    Json(attempt): Json<Attempt>,
) -> Result<Response, Problem> {
    let outcome = service.log_in(attempt, address).await;
    metric::logged_in(&outcome);
    Ok(token_answer::login(&outcome?))
}

impl FromFields for Attempt {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let name = fields.required("username", |text| Ok::<_, Infallible>(GivenName::new(text)));
        let password = fields.required("password", Password::parse);
        let audience = fields.optional("audience", str::parse::<String>);
        let scope = fields.optional("scope", str::parse::<Scope>);
        Some(Self {
            name: name?,
            password: password?,
            audience: audience?,
            scope: scope?,
        })
    }
}
