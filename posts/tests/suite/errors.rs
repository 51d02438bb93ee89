//! Every error of the contract's table, on every call that can meet it.
use http::Method;
use serde_json::json;

use crate::harness::{Posts, Send};

const MERGE: &str = "application/merge-patch+json";
const JSON: &str = "application/json";

/// The calls with a body, and the media type each takes.
async fn bodied(posts: &Posts) -> [(Method, String, &'static str); 3] {
    let path = posts.user("jack").create("A").await;
    [
        (Method::POST, "/api/posts".into(), JSON),
        (Method::PUT, path.clone(), JSON),
        (Method::PATCH, path, MERGE),
    ]
}

#[tokio::test]
async fn what_is_not_json_is_400() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for (method, path, media) in bodied(&posts).await {
        for body in [
            "",
            "{",
            "title",
            "{\"title\":\"a\"} x",
            "{\"title\":\"a\",}",
            "{\"title\":\"\\ud800\"}",
            "{\"title\":\"a\",\"title\":\"b\"}",
            &"[".repeat(100_000),
        ] {
            let request = jack
                .call(method.clone(), &path)
                .header("content-type", media);
            request.body(body.to_owned()).answer().await.problem(400);
        }
        let request = jack.call(method, &path).header("content-type", media);
        request
            .body(&b"{\"title\":\"\xff\"}"[..])
            .answer()
            .await
            .problem(400);
    }
    assert_eq!(jack.titles("/api/posts").await, ["A"]);
}

#[tokio::test]
async fn every_wrong_field_is_named_in_one_422() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for (method, path, media) in bodied(&posts).await {
        for (body, fields) in [
            (json!({ "title": 1, "body": 2 }), &["title", "body"][..]),
            (json!({ "title": "", "body": [] }), &["title", "body"]),
            (json!({ "title": "a".repeat(201), "body": "" }), &["title"]),
            (json!({ "title": null, "body": "" }), &["title"]),
            (json!({ "title": "a", "body": true }), &["body"]),
            (
                json!({ "title": "a", "body": "a".repeat(64 * 1024 + 1) }),
                &["body"],
            ),
        ] {
            let request = jack
                .call(method.clone(), &path)
                .header("content-type", media);
            let problem = request.body(body.to_string()).answer().await.problem(422);
            let errors = problem["errors"].as_array().cloned().unwrap_or_default();
            let named: Vec<_> = errors
                .iter()
                .map(|error| error["field"].as_str().unwrap())
                .collect();
            assert_eq!(named, fields, "{method} {problem}");
            assert!(errors.iter().all(|error| error["message"].is_string()));
        }
        for body in ["[]", "\"title\"", "null", "7"] {
            let request = jack
                .call(method.clone(), &path)
                .header("content-type", media);
            let problem = request.body(body).answer().await.problem(422);
            let error = &problem["errors"][0];
            let (field, message) = match method {
                Method::PATCH => ("", "must be a JSON object"),
                _ => ("title", "is missing"),
            };
            assert_eq!(
                (&error["field"], &error["message"]),
                (&json!(field), &json!(message))
            );
            assert_eq!(problem["detail"], "The body must be a JSON object.");
        }
    }
    jack.post(&json!({})).await.problem(422);
    jack.post(&json!({ "title": "a", "body": null }))
        .await
        .problem(422);
}

#[tokio::test]
async fn another_media_type_or_none_is_415() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for (method, path, media) in bodied(&posts).await {
        let other = if media == JSON { MERGE } else { JSON };
        for wrong in [
            "text/plain",
            "application/x-www-form-urlencoded",
            "",
            "json",
            other,
        ] {
            let request = jack
                .call(method.clone(), &path)
                .header("content-type", wrong);
            request
                .body("{\"title\":\"a\"}")
                .answer()
                .await
                .problem(415);
        }
        let request = jack.call(method.clone(), &path).body("{\"title\":\"a\"}");
        request.answer().await.problem(415);
        let charset = format!("{media}; charset=utf-8").to_uppercase();
        let request = jack
            .call(method.clone(), &path)
            .header("content-type", charset);
        assert!(
            request
                .body("{\"title\":\"a\",\"body\":\"b\"}")
                .answer()
                .await
                .status
                .is_success(),
            "{method}"
        );
    }
}

