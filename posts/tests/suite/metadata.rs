//! What a client finds that knows nothing yet, and what probes are told.
use crate::harness::Posts;

#[tokio::test]
async fn a_challenge_leads_to_the_metadata_and_the_metadata_to_the_issuer() {
    let posts = Posts::start().await;
    let stranger = posts.stranger();
    let refused = stranger.get("/api/posts").await;
    let base = format!("http://{}", posts.app.local_addr());
    let url = format!("{base}/.well-known/oauth-protected-resource");
    let challenge = refused.header("www-authenticate");
    assert!(
        challenge.contains(&format!("resource_metadata=\"{url}\"")),
        "{challenge}"
    );

    let metadata = stranger.get("/.well-known/oauth-protected-resource").await;
    assert_eq!(metadata.header("content-type"), "application/json");
    let metadata = metadata.json();
    assert_eq!(metadata["resource"], base);
    assert_eq!(
        metadata["authorization_servers"][0],
        "http://127.0.0.1:4000"
    );
    assert_eq!(metadata["scopes_supported"][0], "posts:read");
    assert_eq!(metadata["bearer_methods_supported"][0], "header");
}

#[tokio::test]
async fn a_public_url_is_the_one_that_is_told() {
    let posts = Posts::with(&["--public-url", "https://posts.example.com/"]).await;
    let metadata = posts
        .stranger()
        .get("/.well-known/oauth-protected-resource")
        .await
        .json();
    assert_eq!(metadata["resource"], "https://posts.example.com");
}

#[tokio::test]
async fn both_listeners_say_whether_keys_are_held() {
    let posts = Posts::start().await;
    posts
        .user("jack")
        .create("the first call reads the key set")
        .await;
    for caller in [posts.stranger(), posts.operator()] {
        assert_eq!(caller.get("/healthz").await.status, 200);
        let ready = caller.get("/readyz").await;
        assert_eq!(ready.status, 200, "{ready:?}");
        assert_eq!(ready.json()["checks"]["keys"], "ok");
    }
    posts.operator().get("/api/posts").await.problem(404);
}

#[tokio::test]
async fn without_keys_the_service_is_alive_not_ready_and_cannot_tell() {
    // Nothing listens on the discard port of loopback.
    let nowhere = ["--issuer", "http://127.0.0.1:9"];
    let posts = Posts::without_key_file(&nowhere).await;
    assert_eq!(posts.stranger().get("/healthz").await.status, 200);
    let ready = posts.operator().get("/readyz").await;
    assert_eq!(ready.problem(503)["checks"]["keys"], "no key set is held");

    let refused = posts.user("jack").get("/api/posts").await;
    refused.problem(503);
    assert_ne!(refused.header("retry-after"), "");
    posts.stranger().get("/api/posts").await.problem(401);
}
