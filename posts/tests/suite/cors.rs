//! Calls from pages of other origins.
use http::Method;
use serde_json::json;

use crate::harness::{Answer, Caller, Posts, Send};

const APP: &str = "https://app.example.com";

async fn preflight(caller: &Caller, origin: &str) -> Answer {
    let request = caller.call(Method::OPTIONS, "/api/posts");
    request
        .header("origin", origin)
        .header("access-control-request-method", "POST")
        .header(
            "access-control-request-headers",
            "authorization,idempotency-key",
        )
        .answer()
        .await
}

#[tokio::test]
async fn no_origin_may_call_unless_it_is_named() {
    let posts = Posts::start().await;
    let answer = preflight(&posts.stranger(), APP).await;
    assert_eq!(answer.header("access-control-allow-origin"), "");

    let posts = Posts::with(&[
        "--cors-origin",
        APP,
        "--cors-origin",
        "http://localhost:3000, http://[::1]:3000",
    ])
    .await;
    for origin in [APP, "http://localhost:3000", "http://[::1]:3000"] {
        let answer = preflight(&posts.stranger(), origin).await;
        assert!(answer.status.is_success());
        assert_eq!(answer.header("access-control-allow-origin"), origin);
        assert!(
            answer
                .header("access-control-allow-methods")
                .contains("POST")
        );
        let headers = answer.header("access-control-allow-headers").to_lowercase();
        assert!(headers.contains("authorization") && headers.contains("idempotency-key"));
        assert_eq!(answer.header("access-control-allow-credentials"), "");
    }
    let other = preflight(&posts.stranger(), "https://evil.example.com").await;
    assert_eq!(other.header("access-control-allow-origin"), "");
}

#[tokio::test]
async fn a_page_of_a_named_origin_sees_answers_and_errors() {
    let posts = Posts::with(&["--cors-origin", APP]).await;
    let jack = posts.user("jack");
    let made = jack.call(Method::POST, "/api/posts").header("origin", APP);
    let made = made.json(&json!({ "title": "A" })).answer().await;
    assert_eq!(
        (
            made.status.as_u16(),
            made.header("access-control-allow-origin")
        ),
        (201, APP)
    );
    let exposed = made.header("access-control-expose-headers").to_lowercase();
    for name in ["etag", "location", "link", "x-request-id"] {
        assert!(exposed.contains(name), "{exposed}");
    }
    let refused = posts
        .stranger()
        .call(Method::GET, "/api/posts")
        .header("origin", APP);
    let refused = refused.answer().await;
    refused.problem(401);
    assert_eq!(refused.header("access-control-allow-origin"), APP);
}

#[tokio::test]
async fn an_options_that_is_no_preflight_tells_the_methods_as_ever() {
    let posts = Posts::with(&["--cors-origin", APP]).await;
    for (path, status, methods) in [
        ("/api/posts", 204, "GET,HEAD,POST"),
        ("/healthz", 204, "GET,HEAD"),
        ("/nowhere", 404, ""),
    ] {
        for origin in ["", APP] {
            let asked = posts.stranger().call(Method::OPTIONS, path);
            let answer = asked.header("origin", origin).answer().await;
            assert_eq!(
                (answer.status.as_u16(), answer.header("allow")),
                (status, methods)
            );
            assert!(!answer.header("x-request-id").is_empty());
        }
    }
    let asked = posts.stranger().call(Method::OPTIONS, "/api/posts");
    let asked = asked.header("access-control-request-method", "PUT");
    assert_eq!(asked.answer().await.header("allow"), "GET,HEAD,POST");
}

#[tokio::test]
async fn a_cache_is_told_that_answers_differ_by_origin_and_by_coding() {
    let posts = Posts::with(&["--cors-origin", APP]).await;
    let jack = posts.user("jack");
    jack.post(&json!({ "title": "long", "body": "again and ".repeat(1000) }))
        .await;
    let list = jack.call(Method::GET, "/api/posts");
    let answer = list.header("origin", APP).answer().await;
    let lines = answer.headers.get_all("vary").iter();
    let vary: Vec<_> = lines.map(|line| line.to_str().unwrap()).collect();
    let vary = vary.join(",").to_lowercase();
    assert!(
        vary.contains("origin") && vary.contains("accept-encoding"),
        "{vary}"
    );
}
