//! A running service with a clock in the test's hand, and clients to call it.
use std::ffi::OsString;
use std::path::Path;
use std::sync::Arc;

use clap::Parser;
use http::{HeaderMap, Method, StatusCode};
use posts::app::App;
use posts::settings::{ServeOptions, Settings};
use reqwest::RequestBuilder;
use serde_json::{Value, json};
use tempfile::TempDir;
use token::{ManualClock, Timestamp};

use crate::{issuer, storage};

/// Both scopes.
pub(crate) const ALL: &str = "posts:read posts:write";

/// One running service on a database of its own.
pub(crate) struct Posts {
    pub(crate) app: App,
    pub(crate) clock: ManualClock,
    pub(crate) folder: TempDir,
    client: reqwest::Client,
}

/// A caller with a token, or without.
#[derive(Clone)]
pub(crate) struct Caller {
    base: String,
    token: Option<String>,
    client: reqwest::Client,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
}

impl Posts {
    /// A service with the defaults.
    pub(crate) async fn start() -> Self {
        Self::with(&[]).await
    }

    /// A service with these flags on top of the defaults.
    pub(crate) async fn with(flags: &[&str]) -> Self {
        let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
        Self::restart(tempfile::tempdir().unwrap(), clock, flags).await
    }

    /// A service with these flags, whose keys come from the issuer that they name.
    pub(crate) async fn without_key_file(flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
        let settings = parse(
            folder.path(),
            &storage::url(folder.path()).await,
            &[],
            flags,
        );
        Self::serve(settings, folder, clock).await
    }

    /// A service on what an earlier one has left.
    pub(crate) async fn restart(folder: TempDir, clock: ManualClock, flags: &[&str]) -> Self {
        let settings = settings(folder.path(), &storage::url(folder.path()).await, flags);
        Self::serve(settings, folder, clock).await
    }

    /// A replica: one of several services on one database.
    pub(crate) async fn on(database: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
        let settings = settings(folder.path(), database, &["--demo"]);
        Self::serve(settings, folder, clock).await
    }

    async fn serve(settings: Settings, folder: TempDir, clock: ManualClock) -> Self {
        let app = App::build_with_clock(settings, Arc::new(clock.clone()))
            .await
            .unwrap();
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder()
            .no_proxy()
            .redirect(reqwest::redirect::Policy::none())
            .build()
            .unwrap();
        Self {
            app,
            clock,
            folder,
            client,
        }
    }

    /// Stops the service and gives back what it leaves.
    pub(crate) async fn stop(self) -> (TempDir, ManualClock) {
        self.app.stopping().cancel();
        self.app.run().await;
        (self.folder, self.clock)
    }

    /// A user who may read and write.
    pub(crate) fn user(&self, name: &str) -> Caller {
        self.user_with(name, ALL)
    }

    /// A user with a scope.
    pub(crate) fn user_with(&self, name: &str, scope: &str) -> Caller {
        use token::Clock;
        self.bearer(&issuer::token(name, scope, self.clock.now()))
    }

    /// A caller with any token.
    pub(crate) fn bearer(&self, token: &str) -> Caller {
        Caller {
            token: Some(token.to_owned()),
            ..self.stranger()
        }
    }

    /// A caller without a token.
    pub(crate) fn stranger(&self) -> Caller {
        let base = format!("http://{}", self.app.local_addr());
        Caller {
            base,
            token: None,
            client: self.client.clone(),
        }
    }

    /// A caller of the listener for operators.
    pub(crate) fn operator(&self) -> Caller {
        Caller {
            base: format!("http://{}", self.app.ops_addr()),
            ..self.stranger()
        }
    }
}

