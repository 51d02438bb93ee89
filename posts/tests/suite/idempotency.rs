//! `Idempotency-Key`: a create that is safe to repeat.
use std::time::Duration;

use futures_util::future::join_all;
use http::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::harness::{Answer, Caller, Posts, Send};
use crate::issuer;

async fn keyed(caller: &Caller, key: &str, body: &Value) -> Answer {
    let request = caller.call(Method::POST, "/api/posts").json(body);
    request.header("idempotency-key", key).answer().await
}

fn same(left: &Answer, right: &Answer) {
    assert_eq!((left.status, &left.body), (right.status, &right.body));
    for name in ["location", "etag", "content-type", "cache-control"] {
        assert_eq!(left.header(name), right.header(name));
    }
}

#[tokio::test]
async fn a_repeated_create_gets_the_same_answer_and_makes_one_post() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let draft = json!({ "title": "A", "body": "B" });
    let first = keyed(&jack, "k1", &draft).await;
    assert_eq!(first.status, 201);
    jack.patch(first.header("location"), &json!({ "title": "changed" }))
        .await;

    same(&keyed(&jack, "k1", &draft).await, &first);
    same(&keyed(&jack, "\"k1\"", &draft).await, &first);
    jack.delete(first.header("location")).await;
    same(&keyed(&jack, "k1", &draft).await, &first);
    assert!(jack.titles("/api/posts").await.is_empty());
}

#[tokio::test]
async fn a_key_is_for_one_request_of_one_user() {
    let posts = Posts::start().await;
    let (jack, robert) = (posts.user("jack"), posts.user("robert"));
    let first = keyed(&jack, "k", &json!({ "title": "A" })).await;
    for other in [
        json!({ "title": "B" }),
        json!({ "title": "A", "body": "x" }),
    ] {
        keyed(&jack, "k", &other).await.problem(422);
    }
    let roberts = keyed(&robert, "k", &json!({ "title": "A" })).await;
    assert_eq!(roberts.status, 201);
    assert_ne!(roberts.header("location"), first.header("location"));
    assert_eq!(jack.titles("/api/posts").await, ["A"]);
}

#[tokio::test]
async fn a_request_that_was_refused_does_not_use_up_its_key() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    keyed(&jack, "k", &json!({ "title": "" }))
        .await
        .problem(422);
    assert_eq!(
        keyed(&jack, "k", &json!({ "title": "A" })).await.status,
        201
    );
}

#[tokio::test]
async fn an_answer_is_kept_for_a_day_and_over_a_restart() {
    let posts = Posts::start().await;
    let draft = json!({ "title": "A" });
    let first = keyed(&posts.user("jack"), "k", &draft).await;
    let (folder, clock) = posts.stop().await;

    // The clock jumps a day ahead, perhaps while the key set is being read.
    let posts = Posts::restart(folder, clock, &["--max-stale", "3650d"]).await;
    posts
        .clock
        .advance(Duration::from_hours(24) - Duration::from_secs(1));
    same(&keyed(&posts.user("jack"), "k", &draft).await, &first);
    posts.clock.advance(Duration::from_secs(1));
    let later = keyed(&posts.user("jack"), "k", &json!({ "title": "other" })).await;
    assert_eq!(later.status, 201);
    assert_ne!(later.header("location"), first.header("location"));
}

#[tokio::test]
async fn a_key_that_is_none_is_refused() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for key in ["", "a b", &"k".repeat(256)] {
        keyed(&jack, key, &json!({ "title": "A" }))
            .await
            .problem(400);
    }
    let twice = jack
        .call(Method::POST, "/api/posts")
        .json(&json!({ "title": "A" }));
    let twice = twice
        .header("idempotency-key", "a")
        .header("idempotency-key", "b");
    twice.answer().await.problem(400);
    assert!(jack.titles("/api/posts").await.is_empty());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_race_of_retries_makes_one_post() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for key in ["a", "b", "c", "d"] {
        let draft = json!({ "title": key });
        let answers = join_all((0..12).map(|_| keyed(&jack, key, &draft))).await;
        let made: Vec<_> = answers
            .iter()
            .filter(|answer| answer.status == 201)
            .collect();
        assert!(!made.is_empty());
        for answer in &made {
            same(answer, made[0]);
        }
        for answer in answers.iter().filter(|answer| answer.status != 201) {
            answer.problem(409);
            assert_eq!(answer.header("retry-after"), "1");
        }
    }
    assert_eq!(jack.titles("/api/posts").await, ["a", "b", "c", "d"]);
}

#[tokio::test]
async fn a_slow_upload_holds_its_key_and_a_broken_one_gives_it_back() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let draft = json!({ "title": "A" });
    let mut slow = half_sent(&posts, "k").await;
    eventually(async || keyed(&jack, "k", &json!({ "title": "" })).await.status == 409).await;
    assert!(jack.titles("/api/posts").await.is_empty());

    slow.write_all(b"\"A\"}").await.unwrap();
    let mut answer = [0; 12];
    slow.read_exact(&mut answer).await.unwrap();
    assert_eq!(&answer, b"HTTP/1.1 201");
    assert_eq!(keyed(&jack, "k", &draft).await.status, 201);
    assert_eq!(jack.titles("/api/posts").await, ["A"]);

    let broken = half_sent(&posts, "other").await;
    eventually(async || keyed(&jack, "other", &json!({ "title": "" })).await.status == 409).await;
    drop(broken);
    eventually(async || keyed(&jack, "other", &draft).await.status == 201).await;
    assert_eq!(jack.titles("/api/posts").await, ["A", "A"]);
}

/// A create whose headers are sent, and 10 of the 14 bytes of its body.
async fn half_sent(posts: &Posts, key: &str) -> TcpStream {
    use token::Clock;
    let token = issuer::token("jack", crate::harness::ALL, posts.clock.now());
    let mut stream = TcpStream::connect(posts.app.local_addr()).await.unwrap();
    let head = format!(
        "POST /api/posts HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {token}\r\n\
         content-type: application/json\r\nidempotency-key: {key}\r\ncontent-length: 14\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).await.unwrap();
    stream.write_all(b"{\"title\": ").await.unwrap();
    stream
}

async fn eventually(holds: impl AsyncFn() -> bool) {
    let wait = async {
        while !holds().await {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), wait)
        .await
        .unwrap();
}
