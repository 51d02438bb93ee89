//! `POST /api/posts`
use serde_json::json;

use crate::harness::Posts;

#[tokio::test]
async fn a_new_post_is_answered_whole_with_its_address_and_its_etag() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let made = jack.post(&json!({ "title": "A", "body": "B" })).await;
    assert_eq!(made.status, 201);
    let post = made.json();
    assert_eq!(
        made.header("location"),
        format!("/api/posts/{}", post["id"].as_str().unwrap())
    );
    assert_eq!(made.header("content-type"), "application/json");
    assert_eq!(made.header("cache-control"), "private, no-cache");

    let read = jack.get(made.header("location")).await;
    assert_eq!(read.json(), post);
    assert_eq!(read.header("etag"), made.header("etag"));
    assert!(read.header("etag").starts_with('"'));
    assert_eq!(post["created_at"], post["updated_at"]);
}

#[tokio::test]
async fn a_missing_body_is_the_empty_string_and_strange_members_are_ignored() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let made = jack
        .post(&json!({ "title": "A", "author": "robert", "id": "1", "created_at": 7, "x": {} }))
        .await;
    assert_eq!(made.status, 201);
    assert_eq!(made.json()["body"], "");
    assert_eq!(made.json()["author"], "jack");
}

#[tokio::test]
async fn any_text_comes_back_as_it_was_sent() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for text in [
        "\u{0}\u{1}\u{7f}",
        "\"\\/\u{8}",
        "<script>",
        "💥\u{202e}é",
        "'; DROP TABLE posts",
    ] {
        let sent = json!({ "title": text, "body": text });
        let made = jack.post(&sent).await.json();
        assert_eq!(
            (&made["title"], &made["body"]),
            (&sent["title"], &sent["body"])
        );
        let list = jack.get("/api/posts?order=desc&limit=1").await.json();
        assert_eq!(list[0], made);
    }
}

#[tokio::test]
async fn title_and_body_may_be_as_long_as_the_contract_says() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let longest = json!({ "title": "💥".repeat(200), "body": "a".repeat(64 * 1024) });
    assert_eq!(jack.post(&longest).await.status, 201);
    for (field, value) in [
        ("title", "a".repeat(201)),
        ("title", String::new()),
        ("body", "a".repeat(64 * 1024 + 1)),
    ] {
        let mut draft = json!({ "title": "t", "body": "b" });
        draft[field] = value.into();
        let problem = jack.post(&draft).await.problem(422);
        assert_eq!(problem["errors"][0]["field"], field);
    }
}
