//! Told to stop while many clients keep asking on connections that they keep, both programs cut
//! no answer, and log nobody out.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering},
    },
};

use e2e::{Pair, Program, full_run, login_body, until};
use reqwest::Method;
use rustix::process::Signal;
use serde_json::{Value, json};
use tokio::{net::TcpStream, task::JoinSet};

use super::conversation::{Outcome, Reply, ask, request};

const READERS: usize = 24;
const LOGINS: usize = 12;

/// Posts in a list, and bytes of each: more together than the buffers of a connection hold, so
/// that the stop meets answers that are half written.
const POSTS: usize = 16;
const POST_BYTES: usize = 60_000;

/// What the clients have met.
#[derive(Debug, Default)]
struct Record {
    answered: AtomicUsize,
    farewells: AtomicUsize,
    closed: AtomicUsize,
    refused: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_told_to_stop_under_load_cuts_no_answer() {
    let mut pair = Pair::start().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    write_posts(&pair, &token).await;
    let fields = [format!("Authorization: Bearer {token}")];
    let list = request(&format!("GET /api/posts?limit={POSTS}"), &fields, "");
    for _ in 0..rounds() {
        let posts = pair.posts.take().expect("posts is running");
        let record = Arc::new(Record::default());
        let mut readers = JoinSet::new();
        for _ in 0..READERS {
            let mut client = Client::new(&posts, &record);
            let list = list.clone();
            readers.spawn(async move { while client.ask(&list).await.is_some() {} });
        }
        stop_under_load(posts, &record, READERS).await;
        readers.join_all().await;
        record.assert_that_nothing_failed();
        pair.start_posts();
        pair.until_ready().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_told_to_stop_under_load_cuts_no_answer_and_logs_nobody_out() {
    let mut pair = Pair::stopped().await;
    pair.start_auth().await;
    let mut tokens = JoinSet::new();
    for number in 0..LOGINS {
        let url = format!("{}/api/login", pair.auth_url());
        let (client, body) = (pair.client.clone(), login_body(user(number)));
        tokens.spawn(async move {
            let answer = client.send(Method::POST, &url, None, Some(&body)).await;
            refresh_token(&answer.text).expect("the demo's users may log in")
        });
    }
    let mut tokens = tokens.join_all().await;
    for _ in 0..rounds() {
        let auth = pair.auth.take().expect("auth is running");
        let record = Arc::new(Record::default());
        let mut logins = JoinSet::new();
        for token in tokens {
            logins.spawn(refresh_until_refused(Client::new(&auth, &record), token));
        }
        stop_under_load(auth, &record, LOGINS).await;
        tokens = logins.join_all().await;
        record.assert_that_nothing_failed();
        pair.start_auth().await;
        for token in &mut tokens {
            *token = refresh_once_more(&pair, token).await;
        }
    }
}

fn rounds() -> usize {
    if full_run() { 20 } else { 1 }
}

fn user(number: usize) -> &'static str {
    ["jack", "robert", "lina"][number % 3]
}

async fn write_posts(pair: &Pair, token: &str) {
    let url = format!("{}/api/posts", pair.posts_url());
    for number in 0..POSTS {
        let post = json!({ "title": number.to_string(), "body": "x".repeat(POST_BYTES) });
        let send = pair
            .client
            .send(Method::POST, &url, Some(token), Some(&post));
        assert_eq!(send.await.status, 201);
    }
}

/// Goes on with a login until nobody takes the token any more, which is then the newest one that
/// the client was told.
async fn refresh_until_refused(mut client: Client, mut token: String) -> String {
    let fields = ["Content-Type: application/json".to_owned()];
    loop {
        let body = json!({ "refresh_token": token }).to_string();
        let Some(reply) = client
            .ask(&request("POST /api/refresh", &fields, &body))
            .await
        else {
            return token;
        };
        token = refresh_token(&reply.body).unwrap_or(token);
    }
}

async fn refresh_once_more(pair: &Pair, token: &str) -> String {
    let url = format!("{}/api/refresh", pair.auth_url());
    let body = json!({ "refresh_token": token });
    let answer = pair
        .client
        .send(Method::POST, &url, None, Some(&body))
        .await;
    assert_eq!(answer.status, 200, "logged out: {}", answer.text);
    refresh_token(&answer.text).expect("a refresh answers a token")
}

fn refresh_token(answer: &str) -> Option<String> {
    let answer: Value = serde_json::from_str(answer).ok()?;
    Some(answer["refresh_token"].as_str()?.to_owned())
}

/// Stops the program once every client has been answered several times.
async fn stop_under_load(mut program: Program, record: &Record, clients: usize) {
    until("the load is there", async || {
        record.answered.load(Ordering::Relaxed) >= 4 * clients
    })
    .await;
    program.signal(Signal::TERM);
    let ended = tokio::task::spawn_blocking(move || program.wait()).await;
    let status = ended.expect("waiting does not panic");
    assert!(status.success(), "{status}");
}

/// Asks over and over on one connection, and on a new one only when that was closed.
struct Client {
    address: SocketAddr,
    connection: Option<TcpStream>,
    record: Arc<Record>,
}

impl Client {
    fn new(program: &Program, record: &Arc<Record>) -> Self {
        Self {
            address: program.public,
            connection: None,
            record: Arc::clone(record),
        }
    }

    /// Asks until there is an answer; `None` once connections are refused.
    async fn ask(&mut self, request: &str) -> Option<Reply> {
        loop {
            let kept = self.connection.take();
            let is_kept = kept.is_some();
            let mut connection = match kept {
                Some(connection) => connection,
                None => self.connect().await?,
            };
            match ask(&mut connection, request).await {
                Outcome::Answered(reply) => {
                    self.record.answer(&reply);
                    self.connection = (!reply.says_farewell).then_some(connection);
                    return Some(reply);
                }
                // RFC 9112 §9.3.1: a kept connection may be closed at any time, and the client
                // asks again.
                Outcome::Closed | Outcome::Reset if is_kept => count(&self.record.closed),
                // The kernel resets who knocked in the moment in which the listener was closed.
                Outcome::Reset => count(&self.record.refused),
                outcome => self.record.fail(outcome.to_string()),
            }
        }
    }

    async fn connect(&self) -> Option<TcpStream> {
        let error = match TcpStream::connect(self.address).await {
            Ok(connection) => return Some(connection),
            Err(error) => error,
        };
        match error.kind() {
            io::ErrorKind::ConnectionRefused => count(&self.record.refused),
            _ => self.record.fail(format!("no connection: {error}")),
        }
        None
    }
}

impl Record {
    fn answer(&self, reply: &Reply) {
        count(&self.answered);
        if reply.says_farewell {
            count(&self.farewells);
        }
        if reply.status != 200 {
            self.fail(format!("{}: {}", reply.status, reply.body));
        }
    }

    fn fail(&self, what: String) {
        self.failures.lock().expect("no holder panics").push(what);
    }

    fn assert_that_nothing_failed(&self) {
        let nothing = self.failures.lock().expect("no holder panics").is_empty();
        assert!(nothing, "{self:#?}");
    }
}

fn count(counter: &AtomicUsize) {
    counter.fetch_add(1, Ordering::Relaxed);
}
