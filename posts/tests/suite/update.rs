//! `PUT`, `PATCH` and `DELETE` of a post, `HEAD` and `OPTIONS`.
use std::time::Duration;

use http::Method;
use serde_json::json;

use crate::harness::{Posts, Send};

#[tokio::test]
async fn put_replaces_title_and_body_and_leaves_the_rest() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let made = jack.post(&json!({ "title": "A", "body": "B" })).await;
    let path = made.header("location");
    posts.clock.advance(Duration::from_secs(61));

    let put = jack.put(path, &json!({ "title": "C", "body": "" })).await;
    assert_eq!(put.status, 200);
    let mut expected = made.json();
    expected["title"] = "C".into();
    expected["body"] = "".into();
    expected["updated_at"] = "2027-01-15T08:01:01.000Z".into();
    assert_eq!(put.json(), expected);
    assert_ne!(put.header("etag"), made.header("etag"));
    let read = jack.get(path).await;
    assert_eq!(
        (read.json(), read.header("etag")),
        (expected, put.header("etag"))
    );
}

#[tokio::test]
async fn put_makes_no_post() {
    let posts = Posts::start().await;
    let path = "/api/posts/0190b5a4-0000-7abc-8000-000000000001";
    posts
        .user("jack")
        .put(path, &json!({ "title": "C", "body": "D" }))
        .await
        .problem(404);
}

#[tokio::test]
async fn put_names_both_parts_so_that_no_body_is_lost_by_forgetting_it() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let made = jack.post(&json!({ "title": "A", "body": "B" })).await;
    let path = made.header("location");
    for (part, missing) in [
        (json!({ "title": "C" }), &["body"][..]),
        (json!({ "body": "D" }), &["title"]),
        (json!({}), &["title", "body"]),
        (json!({ "title": "C", "body": null }), &["body"]),
    ] {
        let problem = jack.put(path, &part).await.problem(422);
        let errors = problem["errors"].as_array().unwrap();
        let named: Vec<_> = errors.iter().map(|error| &error["field"]).collect();
        assert_eq!(named, missing, "{part}");
    }
    let read = jack.get(path).await;
    assert_eq!(read.json(), made.json());
    assert_eq!(read.header("etag"), made.header("etag"));
}

#[tokio::test]
async fn patch_changes_what_it_names() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let made = jack.post(&json!({ "title": "A", "body": "B" })).await;
    let path = made.header("location");
    for (patch, title, body) in [
        (json!({ "title": "C" }), "C", "B"),
        (json!({ "body": "D" }), "C", "D"),
        (json!({ "author": "robert", "id": null, "x": 1 }), "C", "D"),
        (json!({}), "C", "D"),
        (json!({ "body": null }), "C", ""),
        (json!({ "title": "E", "body": "F" }), "E", "F"),
    ] {
        let patched = jack.patch(path, &patch).await;
        assert_eq!(patched.status, 200, "{patch}: {patched:?}");
        let post = patched.json();
        assert_eq!(
            (post["title"].as_str(), post["body"].as_str()),
            (Some(title), Some(body))
        );
        assert_eq!(post["author"], "jack");
        assert_eq!(jack.get(path).await.header("etag"), patched.header("etag"));
    }
}

#[tokio::test]
async fn a_patch_that_would_leave_no_post_is_refused() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    for (patch, field) in [
        (json!({ "title": null }), "title"),
        (json!({ "title": "" }), "title"),
        (json!({ "title": 1, "body": "x" }), "title"),
        (json!({ "title": "x", "body": {} }), "body"),
    ] {
        let problem = jack.patch(&path, &patch).await.problem(422);
        assert_eq!(problem["errors"][0]["field"], field, "{patch}");
    }
    jack.patch(&path, &json!(["title"])).await.problem(422);
    jack.patch(&path, &json!(null)).await.problem(422);
    assert_eq!(jack.titles("/api/posts").await, ["A"]);
}

#[tokio::test]
async fn only_a_merge_patch_is_a_patch() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    let refused = jack
        .call(Method::PATCH, &path)
        .json(&json!({ "title": "B" }))
        .answer()
        .await;
    refused.problem(415);
    assert_eq!(
        refused.header("accept-patch"),
        "application/merge-patch+json"
    );
}

#[tokio::test]
async fn a_deleted_post_is_gone() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    jack.create("B").await;
    let deleted = jack.delete(&path).await;
    assert_eq!((deleted.status.as_u16(), deleted.body.len()), (204, 0));
    jack.get(&path).await.problem(404);
    jack.delete(&path).await.problem(404);
    assert_eq!(jack.titles("/api/posts").await, ["B"]);
}

#[tokio::test]
async fn head_answers_as_get_does_without_the_body() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    jack.create("B").await;
    for path in [
        "/api/posts",
        "/api/posts?limit=1",
        &path,
        "/.well-known/oauth-protected-resource",
        "/healthz",
    ] {
        let get = jack.get(path).await;
        let head = jack.call(Method::HEAD, path).answer().await;
        assert_eq!(head.status, 200, "{path}");
        assert!(head.body.is_empty());
        for name in [
            "etag",
            "content-type",
            "content-length",
            "link",
            "cache-control",
        ] {
            assert_eq!(head.header(name), get.header(name), "{path} {name}");
        }
    }
}

#[tokio::test]
async fn options_tells_the_methods_to_anyone() {
    let posts = Posts::start().await;
    for (path, methods) in [
        ("/api/posts", "GET,HEAD,POST"),
        (
            "/api/posts/0190b5a4-0000-7abc-8000-000000000001",
            "GET,HEAD,PUT,PATCH,DELETE",
        ),
    ] {
        let answer = posts.stranger().call(Method::OPTIONS, path).answer().await;
        assert_eq!(
            (answer.status.as_u16(), answer.header("allow")),
            (204, methods)
        );
    }
}
