//! Bare axum: the same JSON, and no check of anything.

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::{
    Json, Router,
    extract::State,
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::net::TcpListener;

use super::list::{self, Post};
use crate::failure::Result;

/// Serves until the process is ended.
pub(crate) async fn floor(address: SocketAddr, posts: &Path) -> Result<()> {
    let app = Router::new()
        .route("/api/posts", get(answer))
        .with_state(list::read(posts)?);
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn answer(State(posts): State<Arc<[Post]>>) -> Response {
    Json(&*posts).into_response()
}
