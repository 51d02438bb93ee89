//! The services may start in any order.

use e2e::Pair;

#[tokio::test]
async fn posts_started_first_says_it_cannot_tell_and_then_serves() {
    let mut pair = Pair::stopped().await;
    pair.start_posts();
    let list = format!("{}/api/posts", pair.posts_url());
    let ready = format!("{}/readyz", pair.posts_url());

    assert_eq!(
        pair.client.get(&ready, None).await.status,
        503,
        "it holds no keys yet"
    );
    let token = e2e::Forger::of(&some_token().await).by_a_stranger();
    let early = pair.client.get(&list, Some(&token)).await;
    assert_eq!(early.status, 503, "{}", early.text);
    assert!(
        !early.header("retry-after").is_empty(),
        "{:?}",
        early.headers
    );

    pair.start_auth();
    pair.until_ready().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    assert_eq!(pair.client.get(&list, Some(&token)).await.status, 200);
}

/// A well-formed token of an issuer that posts does not know.
async fn some_token() -> String {
    let other = Pair::start().await;
    other.client.login(&other.auth_url(), "jack").await
}