impl Caller {
    /// A call to be completed and sent with [`Send::answer`].
    pub(crate) fn call(&self, method: Method, path: &str) -> RequestBuilder {
        let request = self.client.request(method, format!("{}{path}", self.base));
        match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        }
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.call(Method::GET, path).answer().await
    }

    pub(crate) async fn post(&self, body: &Value) -> Answer {
        self.call(Method::POST, "/api/posts")
            .json(body)
            .answer()
            .await
    }

    pub(crate) async fn put(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PUT, path).json(body).answer().await
    }

    pub(crate) async fn patch(&self, path: &str, body: &Value) -> Answer {
        self.call(Method::PATCH, path)
            .merge_patch(body)
            .answer()
            .await
    }

    pub(crate) async fn delete(&self, path: &str) -> Answer {
        self.call(Method::DELETE, path).answer().await
    }

    /// Makes a post and gives its path.
    pub(crate) async fn create(&self, title: &str) -> String {
        let answer = self.post(&json!({ "title": title })).await;
        assert_eq!(answer.status, 201, "{answer:?}");
        answer.header("location").to_owned()
    }

    /// The titles of a list.
    pub(crate) async fn titles(&self, path: &str) -> Vec<String> {
        self.get(path).await.titles()
    }
}

/// What the tests add to a request.
pub(crate) trait Send {
    fn json(self, body: &Value) -> Self;
    fn merge_patch(self, body: &Value) -> Self;
    async fn answer(self) -> Answer;
}

impl Send for RequestBuilder {
    fn json(self, body: &Value) -> Self {
        self.header("content-type", "application/json")
            .body(body.to_string())
    }

    fn merge_patch(self, body: &Value) -> Self {
        self.header("content-type", "application/merge-patch+json")
            .body(body.to_string())
    }

    async fn answer(self) -> Answer {
        let response = self.send().await.unwrap();
        Answer {
            status: response.status(),
            headers: response.headers().clone(),
            body: response.bytes().await.unwrap().to_vec(),
        }
    }
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }

    /// A header's value, or the empty string.
    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// The target of the link with this relation.
    pub(crate) fn link(&self, relation: &str) -> Option<String> {
        let links = self.header("link").split(", ");
        let suffix = format!(">; rel=\"{relation}\"");
        let found = links
            .into_iter()
            .find_map(|link| link.strip_suffix(&suffix));
        found.map(|link| link.strip_prefix('<').unwrap().to_owned())
    }

    pub(crate) fn titles(&self) -> Vec<String> {
        assert_eq!(self.status, 200, "{self:?}");
        let list = self.json();
        let title = |post: &Value| post["title"].as_str().unwrap().to_owned();
        list.as_array().unwrap().iter().map(title).collect()
    }

    /// Holds an error to RFC 9457 as the contract asks for it, and gives the document.
    #[track_caller]
    pub(crate) fn problem(&self, status: u16) -> Value {
        assert_eq!(self.status, status, "{self:?}");
        assert_eq!(
            self.header("content-type"),
            "application/problem+json",
            "{self:?}"
        );
        let problem = self.json();
        assert_eq!(problem["status"], status, "{problem}");
        for member in ["type", "title", "detail"] {
            assert!(
                problem[member]
                    .as_str()
                    .is_some_and(|text| !text.is_empty()),
                "{problem}"
            );
        }
        assert_eq!(
            problem["request_id"],
            self.header("x-request-id"),
            "{problem}"
        );
        problem
    }
}

#[derive(Parser)]
struct Line {
    #[command(flatten)]
    options: ServeOptions,
}

/// The settings of a service in `folder` that listens on free ports and reads keys from a file.
fn settings(folder: &Path, database: &str, flags: &[&str]) -> Settings {
    let keys = folder.join("keys.json");
    std::fs::write(&keys, issuer::key_set()).unwrap();
    let keys = ["--jwks-file", keys.to_str().unwrap()];
    parse(folder, database, &keys, flags)
}

fn parse(folder: &Path, database: &str, keys: &[&str], flags: &[&str]) -> Settings {
    let cache = folder.join("jwks.json");
    let fixed = [
        "posts",
        "--listen=127.0.0.1:0",
        "--ops-listen=127.0.0.1:0",
        "--database-url",
        database,
        "--jwks-cache-file",
        cache.to_str().unwrap(),
    ];
    let line = [&fixed, keys, flags]
        .concat()
        .into_iter()
        .map(OsString::from);
    let (line, problems) = chassis::settings::parse_from::<Line>("POSTS", line).unwrap();
    line.options.check(problems).unwrap()
}
