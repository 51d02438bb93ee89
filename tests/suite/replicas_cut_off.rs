//! One auth is cut off from the database, one posts from auth, as by a broken switch: packets
//! vanish and nobody is told. Neither guesses, and both recover alone.

use std::{io::Write, path::Path, process::Stdio};

use chassis::database::postgres::testing::Cluster;
use e2e::{Answer, Balancer, Client, Forger, Line, Program, Socket, login_body, until};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use crate::key_ring::kid_of;
use crate::replicas::site;

/// A key is announced for so long that nothing else can end the signing of its predecessor before.
const AUTH: [&str; 7] = [
    "--issuer=http://127.0.0.1:4000",
    "--rotate-every=never",
    "--announce-for=9s",
    "--jwks-max-age=1s",
    "--leeway=1s",
    "--token-ttl=1m",
    "--database-timeout=500ms",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auth_behind_a_cut_cable_stops_signing_in_time_and_comes_back() {
    let Some(cluster) = site::throw_away_cluster() else {
        return;
    };
    let line = Line::cable(socket_of(&cluster)).await;
    auth_cut_off_from_its_database(&cluster, &line).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_auth_whose_packets_vanish_stops_signing_in_time_and_comes_back() {
    let Some(cluster) = site::throw_away_cluster() else {
        return;
    };
    let Some(line) = Line::link(socket_of(&cluster)).await else {
        return;
    };
    auth_cut_off_from_its_database(&cluster, &line).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posts_behind_a_cut_cable_goes_on_until_its_keys_are_stale() {
    let front = Balancer::open(1).await;
    let line = Line::cable(Socket::Tcp(address_of(&front))).await;
    posts_cut_off_from_auth(&front, &line).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_posts_whose_packets_vanish_goes_on_until_its_keys_are_stale() {
    let front = Balancer::open(1).await;
    let Some(line) = Line::link(Socket::Tcp(address_of(&front))).await else {
        return;
    };
    posts_cut_off_from_auth(&front, &line).await;
}

async fn auth_cut_off_from_its_database(cluster: &Cluster, line: &Line) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    site::write_sealing_key(&folder.path().join("sealing.key"));
    let direct = on_database(&folder, cluster.url());
    let over_the_line = format!(
        "postgres://postgres@{}/postgres?sslmode=disable",
        line.address()
    );
    let over_the_line = on_database(&folder, &over_the_line);
    add_ada(folder.path(), &direct);
    let connected = Program::serve("auth", folder.path(), &options(&direct));
    let cut_off = line.serve("auth", folder.path(), &options(&over_the_line));
    for auth in [&connected, &cut_off] {
        until("both sign", async || log_in(auth).await.status == 200).await;
    }
    let old = kid_of(&token(&log_in(&cut_off).await));

    line.cut();
    keys(folder.path(), &direct, &["rotate"]);
    until("it has laid its key down", async || {
        keys_check(&cut_off).await != "ok"
    })
    .await;
    assert_eq!(
        active(folder.path(), &direct),
        old,
        "its key is still good to sign"
    );
    until("the next key signs", async || {
        active(folder.path(), &direct) != old
    })
    .await;
    let refused = log_in(&cut_off).await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(!refused.header("retry-after").is_empty());
    let url = format!("{}/.well-known/jwks.json", cut_off.url());
    assert_eq!(Client::new().get(&url, None).await.status, 200);
    let new = kid_of(&token(&log_in(&connected).await));
    assert_ne!(new, old);

    line.mend();
    until("it is ready again", async || site::is_ready(&cut_off).await).await;
    assert_eq!(kid_of(&token(&log_in(&cut_off).await)), new);
}

async fn posts_cut_off_from_auth(front: &Balancer, line: &Line) {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let issuer = format!("--issuer=http://{}", line.address());
    let auth = ["--demo", "--jwks-max-age=1s", "--leeway=1s", &issuer];
    let auth = Program::serve("auth", folder.path(), &auth);
    front.put(0, auth.public).await;
    let posts = [
        "--allow-insecure-issuer",
        "--min-refetch=1s",
        "--max-stale=6s",
        &issuer,
    ];
    let posts = line.serve("posts", folder.path(), &posts);
    let token = Client::new().login(&auth.url(), "jack").await;
    assert_eq!(list(&posts, &token).await.status, 200);
    until("it is ready", async || site::is_ready(&posts).await).await;

    line.cut();
    assert_eq!(list(&posts, &token).await.status, 200, "it holds the key");
    let unknown = Forger::of(&token).by_a_stranger_under("a key of later");
    assert_eq!(
        list(&posts, &unknown).await.status,
        401,
        "the held set is the truth"
    );
    let mut refused = list(&posts, &token).await;
    until("its keys are stale", async || {
        refused = list(&posts, &token).await;
        refused.status != 200
    })
    .await;
    assert_eq!(refused.status, 503, "{}", refused.text);
    assert!(!refused.header("retry-after").is_empty());
    assert!(!site::is_ready(&posts).await);

    line.mend();
    until("it verifies again", async || {
        list(&posts, &token).await.status == 200
    })
    .await;
}

/// Where a cluster listens.
pub(crate) fn socket_of(cluster: &Cluster) -> Socket {
    let folder = cluster
        .url()
        .split("host=")
        .nth(1)
        .expect("it is reached by a socket");
    Socket::Unix(Path::new(folder).join(".s.PGSQL.5432"))
}

fn address_of(front: &Balancer) -> std::net::SocketAddr {
    let url = front.url();
    let address = url.strip_prefix("http://").expect("it is plain HTTP");
    address.parse().expect("it is an address")
}

/// What every command on a database needs.
fn on_database(folder: &TempDir, url: &str) -> [String; 2] {
    let sealing_key = folder.path().join("sealing.key");
    [
        format!("--database-url={url}"),
        format!("--sealing-key-file={}", sealing_key.display()),
    ]
}

fn options(database: &[String; 2]) -> Vec<&str> {
    let database = database.iter().map(String::as_str);
    AUTH.into_iter().chain(database).collect()
}

fn add_ada(folder: &Path, database: &[String; 2]) {
    let mut adding = Program::command("auth", folder)
        .args(["users", "add", "ada", &database[0]])
        .stdin(Stdio::piped())
        .spawn()
        .expect("auth can be started");
    let mut password = adding.stdin.take().expect("it is piped");
    password.write_all(b"ada_password\n").expect("it is read");
    drop(password);
    assert!(adding.wait().expect("it ends").success());
}

fn keys(folder: &Path, database: &[String; 2], words: &[&str]) -> String {
    let mut command = Program::command("auth", folder);
    command.arg("keys").args(words).args(database);
    let output = command.output().expect("auth can be started");
    assert!(output.status.success(), "auth keys {words:?}: {output:?}");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn active(folder: &Path, database: &[String; 2]) -> String {
    let list = keys(folder, database, &["list", "--json"]);
    let list: Value = serde_json::from_str(&list).expect("it is JSON");
    let keys = list.as_array().expect("it is a list").iter();
    let mut active = keys.filter(|key| key["state"] == "active");
    let (Some(key), None) = (active.next(), active.next()) else {
        panic!("not exactly one active key: {list:#}")
    };
    key["kid"].as_str().expect("it is a text").to_owned()
}

async fn log_in(auth: &Program) -> Answer {
    let url = format!("{}/api/login", auth.url());
    Client::new()
        .send(Method::POST, &url, None, Some(&login_body("ada")))
        .await
}

fn token(answer: &Answer) -> String {
    assert_eq!(answer.status, 200, "{}", answer.text);
    let token = answer.json()["access_token"].clone();
    token.as_str().expect("a login answers a token").to_owned()
}

/// What the replica says of its keys.
async fn keys_check(auth: &Program) -> Value {
    let url = format!("http://{}/readyz", auth.ops);
    Client::new().get(&url, None).await.json()["checks"]["keys"].clone()
}

async fn list(posts: &Program, token: &str) -> Answer {
    Client::new()
        .get(&format!("{}/api/posts", posts.url()), Some(token))
        .await
}
