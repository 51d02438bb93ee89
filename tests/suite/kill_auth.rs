//! auth is killed over and over while logins are refreshed: no login is lost, even when its new
//! token was written and the answer that carried it was not.

use std::{path::Path, time::Duration};

use e2e::{Client, Program, full_run, login_body};
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tokio::{task::JoinSet, time::Instant};

const LOGINS: usize = 8;

/// Within this time a replaced token answers with its successor.
const GRACE: Duration = Duration::from_secs(10);

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_killed_while_it_refreshes_loses_no_login() {
    let kills = if full_run() { 50 } else { 4 };
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut auth = serve(folder.path());
    let mut held = log_in(&auth.url()).await;
    let (mut kill, mut lost_answers) = (0, 0);
    // Each kill meets some refreshes before their write, and some after it.
    while kill < kills || lost_answers == 0 {
        kill += 1;
        assert!(
            kill <= kills + 50,
            "no kill came between a write and its answer"
        );
        let mut clients = JoinSet::new();
        for token in held {
            clients.spawn(refresh_until_killed(auth.url(), token));
        }
        tokio::time::sleep(Duration::from_millis(40 + kill * 7 % 50)).await;
        auth.kill();
        let killed = Instant::now();
        let unanswered = clients.join_all().await;
        auth = serve(folder.path());
        held = Vec::new();
        for token in unanswered {
            held.push(go_on(&auth.url(), token, killed).await);
        }
        let repeated = |line: &&String| line.contains("\"event\":\"refresh-repeated\"");
        lost_answers += auth.log().iter().filter(repeated).count();
    }
}

fn serve(folder: &Path) -> Program {
    Program::serve("auth", folder, &["--demo"])
}

async fn log_in(url: &str) -> Vec<String> {
    let (client, url) = (Client::new(), format!("{url}/api/login"));
    let mut tokens = Vec::new();
    for _ in 0..LOGINS {
        let answer = client
            .send(Method::POST, &url, None, Some(&login_body("jack")))
            .await;
        tokens.push(refresh_token(&answer.json()));
    }
    tokens
}

/// Gives the token of the refresh that was not answered.
async fn refresh_until_killed(url: String, mut token: String) -> String {
    let client = Client::new();
    while let Ok((status, answer)) = refresh(&client, &url, &token).await {
        assert_eq!(status, StatusCode::OK, "{answer}");
        token = refresh_token(&answer);
    }
    token
}

/// Repeats the refresh, and then makes one with the token that it answered.
async fn go_on(url: &str, token: String, killed: Instant) -> String {
    let client = Client::new();
    let answered = refresh(&client, url, &token).await;
    let (status, answer) = answered.expect("auth is running");
    if status == StatusCode::UNAUTHORIZED && killed.elapsed() > GRACE {
        // A machine that starts so slowly shows nothing.
        return log_in(url).await.swap_remove(0);
    }
    assert_eq!(status, StatusCode::OK, "{answer}");
    let next = refresh(&client, url, &refresh_token(&answer)).await;
    let (status, answer) = next.expect("auth is running");
    assert_eq!(status, StatusCode::OK, "{answer}");
    refresh_token(&answer)
}

async fn refresh(
    client: &Client,
    url: &str,
    token: &str,
) -> Result<(StatusCode, Value), reqwest::Error> {
    let (url, body) = (
        format!("{url}/api/refresh"),
        json!({ "refresh_token": token }),
    );
    let answer = client
        .try_send(Method::POST, &url, None, Some(&body))
        .await?;
    Ok((answer.status, answer.json()))
}

fn refresh_token(login: &Value) -> String {
    login["refresh_token"]
        .as_str()
        .expect("a login has a refresh token")
        .to_owned()
}
