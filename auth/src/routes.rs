//! The whole API of auth.

use axum::routing::{get, post};
use chassis::Routes;

use crate::app::AppState;
use crate::http::{discovery, key_set, login, logout, me, oauth, password, refresh, register};

/// Every call, by its path.
pub fn routes() -> Routes<AppState> {
    Routes::new()
        .route("/api/login", post(login::login))
        .route("/api/refresh", post(refresh::refresh))
        .route("/api/logout", post(logout::logout))
        .route("/api/register", post(register::register))
        .route("/api/password", post(password::password))
        .route("/api/me", get(me::me))
        .route("/oauth/token", post(oauth::token::token))
        .route("/oauth/revoke", post(oauth::revoke::revoke))
        .route("/.well-known/jwks.json", get(key_set::key_set))
        .route(
            "/.well-known/oauth-authorization-server",
            get(discovery::discovery),
        )
        .route(
            "/.well-known/oauth-authorization-server/{*path}",
            get(discovery::discovery_by_path),
        )
        .route(
            "/.well-known/openid-configuration",
            get(discovery::openid_configuration),
        )
}
