//! `GET /api/posts`
use std::sync::{Arc, Mutex};

use serde_json::json;
use tokio::task::JoinSet;

use crate::harness::{Caller, Posts, Send};

async fn six(jack: &Caller) {
    for number in 1..=6 {
        jack.create(&format!("{number}")).await;
    }
}

#[tokio::test]
async fn the_demo_has_the_six_posts_of_the_article_in_their_order() {
    let posts = Posts::with(&["--demo"]).await;
    let titles = async |name| posts.user(name).titles("/api/posts").await;
    assert_eq!(titles("jack").await, ["jack post", "jack Second post"]);
    assert_eq!(
        titles("robert").await,
        ["robert Post", "robert Second Post"]
    );
    assert_eq!(titles("lina").await, ["lina Post", "lina Second Post"]);
    assert_eq!(posts.user("eve").get("/api/posts").await.body, b"[]");
}

#[tokio::test]
async fn the_demo_leaves_a_table_alone_that_has_posts() {
    let posts = Posts::start().await;
    let path = posts.user("jack").create("mine").await;
    let (folder, clock) = posts.stop().await;

    let posts = Posts::restart(folder, clock, &["--demo"]).await;
    assert_eq!(posts.user("jack").titles("/api/posts").await, ["mine"]);
    assert!(posts.user("lina").titles("/api/posts").await.is_empty());
    assert_eq!(posts.user("jack").get(&path).await.status, 200);
}

#[tokio::test]
async fn a_list_is_a_bare_array_of_whole_posts() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    jack.post(&json!({ "title": "a", "body": "b" })).await;
    let answer = jack.get("/api/posts").await;
    assert_eq!(answer.header("content-type"), "application/json");
    assert_eq!(answer.header("cache-control"), "private, no-cache");

    let post = &answer.json()[0];
    let members: Vec<_> = post.as_object().unwrap().keys().collect();
    assert_eq!(
        members,
        ["author", "body", "created_at", "id", "title", "updated_at"]
    );
    assert_eq!(post["author"], "jack");
    assert_eq!(post["body"], "b");
    assert_eq!(post["created_at"], "2027-01-15T08:00:00.000Z");
    assert_eq!(post["id"].as_str().unwrap().as_bytes()[14], b'7');
}

#[tokio::test]
async fn pages_are_20_posts_unless_asked_otherwise() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    for number in 1..=21 {
        jack.create(&format!("{number}")).await;
    }
    let first = jack.get("/api/posts").await;
    assert_eq!(first.titles().len(), 20);
    let last = jack.get(&first.link("next").unwrap()).await;
    assert_eq!(last.titles(), ["21"]);
    assert_eq!(last.link("next"), None);
    assert_eq!(jack.get("/api/posts?limit=21").await.link("next"), None);
}

#[tokio::test]
async fn links_lead_through_the_list_and_back_and_keep_the_query() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    six(&jack).await;
    for (order, pages) in [
        ("", [vec!["1", "2"], vec!["3", "4"], vec!["5", "6"]]),
        (
            "&order=desc",
            [vec!["6", "5"], vec!["4", "3"], vec!["2", "1"]],
        ),
    ] {
        let first = jack.get(&format!("/api/posts?limit=2{order}")).await;
        let second = jack.get(&first.link("next").unwrap()).await;
        let third = jack.get(&second.link("next").unwrap()).await;
        let titles = [first.titles(), second.titles(), third.titles()];
        assert_eq!(titles, pages);
        assert_eq!((first.link("prev"), third.link("next")), (None, None));
        assert!(first.link("next").unwrap().contains("limit=2"));

        let back = jack.get(&third.link("prev").unwrap()).await;
        assert_eq!(back.titles(), pages[1]);
        let start = jack.get(&back.link("prev").unwrap()).await;
        assert_eq!(start.titles(), pages[0]);
        assert_eq!(start.link("prev"), None);
        assert_eq!(
            jack.get(&start.link("next").unwrap()).await.titles(),
            pages[1]
        );
    }
}

