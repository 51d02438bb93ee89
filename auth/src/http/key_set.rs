//! `GET /.well-known/jwks.json`
use crate::rotation::Keys;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use std::sync::Arc;
/// The key set.
pub async fn key_set(State(keys): State<Arc<Keys>>) -> Response {
    keys.published().current().body().to_vec().into_response()
}
