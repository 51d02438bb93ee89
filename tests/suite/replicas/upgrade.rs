//! A rolling upgrade: the next version expands the schema of both services while this one serves.
//! What runs fails nothing and keeps what the next one wrote; what is started after that refuses.

use std::{process::Command, sync::Arc};

use e2e::{Answer, Client, PATIENCE, login_body, until};
use reqwest::Method;
use serde_json::json;

use super::customer::Customer;
use super::next_version::NextVersion;
use super::record::Record;
use super::site::{Service, Site, throw_away_cluster};

/// What the customers ask before the expansion, and after it.
const REQUESTS: usize = 200;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn replicas_serve_on_after_the_next_version_has_expanded_their_database() {
    let Some(cluster) = throw_away_cluster() else {
        return;
    };
    println!("{}", upgrade(Site::on(&cluster).await).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn services_serve_on_after_the_next_version_has_expanded_their_files() {
    println!("{}", upgrade(Site::on_files().await).await);
}

/// Tells what the customers saw.
async fn upgrade(site: Site) -> String {
    let record = Arc::new(Record::default());
    let customers = Customer::several_at_work(&site.addresses(), &record);
    let jack = Jack::log_in(&site).await;
    serve_a_stretch(&record).await;

    let start = |service| NextVersion::start(service, site.database_url(service));
    let (auth, posts) = tokio::join!(start(Service::Auth), start(Service::Posts));
    for next in [&auth, &posts] {
        next.note().await;
    }
    let written = [auth.notes().await, posts.notes().await];
    assert!(written.iter().all(|notes| *notes > 0), "{written:?}");
    jack.refreshes_and_edits().await;
    serve_a_stretch(&record).await;
    rotate(&record).await;
    assert_eq!([auth.notes().await, posts.notes().await], written);

    refuses_to_start(&site, Service::Auth, &auth).await;
    refuses_to_start(&site, Service::Posts, &posts).await;
    assert!(
        site.is_ready().await,
        "nobody minds the one that is refused"
    );
    serve_a_stretch(&record).await;
    record.end();
    let customers = customers.join_all().await;
    record.assert_that_nothing_failed();
    for customer in customers {
        customer.finds_exactly_what_was_acknowledged().await;
    }
    site.stop();
    record.summary()
}

/// Until the customers have asked enough.
async fn serve_a_stretch(record: &Record) {
    let before = record.requests();
    until("there was enough to do", async || {
        record.requests() >= before + REQUESTS
    })
    .await;
}

/// Until another key signs, which auth has written down.
async fn rotate(record: &Record) {
    let before = record.signers();
    until("another key signs", async || record.signers() > before).await;
}

async fn refuses_to_start(site: &Site, service: Service, next: &NextVersion) {
    let [known, found] = next.versions;
    let words = format!(
        "the database has schema version {found}, and this program knows versions up to {known}; \
         start the newer program, or restore a backup made before it ran"
    );
    for command in [site.migrate(service), site.serve(service)] {
        let (code, said) = run(command).await;
        assert_eq!(code, Some(1), "{said}");
        assert!(said.contains(&words), "{said}");
    }
}

async fn run(command: Command) -> (Option<i32>, String) {
    let mut command = tokio::process::Command::from(command);
    let ended = tokio::time::timeout(PATIENCE, command.kill_on_drop(true).output()).await;
    let output = ended.expect("it ends").expect("it can be started");
    let said = [output.stdout, output.stderr].concat();
    (
        output.status.code(),
        String::from_utf8_lossy(&said).into_owned(),
    )
}

/// A user who has a login and a post from before the expansion.
struct Jack {
    auth: String,
    posts: String,
    refresh_token: String,
}

impl Jack {
    async fn log_in(site: &Site) -> Self {
        let addresses = site.addresses();
        let url = format!("{}/api/login", addresses.auth);
        let login = post(&url, &login_body("jack")).await;
        Self {
            auth: addresses.auth,
            posts: addresses.posts,
            refresh_token: text(&login, "refresh_token"),
        }
    }

    async fn refreshes_and_edits(&self) {
        let url = format!("{}/api/refresh", self.auth);
        let login = post(&url, &json!({ "refresh_token": self.refresh_token })).await;
        let token = text(&login, "access_token");
        let (client, list) = (Client::new(), format!("{}/api/posts", self.posts));
        let posts = client.get(&list, Some(&token)).await.json();
        let url = format!(
            "{list}/{}",
            posts[0]["id"].as_str().expect("a post has an id")
        );
        let change = json!({ "title": "edited", "body": "by the version before" });
        let edited = client
            .send(Method::PUT, &url, Some(&token), Some(&change))
            .await;
        assert_eq!(edited.status, 200, "{}", edited.text);
        assert_eq!(
            client.get(&url, Some(&token)).await.json()["title"],
            "edited"
        );
    }
}

async fn post(url: &str, body: &serde_json::Value) -> Answer {
    let answer = Client::new()
        .send(Method::POST, url, None, Some(body))
        .await;
    assert_eq!(answer.status, 200, "{}", answer.text);
    answer
}

fn text(answer: &Answer, name: &str) -> String {
    answer.json()[name]
        .as_str()
        .expect("it is a text")
        .to_owned()
}
