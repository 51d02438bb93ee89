//! The whole API.
use axum::Router;
use axum::routing::get;

use crate::app::Service;
use crate::http::{create, delete, list, options, patch, read, replace, resource};

/// Every path of the public listener but those for operators.
pub(crate) fn routes() -> Router<Service> {
    Router::new()
        .route(
            "/api/posts",
            get(list::list)
                .layer(list::compression())
                .post(create::create)
                .options(options::collection),
        )
        .route(
            "/api/posts/{id}",
            get(read::read)
                .put(replace::replace)
                .patch(patch::patch)
                .delete(delete::delete)
                .options(options::post),
        )
        .route(
            "/.well-known/oauth-protected-resource",
            get(resource::metadata),
        )
}
