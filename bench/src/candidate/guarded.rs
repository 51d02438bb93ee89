//! The floor with the verifier in front of it, and nothing else.

use std::{net::SocketAddr, path::Path, sync::Arc};

use axum::{
    Json, Router,
    extract::{FromRef, State},
    response::{IntoResponse as _, Response},
    routing::get,
};
use tokio::net::TcpListener;
use verifier::{Caller, Verifier};

use super::list::{self, Post};
use crate::failure::Result;

#[derive(Clone)]
struct Service {
    posts: Arc<[Post]>,
    verifier: Verifier,
}

impl FromRef<Service> for Verifier {
    fn from_ref(service: &Service) -> Self {
        service.verifier.clone()
    }
}

/// Serves until the process is ended.
pub(crate) async fn guarded(address: SocketAddr, posts: &Path, issuer: &str) -> Result<()> {
    let service = Service {
        posts: list::read(posts)?,
        verifier: Verifier::new(issuer, "posts")?,
    };
    let app = Router::new()
        .route("/api/posts", get(answer))
        .with_state(service);
    let listener = TcpListener::bind(address).await?;
    Ok(axum::serve(listener, app).await?)
}

async fn answer(_: Caller, State(service): State<Service>) -> Response {
    Json(&*service.posts).into_response()
}
