//! Bare axum: the same JSON, and no check of anything.

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    http::StatusCode,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::net::TcpListener;

use super::list::{self, Post};
use crate::{failure::Result, raw::Signed};

/// Serves until the process is ended.
pub(crate) async fn floor(address: SocketAddr, posts: &Path) -> Result<()> {
    let app = Router::new()
        .route("/api/posts", get(answer))
        .with_state(list::read(posts)?);
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app).await?)
}

/// The same with one verification of a signature a request, always of the same one: what no
/// service that verifies tokens can be cheaper than.
pub(crate) async fn floor_and_signature(address: SocketAddr, posts: &Path) -> Result<()> {
    let (posts, signed) = (list::read(posts)?, Arc::new(Signed::new()?));
    let app = Router::new()
        .route("/api/posts", get(verified_answer))
        .with_state((posts, signed));
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn answer(State(posts): State<Arc<[Post]>>) -> Response {
    Json(&*posts).into_response()
}

type Verified = (Arc<[Post]>, Arc<Signed>);

async fn verified_answer(State((posts, signed)): State<Verified>) -> Response {
    match signed.verify() {
        Ok(()) => Json(&*posts).into_response(),
        Err(_) => StatusCode::UNAUTHORIZED.into_response(),
    }
}
