//! posts is killed over and over while it writes: what it acknowledged stays, and nothing is
//! there twice or by halves.

use std::{
    collections::BTreeSet,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use e2e::{Client, Pair, Program, full_run, until};
use reqwest::{Method, StatusCode};
use serde_json::json;
use tokio::task::JoinSet;

const WRITERS: usize = 8;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_killed_while_writing_loses_nothing_and_doubles_nothing() {
    let kills = if full_run() { 100 } else { 4 };
    let mut pair = Pair::start().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    let mut acknowledged = BTreeSet::new();
    for kill in 0..kills {
        let (written, interrupted) = write_until_killed(&mut pair, &token, kill).await;
        acknowledged.extend(written);
        pair.start_posts();
        pair.until_ready().await;
        for title in interrupted {
            let again = create(&pair.client, &pair.posts_url(), &token, &title).await;
            let status = again.expect("posts is running");
            assert_eq!(status, StatusCode::CREATED, "{title}");
            acknowledged.insert(title);
        }
    }
    let found = titles(&pair, &token).await;
    let unique: BTreeSet<_> = found.iter().cloned().collect();
    assert_eq!(unique, acknowledged);
    assert_eq!(found.len(), unique.len(), "a post is there twice");
    pair.posts.take().expect("posts is running").kill();
    the_database_is_sound(&pair);
}

/// Writes from many clients at once until posts dies in the middle of it. Tells which posts were
/// acknowledged, and which were left without an answer.
async fn write_until_killed(
    pair: &mut Pair,
    token: &str,
    kill: usize,
) -> (Vec<String>, Vec<String>) {
    let answered = Arc::new(AtomicUsize::new(0));
    let mut writers = JoinSet::new();
    for writer in 0..WRITERS {
        let (client, url, token) = (Client::new(), pair.posts_url(), token.to_owned());
        let (answered, name) = (Arc::clone(&answered), format!("{kill}-{writer}"));
        writers.spawn(async move { write(&client, &url, &token, &name, &answered).await });
    }
    // Each kill comes at another moment of the stream.
    let moment = 1 + kill * 7 % 50;
    until("some posts are written", async || {
        answered.load(Ordering::Relaxed) >= moment
    })
    .await;
    pair.posts.take().expect("posts is running").kill();
    let written = writers.join_all().await;
    let (acknowledged, interrupted): (Vec<_>, Vec<_>) = written.into_iter().unzip();
    (acknowledged.concat(), interrupted)
}

async fn write(
    client: &Client,
    url: &str,
    token: &str,
    name: &str,
    answered: &AtomicUsize,
) -> (Vec<String>, String) {
    let mut acknowledged = Vec::new();
    loop {
        let title = format!("{name}-{}", acknowledged.len());
        let Ok(status) = create(client, url, token, &title).await else {
            return (acknowledged, title);
        };
        assert_eq!(status, StatusCode::CREATED, "{title}");
        answered.fetch_add(1, Ordering::Relaxed);
        acknowledged.push(title);
    }
}

/// The title is the key, so that a create without an answer can be repeated.
async fn create(
    client: &Client,
    url: &str,
    token: &str,
    title: &str,
) -> Result<StatusCode, reqwest::Error> {
    let request = client.request(Method::POST, &format!("{url}/api/posts"));
    let answer = request
        .bearer_auth(token)
        .header("content-type", "application/json")
        .header("idempotency-key", title)
        .body(json!({ "title": title, "body": body_of(title) }).to_string())
        .send()
        .await?;
    let status = answer.status();
    answer.bytes().await?;
    Ok(status)
}

/// Long enough to lie on several pages of the database.
fn body_of(title: &str) -> String {
    title.repeat(2000)
}

/// The titles of all posts but those of the demo, each of which must be whole.
async fn titles(pair: &Pair, token: &str) -> Vec<String> {
    let mut next = Some("/api/posts?limit=100".to_owned());
    let mut titles = Vec::new();
    while let Some(path) = next {
        let url = format!("{}{path}", pair.posts_url());
        let page = pair.client.get(&url, Some(token)).await;
        for post in page.json().as_array().expect("a list is an array") {
            let title = post["title"].as_str().expect("a title is text");
            if post["body"] != "" {
                assert_eq!(post["body"], body_of(title), "half of {title}");
                titles.push(title.to_owned());
            }
        }
        next = next_page(page.header("link"));
    }
    titles
}

fn next_page(link: &str) -> Option<String> {
    let links = link.split(", ");
    let next = links
        .into_iter()
        .find_map(|link| link.strip_suffix(">; rel=\"next\""))?;
    next.strip_prefix('<').map(str::to_owned)
}

fn the_database_is_sound(pair: &Pair) {
    let issuer = format!("--issuer={}", pair.auth_url());
    let output = Program::command("posts", pair.folder())
        .args([
            "doctor",
            "--listen=127.0.0.1:0",
            "--ops-listen=127.0.0.1:0",
            &issuer,
        ])
        .output()
        .expect("the program can be started");
    assert!(output.status.success(), "{output:?}");
}