#[tokio::test]
async fn a_page_stands_still_while_posts_come_and_go_around_it() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    six(&jack).await;
    let first = jack.get("/api/posts?limit=3").await;
    let next = first.link("next").unwrap();

    let third = first.json()[2]["id"].as_str().unwrap().to_owned();
    jack.delete(&format!("/api/posts/{third}")).await;
    jack.create("7").await;
    posts.user("robert").create("not jack's").await;

    assert_eq!(jack.titles(&next).await, ["4", "5", "6"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn pages_hold_what_is_there_once_and_in_order_while_many_posts_are_made() {
    const WRITERS: usize = 4;
    const EACH: usize = 25;
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let made = Arc::new(Mutex::new(Vec::new()));
    let mut writers = JoinSet::new();
    for _ in 0..WRITERS {
        let (jack, made) = (jack.clone(), Arc::clone(&made));
        writers.spawn(async move {
            for _ in 0..EACH {
                let path = jack.create("A").await;
                made.lock().unwrap().push(path);
            }
        });
    }
    loop {
        let (are_done, before) = (writers.is_empty(), made.lock().unwrap().clone());
        let found = walk(&jack, "/api/posts?limit=7").await;
        assert!(found.is_sorted_by(|a, b| a < b), "{found:?}");
        assert!(before.iter().all(|path| found.contains(path)));
        if are_done {
            assert_eq!(found.len(), WRITERS * EACH);
            break;
        }
        while let Some(ended) = writers.try_join_next() {
            ended.unwrap();
        }
    }
}

/// The paths of all posts from this page on.
async fn walk(caller: &Caller, path: &str) -> Vec<String> {
    let (mut next, mut found) = (Some(path.to_owned()), Vec::new());
    while let Some(path) = next {
        let page = caller.get(&path).await;
        let posts = page.json();
        let ids = posts.as_array().unwrap().iter().map(|post| &post["id"]);
        found.extend(ids.map(|id| format!("/api/posts/{}", id.as_str().unwrap())));
        next = page.link("next");
    }
    found
}

#[tokio::test]
async fn a_cursor_is_worth_nothing_to_another_user_or_when_it_is_changed() {
    let posts = Posts::start().await;
    let (jack, robert) = (posts.user("jack"), posts.user("robert"));
    six(&jack).await;
    six(&robert).await;
    let next = jack.get("/api/posts?limit=2").await.link("next").unwrap();

    robert.get(&next).await.problem(400);
    jack.get(&format!("{next}&order=desc")).await.problem(400);
    jack.get(&format!("{next}A")).await.problem(400);
    jack.get(&next[..next.len() - 1]).await.problem(400);
    for cursor in ["", "1", "%00", "AAAA", "%F0%9F%92%A5", "'%20OR%201=1"] {
        jack.get(&format!("/api/posts?cursor={cursor}"))
            .await
            .problem(400);
    }
    assert_eq!(jack.titles(&next).await, ["3", "4"]);
}

#[tokio::test]
async fn a_cursor_outlives_the_process_that_made_it() {
    let posts = Posts::start().await;
    six(&posts.user("jack")).await;
    let next = posts
        .user("jack")
        .get("/api/posts?limit=2")
        .await
        .link("next")
        .unwrap();
    let (folder, clock) = posts.stop().await;
    let posts = Posts::restart(folder, clock, &[]).await;
    assert_eq!(posts.user("jack").titles(&next).await, ["3", "4"]);
}

#[tokio::test]
async fn a_long_list_is_compressed_for_those_who_ask() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    let list = async |encoding| {
        let request = jack.call(http::Method::GET, "/api/posts");
        request.header("accept-encoding", encoding).answer().await
    };
    assert_eq!(list("gzip").await.header("content-encoding"), "");

    jack.post(&json!({ "title": "long", "body": "again and ".repeat(1000) }))
        .await;
    let plain = list("identity").await;
    let small = list("gzip").await;
    assert_eq!(plain.header("content-encoding"), "");
    assert_eq!(small.header("content-encoding"), "gzip");
    assert!(small.body.len() * 10 < plain.body.len());
    assert!(
        small
            .header("vary")
            .to_lowercase()
            .contains("accept-encoding")
    );
}

#[tokio::test]
async fn the_length_of_a_list_is_not_told_to_head_where_get_would_compress_it() {
    for origins in [&[][..], &["--cors-origin", "https://app.example.com"]] {
        let posts = Posts::with(origins).await;
        let jack = posts.user("jack");
        jack.post(&json!({ "title": "long", "body": "again and ".repeat(1000) }))
            .await;
        let head = async |coding| {
            let request = jack.call(http::Method::HEAD, "/api/posts");
            request.header("accept-encoding", coding).answer().await
        };
        let small = head("gzip").await;
        assert_eq!(small.header("content-encoding"), "gzip");
        assert!(small.headers.get("content-length").is_none(), "{small:?}");
        let plain = head("identity").await;
        let length = jack.get("/api/posts").await.body.len().to_string();
        assert_eq!(plain.header("content-length"), length);
    }
}

#[tokio::test]
async fn who_accepts_no_coding_is_told_so_in_words() {
    let posts = Posts::start().await;
    let jack = posts.user("jack");
    jack.create("A").await;
    let ask = async |method| {
        let request = jack.call(method, "/api/posts");
        let coding = "identity;q=0, gzip;q=0";
        request.header("accept-encoding", coding).answer().await
    };
    ask(http::Method::GET).await.problem(406);
    assert_eq!(ask(http::Method::HEAD).await.status, 406);
}
