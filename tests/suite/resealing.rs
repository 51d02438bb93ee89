//! The sealing key changes while servers run: those that have the new one notice nothing, and
//! those that do not go on with the keys they hold, and rotate once they have it.

use std::{
    fs,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    time::Duration,
};

use e2e::{Answer, Client, Program, login_body, until};
use reqwest::Method;
use rusqlite::Connection;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use crate::key_ring::{KeyRing, SEALING_KEY, SECONDS, kid_of};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn servers_without_the_new_sealing_key_go_on_and_rotate_once_they_have_it() {
    let ring = KeyRing::empty();
    let servers = [ring.serve(&SECONDS), ring.serve(&SECONDS)];
    let (over, clients) = log_in_at(&servers);
    let old = ring.active().kid;
    ring.done(&["reseal", "--new-sealing-key-file=new.key"]);
    ring.done(&["rotate", "--now", "--sealing-key-file=new.key"]);
    // Longer than a server that cannot see the ring goes on signing, and than the key had to wait.
    for server in &servers {
        until("the server says that the key does not open", async || {
            unopened(server).await == "auth_signing_keys_unopened 1"
        })
        .await;
    }
    until("its activation is moved again and again", async || {
        let lines = servers.iter().flat_map(Program::log);
        lines
            .filter(|line| line.contains("so it signs later"))
            .count()
            >= 3
    })
    .await;
    assert_eq!(ring.active().kid, old);
    let doctor = doctor(&ring);
    assert!(
        doctor.contains("BAD   sealing key") && doctor.contains("are sealed with"),
        "{doctor}"
    );
    fs::rename(ring.path().join("new.key"), ring.path().join(SEALING_KEY))
        .expect("the folder is writable");
    for server in &servers {
        let client = Client::new();
        until("the server signs with the next key", async || {
            kid_of(&client.login(&server.url(), "jack").await) != old
        })
        .await;
        assert_eq!(unopened(server).await, "auth_signing_keys_unopened 0");
    }
    over.store(true, Ordering::Relaxed);
    // A login that fails is a panic.
    assert!(clients.join_all().await.iter().all(|logins| *logins > 10));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn with_both_sealing_keys_in_its_file_no_server_notices_and_any_may_restart() {
    let ring = KeyRing::empty();
    let servers = [ring.serve(&SECONDS), ring.serve(&SECONDS)];
    let (over, clients) = log_in_at(&servers);
    let old = ring.active().kid;
    ring.reseal_without_a_gap();
    ring.done(&["rotate", "--now"]);
    let restarted = ring.serve(&SECONDS);
    for server in servers.iter().chain([&restarted]) {
        let client = Client::new();
        until("the server signs with the next key", async || {
            kid_of(&client.login(&server.url(), "jack").await) != old
        })
        .await;
        let log = server.log();
        let complaint = log.iter().find(|line| line.contains("ERROR"));
        assert_eq!(complaint, None);
    }
    over.store(true, Ordering::Relaxed);
    clients.join_all().await;
}

/// Logs in at each server until told to stop; counts the logins, of which none may fail.
fn log_in_at(servers: &[Program]) -> (Arc<AtomicBool>, JoinSet<usize>) {
    let over = Arc::new(AtomicBool::new(false));
    let mut clients = JoinSet::new();
    for server in servers {
        clients.spawn(log_in(server.url(), Arc::clone(&over)));
    }
    (over, clients)
}

async fn log_in(url: String, over: Arc<AtomicBool>) -> usize {
    let client = Client::new();
    let mut logins = 0;
    while !over.load(Ordering::Relaxed) {
        client.login(&url, "lina").await;
        logins += 1;
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    logins
}

/// The line of the metric.
async fn unopened(server: &Program) -> String {
    let url = format!("http://{}/metrics", server.ops);
    let answer = Client::new().get(&url, None).await;
    let mut lines = answer.text.lines();
    let line = lines.find(|line| line.starts_with("auth_signing_keys_unopened"));
    line.unwrap_or_default().to_owned()
}

fn doctor(ring: &KeyRing) -> String {
    let output = Program::command("auth", ring.path())
        .args(["doctor", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"])
        .output()
        .expect("auth can be started");
    assert!(!output.status.success(), "{output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

/// As SECURITY.md tells operators to: the keys are lost, and no login is.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_lost_sealing_key_costs_the_keys_and_no_login() {
    let ring = KeyRing::empty();
    let server = ring.serve(&SECONDS);
    let client = Client::new();
    let login = post(&client, &server, "/api/login", &login_body("jack")).await;
    let old = ring.active().kid;
    assert!(server.stop().success());
    fs::remove_file(ring.path().join(SEALING_KEY)).expect("the folder is writable");
    for words in [&["serve", "--demo"][..], &["keys", "rotate"], &["doctor"]] {
        let output = Program::command("auth", ring.path())
            .args(words)
            .output()
            .expect("auth can be started");
        let said = [output.stdout, output.stderr].concat();
        let said = String::from_utf8_lossy(&said);
        assert!(
            !output.status.success() && said.contains(SEALING_KEY),
            "{words:?}: {said}"
        );
    }
    Connection::open(ring.path().join("var/auth/auth.db"))
        .and_then(|database| {
            database.execute_batch("DELETE FROM signing_keys; DELETE FROM key_ring;")
        })
        .expect("it is SQLite");
    let server = ring.serve(&SECONDS);
    let new = ring.active().kid;
    assert_ne!(new, old);
    let me = format!("{}/api/me", server.url());
    let token = |answer: &Answer| answer.json()["access_token"].as_str().map(str::to_owned);
    let refused = client.get(&me, token(&login).as_deref()).await;
    assert_eq!(refused.status, 401, "{}", refused.text);
    let body = json!({ "refresh_token": login.json()["refresh_token"] });
    let refreshed = post(&client, &server, "/api/refresh", &body).await;
    let renewed = token(&refreshed).expect("the login goes on");
    assert_eq!(kid_of(&renewed), new);
    assert_eq!(client.get(&me, Some(&renewed)).await.status, 200);
}

async fn post(client: &Client, server: &Program, path: &str, body: &Value) -> Answer {
    let url = server.url() + path;
    let answer = client.send(Method::POST, &url, None, Some(body)).await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}
