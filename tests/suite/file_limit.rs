//! A limit on the size of files, as shells and systemd set one, is a storage that is full: it refuses
//! writes and does not end the service.

use e2e::{Answer, Pair};
use reqwest::Method;
use rustix::process::{Pid, Resource, Rlimit, prlimit};
use serde_json::json;

/// More than the files of an empty database, less than those of a few posts.
const LIMIT: u64 = 512 * 1024;

#[tokio::test]
async fn files_that_may_not_grow_refuse_posts_until_they_may_again() {
    let pair = Pair::start().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    limit_files(&pair, Some(LIMIT));
    let mut written = 0;
    let refused = loop {
        let answer = create(&pair, &token).await;
        if answer.status != 201 {
            break answer;
        }
        written += 1;
        assert!(written < 20, "the limit does not hold");
    };
    assert_eq!(refused.status, 507, "{refused:?}");
    assert_eq!(refused.json()["type"], "/docs#storage-full");
    let list = format!("{}/api/posts", pair.posts_url());
    let read = pair.client.get(&list, Some(&token)).await;
    assert_eq!(read.status, 200, "{read:?}");

    limit_files(&pair, None);
    assert_eq!(create(&pair, &token).await.status, 201);
    assert!(pair.posts.expect("posts is running").stop().success());
}

/// The limit that only the process itself has to keep; the one above it stays unlimited.
fn limit_files(pair: &Pair, bytes: Option<u64>) {
    let posts = pair.posts.as_ref().expect("posts is running");
    let pid = i32::try_from(posts.pid()).expect("a process id fits");
    let limit = Rlimit {
        current: bytes,
        maximum: None,
    };
    prlimit(Pid::from_raw(pid), Resource::Fsize, limit).expect("a child may be limited");
}

async fn create(pair: &Pair, token: &str) -> Answer {
    let url = format!("{}/api/posts", pair.posts_url());
    let request = pair.client.request(Method::POST, &url).bearer_auth(token);
    let draft = json!({ "title": "large", "body": "x".repeat(60_000) }).to_string();
    let request = request
        .header("content-type", "application/json")
        .body(draft);
    Answer::read(request.send().await.expect("posts answers"))
        .await
        .expect("the answer is whole")
}
