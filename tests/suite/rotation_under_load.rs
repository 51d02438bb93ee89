//! Keys rotate every few seconds, one is revoked, and both services are replaced, while many
//! clients log in and read: no request fails but for tokens of the revoked key, and foreign
//! verifiers refuse no other token.

use std::{
    collections::BTreeSet,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
    time::{Duration, SystemTime},
};

use e2e::{Balancer, Client, Program, full_run, until};
use tokio::{task::JoinSet, time::Instant};

use crate::{
    foreign_verifier::ForeignVerifier,
    key_ring::{KeyRing, expiry_of, kid_of},
};

const CLIENTS: usize = 8;

/// A key signs for five seconds, and is announced for four of them.
const AUTH: [&str; 6] = [
    "--demo",
    "--rotate-every=5s",
    "--announce-for=4s",
    "--jwks-max-age=1s",
    "--leeway=1s",
    "--token-ttl=5s",
];

/// How long tokens of a revoked key may go on being taken: `jwks-max-age`, `leeway`, and the time
/// a server takes to follow.
const REFUSED_WITHIN: Duration = Duration::from_secs(4);

/// What the clients have seen.
#[derive(Default)]
struct Record {
    over: AtomicBool,
    requests: AtomicUsize,
    failures: Mutex<Vec<String>>,
    kids: Mutex<BTreeSet<String>>,
    revoked: Mutex<Option<String>>,
    verifiers: Vec<(ForeignVerifier, AtomicUsize)>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn no_request_fails_while_keys_rotate_and_servers_are_replaced() {
    let run = Duration::from_secs(if full_run() { 60 } else { 14 });
    let ring = KeyRing::empty();
    let (issuer, service) = (Balancer::open(1).await, Balancer::open(1).await);
    let mut auth = serve_auth(&ring, &issuer).await;
    let mut posts = serve_posts(ring.path(), &issuer, &service).await;
    ready(&issuer, &service).await;
    let verifiers = ForeignVerifier::all(&issuer.url()).await;
    let verifiers = verifiers.unwrap_or_else(|why| {
        println!("SKIPPED: foreign verifiers could not be installed: {why}");
        Vec::new()
    });
    let verifiers = verifiers.into_iter().map(|it| (it, AtomicUsize::new(0)));
    let record = Arc::new(Record {
        verifiers: verifiers.collect(),
        ..Record::default()
    });
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        let (issuer, service) = (issuer.url(), service.url());
        clients.spawn(work(number, issuer, service, Arc::clone(&record)));
    }
    let part = run / 4;
    tokio::time::sleep(part).await;
    // The next ones are up before the old ones stop, as in any rolling update.
    auth = replace(auth, serve_auth(&ring, &issuer).await);
    tokio::time::sleep(part).await;
    posts = replace(posts, serve_posts(ring.path(), &issuer, &service).await);
    tokio::time::sleep(part).await;
    let (leaked, refused) = revoke_the_active_key(&ring, &issuer, &service, &record).await;
    for (verifier, _) in &record.verifiers {
        let what = what_others_do(verifier, &leaked).await;
        println!("{}: a token of the revoked key: {what}", verifier.name);
    }
    tokio::time::sleep(part).await;
    record.over.store(true, Ordering::Relaxed);
    clients.join_all().await;
    let failures = record.failures.lock().expect("no holder panics");
    let rotations = record.kids.lock().expect("no holder panics").len() - 1;
    let requests = record.requests.load(Ordering::Relaxed);
    println!(
        "{requests} requests, {rotations} rotations, {} failures; a revoked key refused after {refused:?}",
        failures.len()
    );
    for (verifier, tokens) in &record.verifiers {
        let name = verifier.name;
        let failed = failures.iter().filter(|failure| failure.starts_with(name));
        println!(
            "{name}: {} tokens, {rotations} rotations, {} failures",
            tokens.load(Ordering::Relaxed),
            failed.count()
        );
    }
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(
        rotations >= if full_run() { 10 } else { 2 },
        "{rotations} rotations"
    );
    assert!(auth.stop().success() && posts.stop().success());
}

async fn serve_auth(ring: &KeyRing, issuer: &Balancer) -> Program {
    let url = format!("--issuer={}", issuer.url());
    let options = [&AUTH[..], &[&url]].concat();
    let auth = Program::serve("auth", ring.path(), &options);
    issuer.put(0, auth.public).await;
    auth
}

async fn serve_posts(folder: &Path, issuer: &Balancer, service: &Balancer) -> Program {
    let url = format!("--issuer={}", issuer.url());
    let posts = Program::serve("posts", folder, &["--demo", "--min-refetch=1s", &url]);
    service.put(0, posts.public).await;
    posts
}

fn replace(old: Program, new: Program) -> Program {
    assert!(old.stop().success(), "what was in flight was finished");
    new
}