#[tokio::test]
async fn a_body_over_128_kib_is_413() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for (method, path, media) in bodied(&posts).await {
        let body = |bytes: usize| {
            let empty = json!({ "title": "a", "body": "", "x": "" })
                .to_string()
                .len();
            json!({ "title": "a", "body": "", "x": "x".repeat(bytes - empty) }).to_string()
        };
        let send = async |bytes| {
            let request = jack
                .call(method.clone(), &path)
                .header("content-type", media);
            request.body(body(bytes)).answer().await
        };
        assert!(send(128 * 1024).await.status.is_success());
        send(128 * 1024 + 1).await.problem(413);
    }
}

#[tokio::test]
async fn a_query_out_of_range_is_422() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for (query, fields) in [
        ("limit=0", &["limit"][..]),
        ("limit=101", &["limit"]),
        ("limit=x", &["limit"]),
        ("limit=", &["limit"]),
        ("order=up", &["order"]),
        ("limit=-1&order=", &["limit", "order"]),
        ("limit=%2B5", &["limit"]),
        ("limit=5&limit=5&order=asc&order=desc", &["limit", "order"]),
        ("cursor=x&cursor=y", &["cursor"]),
    ] {
        let problem = jack.get(&format!("/api/posts?{query}")).await.problem(422);
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<_> = errors
            .iter()
            .map(|error| error["field"].as_str().unwrap())
            .collect();
        assert_eq!(named, fields);
    }
    assert_eq!(
        jack.get("/api/posts?limit=100&order=asc&unknown=x")
            .await
            .status,
        200
    );
}

#[tokio::test]
async fn an_unknown_path_is_404_and_an_unknown_method_405_with_allow() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for path in [
        "/",
        "/api",
        "/api/posts/",
        "/api/posts/x/y",
        "/api/post",
        "/API/posts",
        "/%00",
    ] {
        jack.get(path).await.problem(404);
        posts.stranger().get(path).await.problem(404);
    }
    for id in [
        "x",
        "1",
        "%2e%2e",
        "0190B5A4-0000-7ABC-8000-000000000001",
        "%ff",
        "a%00b",
    ] {
        jack.get(&format!("/api/posts/{id}")).await.problem(404);
        jack.delete(&format!("/api/posts/{id}")).await.problem(404);
    }
    for (method, path, allowed) in [
        (Method::PUT, "/api/posts", "GET,HEAD,POST"),
        (Method::DELETE, "/api/posts", "GET,HEAD,POST"),
        (Method::POST, "/api/posts/x", "GET,HEAD,PUT,PATCH,DELETE"),
        (Method::TRACE, "/api/posts", "GET,HEAD,POST"),
        (Method::POST, "/healthz", "GET,HEAD"),
        (
            Method::POST,
            "/.well-known/oauth-protected-resource",
            "GET,HEAD",
        ),
    ] {
        let answer = jack.call(method, path).answer().await;
        answer.problem(405);
        assert_eq!(answer.header("allow"), allowed, "{path}");
    }
}

#[tokio::test]
async fn a_header_block_over_16_kib_is_refused() {
    let posts = Posts::start().await;
    let answer = posts.bearer(&"x".repeat(17 * 1024)).get("/api/posts").await;
    assert!([401, 431].contains(&answer.status.as_u16()), "{answer:?}");
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_replaced() {
    let posts = Posts::start().await;
    let ask = async |id: &str| {
        let request = posts
            .stranger()
            .call(Method::GET, "/api/posts")
            .header("x-request-id", id);
        request.answer().await.problem(401)["request_id"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    assert_eq!(ask("abc-123").await, "abc-123");
    assert_ne!(ask("a b").await, "a b");
}
