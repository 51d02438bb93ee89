//! A running service on a port of its own, and a client that talks to it.

use std::ffi::OsString;
use std::num::NonZero;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use auth::app::App;
use auth::password::{HasherSettings, Parameters};
use auth::service::Service;
use auth::settings::{ServeOptions, Settings};
use clap::Parser;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};
use tempfile::TempDir;
use token::{ManualClock, Timestamp};
use tokio::sync::OnceCell;
use tokio::task::JoinSet;

use crate::storage::{self, Template};

/// When every test begins.
pub(crate) const BEGINNING: Timestamp = Timestamp::from_unix_seconds(1_900_000_000);

/// Cheap enough for tests that hash hundreds of times.
pub(crate) const SMALL: Parameters = Parameters {
    memory: 64,
    passes: 1,
    lanes: 1,
};

/// One service with its own database and its own time.
pub(crate) struct World {
    pub(crate) clock: ManualClock,
    pub(crate) service: Arc<Service>,
    pub(crate) base: String,
    pub(crate) ops: String,
    client: reqwest::Client,
    running: JoinSet<std::process::ExitCode>,
    folder: TempDir,
}

/// An answer, read whole.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: reqwest::header::HeaderMap,
    pub(crate) text: String,
}

impl Answer {
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error}: {} {}", self.status, self.text))
    }

    pub(crate) fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    pub(crate) fn member(&self, name: &str) -> String {
        self.json()[name]
            .as_str()
            .unwrap_or_else(|| panic!("no {name}: {}", self.text))
            .to_owned()
    }

    /// The status, checked by whoever expects just that.
    #[track_caller]
    pub(crate) fn expect(self, status: u16) -> Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }
}

impl World {
    /// The demo, and nothing unusual.
    pub(crate) async fn start() -> Self {
        Self::start_with(&[]).await
    }

    /// The demo, with more options on the command line.
    pub(crate) async fn start_with(options: &[&str]) -> Self {
        Self::start_plain(&[&["--demo"], options].concat()).await
    }

    /// The users of the demo in the database, but not the demo.
    pub(crate) async fn start_plain(options: &[&str]) -> Self {
        let folder = TempDir::new().unwrap();
        copy_template(folder.path()).await;
        Self::start_in(folder, options, ManualClock::new(BEGINNING)).await
    }

    async fn start_in(folder: TempDir, options: &[&str], clock: ManualClock) -> Self {
        let settings = settings(folder.path(), options);
        Self::serve(settings, folder, clock).await
    }

    /// A service with just these settings.
    pub(crate) async fn serve(settings: Settings, folder: TempDir, clock: ManualClock) -> Self {
        let app = App::build_with_clock(settings, Arc::new(clock.clone()))
            .await
            .unwrap();
        let base = format!("http://{}", app.local_addr());
        let ops = format!("http://{}", app.ops_addr());
        let service = app.service();
        let mut running = JoinSet::new();
        running.spawn(app.run());
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let client = reqwest::Client::builder().no_proxy().build().unwrap();
        Self {
            clock,
            service,
            base,
            ops,
            client,
            running,
            folder,
        }
    }

    /// Stops the service and starts it again on the same data.
    pub(crate) async fn restart(mut self, options: &[&str]) -> Self {
        self.running.shutdown().await;
        let options = [&["--demo"], options].concat();
        Self::start_in(self.folder, &options, self.clock).await
    }

    /// Starts it again on the same data, with so many places for hashes and nobody waiting for
    /// one.
    pub(crate) async fn restart_with_places_to_hash(
        mut self,
        places: usize,
        options: &[&str],
    ) -> Self {
        self.running.shutdown().await;
        let mut settings = settings(self.folder.path(), options);
        settings.hasher.threads = NonZero::<usize>::MIN;
        settings.hasher.jobs_per_thread = places;
        settings.hasher.patience = Duration::ZERO;
        Self::serve(settings, self.folder, self.clock).await
    }

    pub(crate) async fn send(&self, request: reqwest::RequestBuilder) -> Answer {
        let response = request.send().await.unwrap();
        let (status, headers) = (response.status(), response.headers().clone());
        Answer {
            status,
            headers,
            text: response.text().await.unwrap(),
        }
    }

    pub(crate) fn request(&self, method: Method, path: &str) -> reqwest::RequestBuilder {
        self.client.request(method, format!("{}{path}", self.base))
    }

