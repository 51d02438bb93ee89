//! axum with jwt-authorizer, as its README shows: keys from the key set, the author's own posts.

use std::{env, fs, sync::Arc};

use axum::{
    Json, Router, extract::State, response::IntoResponse, response::Response, routing::get,
};
use jwt_authorizer::{
    Authorizer, IntoLayer, JwtAuthorizer, JwtClaims, RegisteredClaims, Validation,
};
use serde::{Deserialize, Serialize};

#[derive(Serialize, Deserialize)]
struct Post {
    id: String,
    title: String,
    body: String,
    author: String,
    created_at: String,
    updated_at: String,
}

#[tokio::main]
async fn main() {
    let setting = |name| env::var(name).expect("the benchmark sets it");
    let posts = fs::read(setting("POSTS_FILE")).expect("the file is there");
    let posts: Vec<Post> = serde_json::from_slice(&posts).expect("it holds posts");
    let posts: Arc<[Post]> = posts.into();
    let validation = Validation::new().iss(&[setting("ISSUER")]).aud(&["posts"]);
    let authorizer: Authorizer<RegisteredClaims> =
        JwtAuthorizer::from_jwks_url(&setting("JWKS_URL"))
            .validation(validation)
            .build()
            .await
            .expect("the settings are good");
    let app = Router::new()
        .route("/api/posts", get(list))
        .layer(authorizer.into_layer())
        .with_state(posts);
    let address = format!("127.0.0.1:{}", setting("PORT"));
    let listener = tokio::net::TcpListener::bind(address)
        .await
        .expect("the port is free");
    axum::serve(listener, app).await.expect("the server runs");
}

async fn list(
    JwtClaims(claims): JwtClaims<RegisteredClaims>,
    State(posts): State<Arc<[Post]>>,
) -> Response {
    let own = |post: &&Post| Some(&post.author) == claims.sub.as_ref();
    Json(posts.iter().filter(own).collect::<Vec<_>>()).into_response()
}
