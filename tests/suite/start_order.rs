//! The services, and the database behind them, may start in any order.

use std::path::Path;

use chassis::database::postgres::testing::Cluster;
use e2e::{Balancer, Cable, Client, Pair, Program, until};
use tokio::task::{JoinHandle, spawn_blocking};

use crate::replicas::site;
use crate::replicas_cut_off::socket_of;

#[tokio::test]
async fn posts_started_first_says_it_cannot_tell_and_then_serves() {
    let mut pair = Pair::stopped().await;
    pair.start_posts();
    let list = format!("{}/api/posts", pair.posts_url());
    let ready = format!("{}/readyz", pair.posts_url());

    assert_eq!(
        pair.client.get(&ready, None).await.status,
        503,
        "it holds no keys yet"
    );
    let token = e2e::Forger::of(&some_token().await).by_a_stranger();
    let early = pair.client.get(&list, Some(&token)).await;
    assert_eq!(early.status, 503, "{}", early.text);
    assert!(
        !early.header("retry-after").is_empty(),
        "{:?}",
        early.headers
    );

    pair.start_auth().await;
    pair.until_ready().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    assert_eq!(pair.client.get(&list, Some(&token)).await.status, 200);
}

/// A well-formed token of an issuer that posts does not know.
async fn some_token() -> String {
    let other = Pair::start().await;
    other.client.login(&other.auth_url(), "jack").await
}

#[derive(Clone, Copy)]
enum Part {
    Database,
    Auth,
    Posts,
}

const ORDERS: [[Part; 3]; 6] = [
    [Part::Database, Part::Auth, Part::Posts],
    [Part::Database, Part::Posts, Part::Auth],
    [Part::Auth, Part::Database, Part::Posts],
    [Part::Posts, Part::Database, Part::Auth],
    [Part::Auth, Part::Posts, Part::Database],
    [Part::Posts, Part::Auth, Part::Database],
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn auth_and_posts_and_an_empty_database_start_in_any_order() {
    for order in ORDERS {
        let Some(cluster) = site::throw_away_cluster() else {
            return;
        };
        let mut parts = Parts::around(&cluster).await;
        for part in order {
            parts.start(part).await;
        }
        parts.serve_a_login_and_a_list().await;
    }
}

/// A service that waits for the database says nothing until it is there.
type Starting = JoinHandle<Program>;

struct Parts {
    folder: tempfile::TempDir,
    /// Leads to the database, which is always there.
    cable: Cable,
    /// What the services know the database and the issuer by.
    database: Balancer,
    issuer: Balancer,
    is_database_there: bool,
    auth: Option<Starting>,
    posts: Option<Starting>,
}

impl Parts {
    async fn around(cluster: &Cluster) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        site::write_sealing_key(&folder.path().join("sealing.key"));
        Self {
            folder,
            cable: Cable::lay("127.0.0.1", socket_of(cluster)).await,
            database: Balancer::open(1).await,
            issuer: Balancer::open(1).await,
            is_database_there: false,
            auth: None,
            posts: None,
        }
    }

    /// Starts one; what cannot be without the database has then asked for it in vain.
    async fn start(&mut self, part: Part) {
        let before = self.database.turned_away();
        match part {
            Part::Database => {
                self.database.put(0, self.cable.address()).await;
                self.is_database_there = true;
                return;
            }
            Part::Auth => {
                self.auth = Some(self.serve("auth", &["--sealing-key-file=sealing.key"]));
            }
            Part::Posts => self.posts = Some(self.serve("posts", &[])),
        }
        if !self.is_database_there {
            until("it has been turned away", async || {
                self.database.turned_away() > before
            })
            .await;
        }
    }

    fn serve(&self, name: &'static str, own: &[&str]) -> Starting {
        let database = self.database.address();
        let mut options = vec![
            "--demo".to_owned(),
            format!("--issuer={}", self.issuer.url()),
            format!("--database-url=postgres://postgres@{database}/postgres?sslmode=disable"),
        ];
        options.extend(own.iter().map(ToString::to_string));
        let folder = self.folder.path().to_owned();
        spawn_blocking(move || serve(name, &folder, &options))
    }

    async fn serve_a_login_and_a_list(self) {
        let [auth, posts] = [self.auth, self.posts].map(|one| one.expect("it was started"));
        let auth = auth.await.expect("auth starts");
        self.issuer.put(0, auth.public).await;
        let posts = posts.await.expect("posts starts");
        for one in [&auth, &posts] {
            until("both are ready", async || site::is_ready(one).await).await;
        }
        let client = Client::new();
        let token = client.login(&self.issuer.url(), "jack").await;
        let list = format!("{}/api/posts", posts.url());
        let list = client.get(&list, Some(&token)).await;
        assert_eq!(list.status, 200, "{}", list.text);
        assert_eq!(list.json().as_array().map(Vec::len), Some(2));
    }
}

fn serve(name: &str, folder: &Path, options: &[String]) -> Program {
    let options: Vec<_> = options.iter().map(String::as_str).collect();
    Program::serve(name, folder, &options)
}