    /// A number as an operator sees it, by its name and labels.
    pub(crate) async fn metric(&self, series: &str) -> f64 {
        let request = self.client.get(format!("{}/metrics", self.ops));
        let all = self.send(request).await.expect(200).text;
        let line = all.lines().find_map(|line| line.strip_prefix(series));
        line.unwrap_or_else(|| panic!("no {series}: {all}"))
            .trim()
            .parse()
            .unwrap()
    }

    pub(crate) async fn get(&self, path: &str) -> Answer {
        self.send(self.request(Method::GET, path)).await
    }

    pub(crate) async fn post(&self, path: &str, body: &Value) -> Answer {
        self.send(self.json(path, body)).await
    }

    pub(crate) fn json(&self, path: &str, body: &Value) -> reqwest::RequestBuilder {
        self.request(Method::POST, path)
            .header("content-type", "application/json")
            .body(body.to_string())
    }

    pub(crate) fn form(&self, path: &str, body: &str) -> reqwest::RequestBuilder {
        self.request(Method::POST, path)
            .header("content-type", "application/x-www-form-urlencoded")
            .body(body.to_owned())
    }

    pub(crate) async fn post_as(&self, path: &str, token: &str, body: &Value) -> Answer {
        self.send(self.json(path, body).bearer_auth(token)).await
    }

    pub(crate) async fn log_in(&self, username: &str, password: &str) -> Answer {
        let body = json!({ "username": username, "password": password });
        self.post("/api/login", &body).await
    }

    /// A login as it comes through a trusted proxy from somewhere else.
    pub(crate) async fn log_in_from(
        &self,
        address: &str,
        username: &str,
        password: &str,
    ) -> Answer {
        let forwarded = ("x-forwarded-for", address);
        self.log_in_forwarded(forwarded, username, password).await
    }

    /// The same with a forwarding header as it is.
    pub(crate) async fn log_in_forwarded(
        &self,
        (header, value): (&str, &str),
        username: &str,
        password: &str,
    ) -> Answer {
        let body = json!({ "username": username, "password": password });
        let request = self.json("/api/login", &body).header(header, value);
        self.send(request).await
    }

    /// Jack, logged in.
    pub(crate) async fn jack(&self) -> Answer {
        self.log_in("jack", "jack_password").await.expect(200)
    }

    pub(crate) async fn refresh(&self, token: &str) -> Answer {
        self.post("/api/refresh", &json!({ "refresh_token": token }))
            .await
    }

    pub(crate) fn hashes_run(&self) -> u64 {
        self.service.hasher.hashes_run()
    }

    pub(crate) fn advance(&self, seconds: u64) {
        self.clock.advance(Duration::from_secs(seconds));
    }

    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }
}

/// The settings that a command line leads to, with cheap hashes.
pub(crate) fn settings(folder: &Path, options: &[&str]) -> Settings {
    let database = format!("--database-url={}", storage::url(folder));
    storage::seal(folder);
    let sealing_key = format!(
        "--sealing-key-file={}",
        folder.join("sealing.key").display()
    );
    let fixed = ["auth", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
    let own = [database.as_str(), sealing_key.as_str()];
    let line = [fixed.as_slice(), &own, options].concat();
    cheap(check(&line).unwrap())
}

/// The same settings with hashes that cost next to nothing.
pub(crate) fn cheap(settings: Settings) -> Settings {
    let threads = NonZero::new(2).unwrap();
    let patience = Duration::from_mins(1);
    let hasher = HasherSettings {
        parameters: SMALL,
        threads,
        patience,
        ..settings.hasher
    };
    Settings { hasher, ..settings }
}

/// What `auth serve` makes of a command line.
pub(crate) fn check(line: &[&str]) -> Result<Settings, String> {
    #[derive(Debug, Parser)]
    struct Line {
        #[command(flatten)]
        options: ServeOptions,
    }
    let line = line.iter().map(OsString::from);
    let (line, problems) = chassis::settings::parse_from::<Line>("AUTHTEST", line)
        .map_err(|error| error.to_string())?;
    line.options
        .check(problems)
        .map_err(|problems| problems.to_string())
}

/// A database with the demo's users and a signing key, made once for all tests.
async fn copy_template(folder: &Path) {
    static TEMPLATE: OnceCell<Template> = OnceCell::const_new();
    let template = TEMPLATE.get_or_init(make_template).await;
    template.copy_to(folder).await;
}

async fn make_template() -> Template {
    let folder = TempDir::new().unwrap();
    let clock = Arc::new(ManualClock::new(BEGINNING));
    App::build_with_clock(settings(folder.path(), &["--demo"]), clock)
        .await
        .unwrap();
    Template::of(folder)
}
