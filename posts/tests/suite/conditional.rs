//! Conditional requests (RFC 9110 §13).
use futures_util::future::join_all;
use http::Method;
use serde_json::json;

use crate::harness::{Answer, Caller, Posts, Send};

async fn conditional(
    caller: &Caller,
    method: Method,
    path: &str,
    (name, value): (&str, &str),
) -> Answer {
    let request = caller.call(method.clone(), path).header(name, value);
    match method {
        Method::PUT => {
            let body = json!({ "title": "new", "body": "" });
            request.json(&body).answer().await
        }
        Method::PATCH => {
            request
                .merge_patch(&json!({ "title": "new" }))
                .answer()
                .await
        }
        _ => request.answer().await,
    }
}

#[tokio::test]
async fn a_client_that_has_the_post_is_spared_it() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    let etag = jack.get(&path).await.header("etag").to_owned();
    for method in [Method::GET, Method::HEAD] {
        for value in [
            etag.clone(),
            "*".into(),
            format!("W/{etag}"),
            format!("\"x\", {etag}"),
        ] {
            let answer = conditional(&jack, method.clone(), &path, ("if-none-match", &value)).await;
            assert_eq!(answer.status, 304, "{value}");
            assert!(answer.body.is_empty());
            assert_eq!(answer.header("etag"), etag);
            for told_with_content in ["content-type", "content-length"] {
                assert_eq!(answer.header(told_with_content), "");
            }
        }
        let other = conditional(&jack, method.clone(), &path, ("if-none-match", "\"x\"")).await;
        assert_eq!(other.status, 200);
        let other = conditional(&jack, method, &path, ("if-match", "\"x\"")).await;
        assert_eq!(other.status, 412);
    }
    jack.patch(&path, &json!({ "title": "B" })).await;
    let changed = conditional(&jack, Method::GET, &path, ("if-none-match", &etag)).await;
    assert_eq!(changed.status, 200);
}

#[tokio::test]
async fn a_change_is_made_only_to_the_version_it_names() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let path = jack.create("A").await;
        let etag = jack.get(&path).await.header("etag").to_owned();
        for condition in [
            ("if-match", "\"x\""),
            ("if-match", &*format!("W/{etag}")),
            ("if-match", "x"),
            ("if-match", ""),
            ("if-none-match", "*"),
            ("if-none-match", &etag),
        ] {
            conditional(&jack, method.clone(), &path, condition)
                .await
                .problem(412);
        }
        assert_eq!(jack.get(&path).await.header("etag"), etag);
        let listed = format!("\"x\", {etag}");
        let made = conditional(&jack, method.clone(), &path, ("if-match", &listed)).await;
        assert!(made.status.is_success(), "{method} {made:?}");
    }
}

#[tokio::test]
async fn a_star_matches_any_version_but_no_absent_post() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let made = conditional(&jack, method, &path, ("if-match", "*")).await;
        assert!(made.status.is_success(), "{made:?}");
    }
    conditional(&jack, Method::PUT, &path, ("if-match", "*"))
        .await
        .problem(404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn of_many_writers_with_one_etag_exactly_one_wins() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for method in [Method::PUT, Method::PATCH, Method::DELETE] {
        let path = jack.create("A").await;
        let etag = jack.get(&path).await.header("etag").to_owned();
        let writers =
            (0..16).map(|_| conditional(&jack, method.clone(), &path, ("if-match", &etag)));
        let answers = join_all(writers).await;
        let won = answers
            .iter()
            .filter(|answer| answer.status.is_success())
            .count();
        assert_eq!(won, 1, "{method}");
        let lost = if method == Method::DELETE { 404 } else { 412 };
        assert_eq!(
            answers
                .iter()
                .filter(|answer| answer.status == lost)
                .count(),
            15
        );
    }
}

#[tokio::test]
async fn if_match_can_be_made_compulsory_for_changes() {
    let posts = Posts::with(&["--require-if-match"]).await;
    let jack = posts.user("jack");
    let path = jack.create("A").await;
    jack.put(&path, &json!({ "title": "B", "body": "" }))
        .await
        .problem(428);
    jack.patch(&path, &json!({ "title": "B" }))
        .await
        .problem(428);
    jack.delete(&path).await.problem(428);
    assert_eq!(jack.get(&path).await.status, 200);
    posts.user("robert").delete(&path).await.problem(404);

    let etag = jack.get(&path).await.header("etag").to_owned();
    let deleted = conditional(&jack, Method::DELETE, &path, ("if-match", &etag)).await;
    assert_eq!(deleted.status, 204);
}
