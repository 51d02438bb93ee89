//! What `backup` copies from running services can take their place.

use std::{fs, path::Path};

use e2e::{Pair, Program};
use reqwest::Method;
use serde_json::json;

const DATABASES: [(&str, &str); 2] = [
    ("auth", "var/auth/auth.db"),
    ("posts", "var/posts/posts.db"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn copies_made_while_both_run_take_the_place_of_what_was_lost() {
    let mut pair = Pair::start().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    create(&pair, &token, "before").await;
    for (program, _) in DATABASES {
        copy(program, pair.folder());
    }
    create(&pair, &token, "after").await;

    pair.kill_auth().await;
    pair.posts.take().expect("posts is running").kill();
    for (program, database) in DATABASES {
        restore(program, &pair.folder().join(database));
    }
    pair.start_auth().await;
    pair.start_posts();
    pair.until_ready().await;

    // Signed by a key that only the copy holds now.
    let titles = titles(&pair, &token).await;
    assert_eq!(titles, ["jack post", "jack Second post", "before"]);
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    create(&pair, &token, "anew").await;
}

async fn create(pair: &Pair, token: &str, title: &str) {
    let url = format!("{}/api/posts", pair.posts_url());
    let post = json!({ "title": title });
    let answer = pair
        .client
        .send(Method::POST, &url, Some(token), Some(&post));
    assert_eq!(answer.await.status, 201, "{title}");
}

async fn titles(pair: &Pair, token: &str) -> Vec<String> {
    let url = format!("{}/api/posts", pair.posts_url());
    let answer = pair.client.get(&url, Some(token)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    let posts = answer.json();
    let posts = posts.as_array().expect("it is a list").iter();
    let titles = posts.map(|post| post["title"].as_str().expect("it has a title").to_owned());
    titles.collect()
}

fn copy(program: &str, folder: &Path) {
    let copied = Program::command(program, folder)
        .args(["backup", &format!("{program}.copy")])
        .output()
        .expect("the program can be started");
    assert!(copied.status.success(), "{copied:?}");
}

/// The disk is gone, with all that stood beside the database.
fn restore(program: &str, database: &Path) {
    let folder = database.parent().expect("it is in a folder");
    for beside in ["", "-wal", "-shm"] {
        let _absent_already = fs::remove_file(format!("{}{beside}", database.display()));
    }
    let home = folder.ancestors().nth(2).expect("it is below var/");
    fs::rename(home.join(format!("{program}.copy")), database).expect("it was copied");
}
