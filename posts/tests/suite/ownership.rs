//! Every call, made by the owner, by another user, without a token and without the scope.
use http::Method;
use serde_json::json;

use crate::harness::{ALL, Answer, Caller, Posts, Send};
use crate::issuer;

/// The calls to one post, the scope each needs and what its owner gets.
const CALLS: [(Method, &str, u16); 5] = [
    (Method::GET, "posts:read", 200),
    (Method::HEAD, "posts:read", 200),
    (Method::PUT, "posts:write", 200),
    (Method::PATCH, "posts:write", 200),
    (Method::DELETE, "posts:write", 204),
];

async fn call(caller: &Caller, method: &Method, path: &str) -> Answer {
    let request = caller.call(method.clone(), path);
    let body = json!({ "title": "changed", "body": "" });
    match *method {
        Method::PUT | Method::POST => request.json(&body).answer().await,
        Method::PATCH => request.merge_patch(&body).answer().await,
        _ => request.answer().await,
    }
}

/// HEAD has a problem's status and no document.
fn refused(answer: &Answer, method: &Method, status: u16) {
    if *method == Method::HEAD {
        assert_eq!(answer.status, status);
    } else {
        answer.problem(status);
    }
}

fn other(scope: &str) -> &'static str {
    if scope == "posts:read" {
        "posts:write"
    } else {
        "posts:read"
    }
}

#[tokio::test]
async fn a_post_is_there_for_its_owner_alone() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for (method, scope, expected) in CALLS {
        let path = jack.create("mine").await;
        let robert = call(&posts.user("robert"), &method, &path).await;
        refused(&robert, &method, 404);
        let nowhere = call(
            &jack,
            &method,
            "/api/posts/0190b5a4-0000-7abc-8000-000000000001",
        )
        .await;
        refused(&nowhere, &method, 404);
        assert_eq!(
            robert.body.len(),
            nowhere.body.len(),
            "absent and foreign look alike"
        );

        let nobody = call(&posts.stranger(), &method, &path).await;
        refused(&nobody, &method, 401);
        let challenge = nobody.header("www-authenticate");
        assert!(
            challenge.starts_with("Bearer ") && !challenge.contains("error="),
            "{challenge}"
        );

        for less in [
            other(scope),
            "",
            "posts",
            "posts:readwrite",
            "POSTS:READ POSTS:WRITE",
        ] {
            let answer = call(&posts.user_with("jack", less), &method, &path).await;
            refused(&answer, &method, 403);
            let challenge = answer.header("www-authenticate");
            assert!(
                challenge.contains("error=\"insufficient_scope\""),
                "{challenge}"
            );
            assert!(
                challenge.contains(&format!("scope=\"{scope}\"")),
                "{challenge}"
            );
        }
        assert_eq!(jack.get(&path).await.json()["title"], "mine", "{method}");
        assert_eq!(
            call(&posts.user_with("jack", scope), &method, &path)
                .await
                .status,
            expected
        );
    }
}

#[tokio::test]
async fn a_list_needs_a_token_with_its_scope_and_holds_ones_own_posts() {
    let posts = Posts::start().await;
    posts.user("jack").create("jack's").await;
    for method in [Method::GET, Method::HEAD, Method::POST] {
        let scope = if method == Method::POST {
            "posts:write"
        } else {
            "posts:read"
        };
        refused(
            &call(&posts.stranger(), &method, "/api/posts").await,
            &method,
            401,
        );
        let less = posts.user_with("jack", other(scope));
        refused(&call(&less, &method, "/api/posts").await, &method, 403);
    }
    assert_eq!(posts.user("robert").get("/api/posts").await.body, b"[]");
    assert_eq!(posts.user("jack").titles("/api/posts").await, ["jack's"]);
}

#[tokio::test]
async fn a_bad_token_is_told_from_none() {
    let posts = Posts::start().await;
    let now = token::Clock::now(&posts.clock);
    let good = issuer::claims("jack", ALL, now);
    let spoilt = |member: &str, value: serde_json::Value| {
        let mut claims = good.clone();
        claims[member] = value;
        issuer::sign(&claims)
    };
    let sound = issuer::sign(&good);
    let (message, _) = sound.rsplit_once('.').unwrap();
    for token in [
        spoilt("exp", (now.unix_seconds() - 31).into()),
        spoilt("nbf", (now.unix_seconds() + 31).into()),
        spoilt("iss", "http://127.0.0.1:4999".into()),
        spoilt("aud", "comments".into()),
        spoilt("sub", "".into()),
        spoilt("exp", (now.unix_seconds() + 3601).into()),
        format!("{message}."),
        format!("{message}.AAAA"),
        "x".to_owned(),
        "x".repeat(9000),
    ] {
        let answer = posts.bearer(&token).get("/api/posts").await;
        answer.problem(401);
        let challenge = answer.header("www-authenticate");
        assert!(challenge.contains("error=\"invalid_token\""), "{challenge}");
    }
    assert_eq!(posts.bearer(&sound).get("/api/posts").await.status, 200);
}

#[tokio::test]
async fn the_status_of_the_article_is_to_be_had() {
    let posts = Posts::with(&["--reject-with", "403"]).await;
    posts.stranger().get("/api/posts").await.problem(403);
    posts.bearer("x").get("/api/posts").await.problem(403);
    assert_eq!(posts.user("jack").get("/api/posts").await.status, 200);
}
