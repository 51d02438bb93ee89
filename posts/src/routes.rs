//! The whole API.
use axum::routing::get;
use chassis::Routes;

use crate::app::Service;
use crate::http::{create, delete, list, patch, read, replace, resource};

/// Every path of the public listener but those for operators.
pub(crate) fn routes() -> Routes<Service> {
    Routes::new()
        .route("/api/posts", get(list::list).post(create::create))
        .route(
            "/api/posts/{id}",
            get(read::read)
                .put(replace::replace)
                .patch(patch::patch)
                .delete(delete::delete),
        )
        .route(
            "/.well-known/oauth-protected-resource",
            get(resource::metadata),
        )
}
