//! The main job: log in, carry the token over, see and change your own posts.

use e2e::{Answer, Client, Pair};
use reqwest::Method;
use serde_json::{Value, json};

fn titles(answer: &Answer) -> Vec<(String, String)> {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let text = |post: &Value, member: &str| post[member].as_str().unwrap_or_default().to_owned();
    let posts = answer.json();
    let posts = posts.as_array().expect("a list of posts is a bare array");
    posts
        .iter()
        .map(|post| (text(post, "title"), text(post, "author")))
        .collect()
}

#[tokio::test]
async fn the_articles_session_gives_its_titles_and_authors() {
    let pair = Pair::start().await;
    let list = format!("{}/api/posts", pair.posts_url());
    for (user, expected) in [
        ("jack", ["jack post", "jack Second post"]),
        ("robert", ["robert Post", "robert Second Post"]),
        ("lina", ["lina Post", "lina Second Post"]),
    ] {
        let token = pair.client.login(&pair.auth_url(), user).await;
        let own = titles(&pair.client.get(&list, Some(&token)).await);
        assert_eq!(
            own,
            expected.map(|title| (title.to_owned(), user.to_owned()))
        );
    }
}

#[tokio::test]
async fn a_login_answers_as_the_articles_clients_expect() {
    let pair = Pair::start().await;
    let url = format!("{}/api/login", pair.auth_url());

    let good = pair
        .client
        .send(Method::POST, &url, None, Some(&e2e::login_body("jack")))
        .await;
    assert_eq!(good.status, 200);
    assert_eq!(good.header("cache-control"), "no-store");
    let body = good.json();
    assert_eq!(body["auth"], true);
    assert_eq!(body["token_type"], "Bearer");
    assert_eq!(body["expires_in"], 900);

    let wrong = json!({ "username": "jack", "password": "jack_passw0rd" });
    let wrong = pair
        .client
        .send(Method::POST, &url, None, Some(&wrong))
        .await;
    assert_eq!(wrong.status, 401);
    assert_eq!(wrong.header("content-type"), "application/problem+json");
    assert_eq!(wrong.json()["msg"], "Bad username and password");
}

#[tokio::test]
async fn a_post_is_created_read_replaced_patched_and_deleted() {
    let pair = Pair::start().await;
    let list = format!("{}/api/posts", pair.posts_url());
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    let token = Some(token.as_str());

    let new = json!({ "title": "A third", "body": "text" });
    let created = pair
        .client
        .send(Method::POST, &list, token, Some(&new))
        .await;
    assert_eq!(created.status, 201, "{}", created.text);
    let location = created.header("location");
    let url = match location.strip_prefix("http") {
        Some(_) => location.to_owned(),
        None => format!("{}{location}", pair.posts_url()),
    };
    assert_eq!(pair.client.get(&url, token).await.json(), created.json());

    let changed = json!({ "title": "Third", "body": "other" });
    let replaced = pair
        .client
        .send(Method::PUT, &url, token, Some(&changed))
        .await;
    assert_eq!(replaced.status, 200, "{}", replaced.text);
    assert_eq!(replaced.json()["body"], "other");

    let patched = patch(&pair.client, &url, token, r#"{"title":"Patched"}"#).await;
    assert_eq!(patched["title"], "Patched");
    assert_eq!(patched["body"], "other");

    assert_eq!(
        pair.client
            .send(Method::DELETE, &url, token, None)
            .await
            .status,
        204
    );
    assert_eq!(pair.client.get(&url, token).await.status, 404);
}

async fn patch(client: &Client, url: &str, token: Option<&str>, body: &'static str) -> Value {
    let answer = client
        .request(Method::PATCH, url)
        .header(
            "authorization",
            format!("Bearer {}", token.unwrap_or_default()),
        )
        .header("content-type", "application/merge-patch+json")
        .body(body)
        .send()
        .await
        .expect("posts answers");
    assert_eq!(answer.status(), 200);
    serde_json::from_str(&answer.text().await.expect("the answer is whole")).expect("it is JSON")
}

#[tokio::test]
async fn another_users_post_is_not_found_and_no_token_is_challenged() {
    let pair = Pair::start().await;
    let list = format!("{}/api/posts", pair.posts_url());
    let jack = pair.client.login(&pair.auth_url(), "jack").await;
    let lina = pair.client.login(&pair.auth_url(), "lina").await;
    let first = pair.client.get(&list, Some(&jack)).await.json()[0]["id"].clone();
    let url = format!("{list}/{}", first.as_str().expect("a post has an id"));

    let body = json!({ "title": "mine now", "body": "" });
    for (method, body) in [
        (Method::GET, None),
        (Method::PUT, Some(&body)),
        (Method::DELETE, None),
    ] {
        let answer = pair
            .client
            .send(method.clone(), &url, Some(&lina), body)
            .await;
        assert_eq!(answer.status, 404, "{method} by lina: {}", answer.text);
    }
    assert_eq!(
        pair.client.get(&url, Some(&jack)).await.json()["title"],
        "jack post"
    );

    let nobody = pair.client.get(&list, None).await;
    assert_eq!(nobody.status, 401);
    assert!(
        nobody.header("www-authenticate").starts_with("Bearer "),
        "{:?}",
        nobody.headers
    );
    assert!(
        !nobody.header("www-authenticate").contains("error="),
        "{:?}",
        nobody.headers
    );
}

#[tokio::test]
async fn the_articles_status_can_be_had_back() {
    let pair = Pair::start_with(&[], &["--reject-with=403"]).await;
    let list = format!("{}/api/posts", pair.posts_url());
    assert_eq!(pair.client.get(&list, None).await.status, 403);
    assert_eq!(
        pair.client.get(&list, Some("not.a.token")).await.status,
        403
    );
}