async fn ready(issuer: &Balancer, service: &Balancer) {
    let client = Client::new();
    for front in [issuer, service] {
        let url = format!("{}/readyz", front.url());
        until("both are ready", async || {
            let answer = client
                .try_send(reqwest::Method::GET, &url, None, None)
                .await;
            answer.is_ok_and(|answer| answer.status == 200)
        })
        .await;
    }
}

/// Logs in every second and reads all the while, each on connections of its own.
async fn work(number: usize, issuer: String, service: String, record: Arc<Record>) {
    let user = ["jack", "robert", "lina"][number % 3];
    while !record.over.load(Ordering::Relaxed) {
        // A connection to a server that stops is the client's to give up; a new one is not.
        let client = Client::new();
        let body = e2e::login_body(user);
        let login = format!("{issuer}/api/login");
        let Some(answer) = record
            .send(
                &client,
                reqwest::Method::POST,
                &login,
                None,
                Some(&body),
                200,
            )
            .await
        else {
            continue;
        };
        let token = answer.json()["access_token"]
            .as_str()
            .unwrap_or_default()
            .to_owned();
        record
            .kids
            .lock()
            .expect("no holder panics")
            .insert(kid_of(&token));
        record.verify(&token).await;
        let until = Instant::now() + Duration::from_secs(1);
        while Instant::now() < until {
            read(&record, &service, &token).await;
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        // Once more with a set that may be another by now.
        record.verify(&token).await;
    }
}

async fn read(record: &Record, service: &str, token: &str) {
    let url = format!("{service}/api/posts");
    record
        .send(
            &Client::new(),
            reqwest::Method::GET,
            &url,
            Some(token),
            None,
            200,
        )
        .await;
}

impl Record {
    async fn send(
        &self,
        client: &Client,
        method: reqwest::Method,
        url: &str,
        token: Option<&str>,
        body: Option<&serde_json::Value>,
        expected: u16,
    ) -> Option<e2e::Answer> {
        self.requests.fetch_add(1, Ordering::Relaxed);
        let answer = client.try_send(method, url, token, body).await;
        let failure = match answer {
            Ok(answer) if answer.status == expected => return Some(answer),
            Ok(answer) => format!("{url}: {} {}", answer.status, answer.text),
            Err(error) => format!("{url}: {error:?}"),
        };
        if token.is_none_or(|token| self.is_good(token)) {
            let kid = token.map(kid_of);
            self.failures
                .lock()
                .expect("no holder panics")
                .push(format!("{kid:?} {failure}"));
        }
        None
    }

    async fn verify(&self, token: &str) {
        for (verifier, tokens) in &self.verifiers {
            tokens.fetch_add(1, Ordering::Relaxed);
            let Err(why) = verifier.verify(token).await else {
                continue;
            };
            if self.is_good(token) {
                let failure = format!("{} refuses {}: {why}", verifier.name, kid_of(token));
                self.failures
                    .lock()
                    .expect("no holder panics")
                    .push(failure);
            }
        }
    }

    /// Neither of the revoked key, nor so late on a busy machine that it has expired.
    fn is_good(&self, token: &str) -> bool {
        let revoked = self.revoked.lock().expect("no holder panics");
        let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
        revoked.as_ref() != Some(&kid_of(token)) && now.as_secs() < expiry_of(token)
    }
}

/// A key that is fresh, because none was announced, is one that a verifier may refuse which has
/// asked for keys a moment before and does not ask twice so soon. So the next one is announced.
async fn until_the_next_key_is_known(ring: &KeyRing) {
    let is_announced = || ring.list().iter().any(|key| key.state == "announced");
    until("the schedule announces a key", async || is_announced()).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
}

async fn revoke_the_active_key(
    ring: &KeyRing,
    issuer: &Balancer,
    service: &Balancer,
    record: &Record,
) -> (String, Duration) {
    until_the_next_key_is_known(ring).await;
    let client = Client::new();
    let leaked = client.login(&issuer.url(), "jack").await;
    *record.revoked.lock().expect("no holder panics") = Some(kid_of(&leaked));
    ring.done(&["revoke", &kid_of(&leaked)]);
    let revoked = Instant::now();
    let url = format!("{}/api/posts", service.url());
    until("a token of the revoked key is refused", async || {
        client.get(&url, Some(&leaked)).await.status == 401
    })
    .await;
    let taken = revoked.elapsed();
    assert!(taken < REFUSED_WITHIN, "{taken:?}");
    (leaked, taken)
}

/// Others keep their sets for as long as they like: what they do is told, not promised.
async fn what_others_do(verifier: &ForeignVerifier, revoked: &str) -> String {
    let since = Instant::now();
    loop {
        if let Err(why) = verifier.verify(revoked).await {
            return format!("{why} {:?} after posts", since.elapsed());
        }
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}
