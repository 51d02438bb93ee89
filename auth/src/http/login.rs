//! `POST /api/login`

use std::convert::Infallible;
use std::sync::Arc;

use axum::extract::State;
use axum::response::Response;
use chassis::{Fields, FromFields, Json, Problem};
use token::Scope;
use utoipa::ToSchema;

use super::caller_address::CallerAddress;
use super::token_answer::{self, Tokens};
use crate::login::Attempt;
use crate::metric;
use crate::openapi::Throttled;
use crate::password::Password;
use crate::service::Service;
use crate::user::GivenName;

/// Logs somebody in with a name and a password.
///
/// # Errors
/// 401 for a wrong name or password, 429 when too many were wrong, 422 for an audience or scope
/// that this login cannot have, 503 when too many log in at once.
#[utoipa::path(
    post,
    path = "/api/login",
    tag = "logins",
    operation_id = "login",
    summary = "Log in with a name and a password",
    description = "",
    request_body(content = Attempt, content_type = "application/json"),
    responses(
        (
            status = OK,
            description = "Tokens",
            body = Tokens,
            headers(("Cache-Control" = String, description = "no-store")),
        ),
        (
            status = UNAUTHORIZED,
            description = "Wrong name or password, an unknown user or a disabled one: the same bytes",
            body = Refused,
            content_type = "application/problem+json",
        ),
        (status = TOO_MANY_REQUESTS, response = Throttled),
    ),
)]
pub async fn login(
    State(service): State<Arc<Service>>,
    CallerAddress(address): CallerAddress,
    Json(attempt): Json<Attempt>,
) -> Result<Response, Problem> {
    let outcome = service.log_in(attempt, address).await;
    metric::logged_in(&outcome);
    Ok(token_answer::login(&outcome?))
}

/// A problem document, with two members that the article's clients look at.
#[derive(ToSchema)]
#[schema(as = LoginRefused, example = json!({
    "type": "/docs#login-refused",
    "title": "Login refused",
    "status": 401,
    "detail": "The name or the password is wrong.",
    "request_id": "0190b5a4-7c11-7abc-8000-0123456789ab",
    "auth": false,
    "msg": "Bad username and password",
}))]
#[expect(dead_code, reason = "a shape for the document, never a value")]
struct Refused {
    r#type: String,
    title: String,
    status: u16,
    detail: String,
    request_id: String,
    auth: bool,
    msg: String,
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
