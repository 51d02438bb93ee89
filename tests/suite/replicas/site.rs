//! A database, three of each service on it, and a balancer in front of each three.

use std::{
    fs, os::unix::fs::OpenOptionsExt, path::PathBuf, process::Command, sync::Arc, time::Duration,
};

use aws_lc_rs::rand;
use base64::{Engine, prelude::BASE64_STANDARD};
use chassis::database::postgres::testing::Cluster;
use e2e::{Balancer, Client, Program, until};
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;

use super::record::Record;

pub(crate) const REPLICAS: usize = 3;

/// A key signs for five seconds, and is announced for four of them.
const AUTH: [&str; 7] = [
    "--demo",
    "--rotate-every=5s",
    "--announce-for=4s",
    "--jwks-max-age=1s",
    "--leeway=1s",
    "--token-ttl=30s",
    "--database-timeout=2s",
];
const POSTS: [&str; 3] = ["--demo", "--min-refetch=1s", "--database-timeout=2s"];

#[derive(Clone, Copy)]
pub(super) enum Service {
    Auth,
    Posts,
}

pub(super) struct Site {
    auth: Replicas,
    posts: Replicas,
    folder: TempDir,
}

struct Replicas {
    name: &'static str,
    database_url: String,
    balancer: Balancer,
    options: Vec<String>,
    running: Vec<Program>,
}

/// Where the services are, for those who use them.
#[derive(Clone)]
pub(super) struct Addresses {
    pub(super) auth: String,
    pub(super) posts: String,
}

impl Site {
    /// All six started at once on an empty database.
    pub(super) async fn on(cluster: &Cluster) -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        Self::start(folder, [cluster.url(); 2], REPLICAS).await
    }

    /// One of each on files, as on a machine of its own.
    pub(super) async fn on_files() -> Self {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let file = |name| format!("sqlite://{}", folder.path().join(name).display());
        let (auth, posts) = (file("auth.db"), file("posts.db"));
        Self::start(folder, [&auth, &posts], 1).await
    }

    async fn start(folder: TempDir, [auth, posts]: [&str; 2], replicas: usize) -> Self {
        write_sealing_key(&folder.path().join("sealing.key"));
        let mut site = Self {
            auth: Replicas::of("auth", auth, &AUTH).await,
            posts: Replicas::of("posts", posts, &POSTS).await,
            folder,
        };
        let issuer = format!("--issuer={}", site.auth.balancer.url());
        let sealing_key = site.sealing_key();
        site.auth.options.extend([issuer.clone(), sealing_key]);
        site.posts.options.push(issuer);
        for place in 0..replicas {
            for service in [Service::Auth, Service::Posts] {
                let program = site.start_one(service, place).await;
                site.replicas(service).running.push(program);
            }
        }
        until("all are ready", async || site.is_ready().await).await;
        site
    }

    pub(super) fn addresses(&self) -> Addresses {
        Addresses {
            auth: self.auth.balancer.url(),
            posts: self.posts.balancer.url(),
        }
    }

    /// The commands of an operator, who needs the database and the sealing key alone.
    pub(super) fn operator(&self) -> Operator {
        Operator {
            folder: self.folder.path().to_owned(),
            options: [self.auth.database(), self.sealing_key()],
        }
    }

    /// As a rolling restart does: stop one, start it again, and go on when it is ready. Whoever
    /// comes meanwhile is refused, and goes to another.
    pub(super) async fn replace(&mut self, service: Service, place: usize) {
        let old = self.replicas(service).running.remove(place);
        let stopped = tokio::task::block_in_place(|| old.stop());
        assert!(stopped.success(), "what was in flight was finished");
        self.replicas(service).balancer.put(place, None).await;
        let new = self.start_one(service, place).await;
        until("the new one is ready", async || is_ready(&new).await).await;
        self.replicas(service).running.insert(place, new);
    }

    /// Whether every replica says that it is.
    pub(super) async fn is_ready(&self) -> bool {
        for program in self.auth.running.iter().chain(&self.posts.running) {
            if !is_ready(program).await {
                return false;
            }
        }
        true
    }

    /// `migrate`, as the owner of the schema runs it.
    pub(super) fn migrate(&self, service: Service) -> Command {
        let replicas = self.of(service);
        let mut command = Program::command(replicas.name, self.folder.path());
        command.args(["migrate", &replicas.database()]);
        command
    }

    /// `serve`, as one more replica would be started.
    pub(super) fn serve(&self, service: Service) -> Command {
        let replicas = self.of(service);
        let mut command = Program::command(replicas.name, self.folder.path());
        command.args(["serve", "--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"]);
        command.arg(replicas.database()).args(&replicas.options);
        command
    }

    /// Where a service keeps its data.
    pub(super) fn database_url(&self, service: Service) -> &str {
        &self.of(service).database_url
    }

    pub(super) fn stop(self) {
        for program in self.auth.running.into_iter().chain(self.posts.running) {
            assert!(program.stop().success());
        }
    }

    /// In a folder of its own, as on a machine of its own.
    async fn start_one(&mut self, service: Service, place: usize) -> Program {
        let folder = self.folder.path().to_owned();
        let replicas = self.replicas(service);
        let folder = folder.join(format!("{}-{place}", replicas.name));
        fs::create_dir_all(&folder).expect("the folder is writable");
        let database = replicas.database();
        let options = replicas.options.iter().map(String::as_str);
        let options: Vec<_> = options.chain([&*database]).collect();
        let serve = || Program::serve(replicas.name, &folder, &options);
        let program = tokio::task::block_in_place(serve);
        replicas.balancer.put(place, program.public).await;
        program
    }

    fn of(&self, service: Service) -> &Replicas {
        match service {
            Service::Auth => &self.auth,
            Service::Posts => &self.posts,
        }
    }

    fn replicas(&mut self, service: Service) -> &mut Replicas {
        match service {
            Service::Auth => &mut self.auth,
            Service::Posts => &mut self.posts,
        }
    }

    fn sealing_key(&self) -> String {
        let file = self.folder.path().join("sealing.key");
        format!("--sealing-key-file={}", file.display())
    }
}

impl Replicas {
    async fn of(name: &'static str, database_url: &str, options: &[&str]) -> Self {
        Self {
            name,
            database_url: database_url.to_owned(),
            balancer: Balancer::open(REPLICAS).await,
            options: options.iter().map(ToString::to_string).collect(),
            running: Vec::new(),
        }
    }

    fn database(&self) -> String {
        format!("--database-url={}", self.database_url)
    }
}

/// A server of the test's own, or `None`, in words, where there are no programs for one.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
pub(crate) fn throw_away_cluster() -> Option<Cluster> {
    let cluster = Cluster::start();
    if cluster.is_none() {
        eprintln!("skipped: there is no PostgreSQL to start and stop on this machine");
    }
    cluster
}

/// As `head -c 32 /dev/urandom | base64 >sealing.key` makes it.
pub(crate) fn write_sealing_key(file: &std::path::Path) {
    let mut key = [0; 32];
    rand::fill(&mut key).expect("the system has randomness");
    let mut options = fs::OpenOptions::new();
    let mut file = options
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(file)
        .expect("it is new");
    std::io::Write::write_all(&mut file, BASE64_STANDARD.encode(key).as_bytes())
        .expect("it is written");
}

pub(crate) async fn is_ready(program: &Program) -> bool {
    let url = format!("http://{}/readyz", program.ops);
    let answer = Client::new().try_send(Method::GET, &url, None, None).await;
    answer.is_ok_and(|answer| answer.status == 200)
}

/// Somebody with a shell.
#[derive(Clone)]
pub(super) struct Operator {
    folder: PathBuf,
    options: [String; 2],
}

/// How often the operator looks at the ring.
const LOOK: Duration = Duration::from_millis(300);

/// How long a key has to have been announced before its predecessor is revoked: everybody who
/// asks for keys at all has then got it.
const KNOWN_TO_ALL: Duration = Duration::from_secs(3);

impl Operator {
    /// Looks at the ring until the end: there is one active key at every moment.
    pub(super) async fn watch(self, record: Arc<Record>) {
        while !record.is_over() {
            let moment = record.moment();
            match self.keys(&["list", "--json"]).await {
                Ok(list) => match &states(&list, "active")[..] {
                    [kid] => record.saw_active(kid),
                    active => record.failed(format!("{} active keys: {list}", active.len())),
                },
                Err(error) if record.was_down_since(moment) => drop(error),
                Err(error) => record.failed(format!("keys list: {error}")),
            }
            tokio::time::sleep(LOOK).await;
        }
    }

    /// Revokes the key that signs, once its successor is known to all.
    pub(super) async fn revoke_the_active_key(self, record: &Record) {
        let mut announced = Vec::new();
        until("a successor is announced", async || {
            announced = self.listed("announced").await;
            !announced.is_empty()
        })
        .await;
        tokio::time::sleep(KNOWN_TO_ALL).await;
        let active = self.listed("active").await.remove(0);
        record.is_being_revoked(&active);
        self.keys(&["revoke", &active])
            .await
            .expect("the key can be revoked");
    }

    async fn listed(&self, state: &str) -> Vec<String> {
        states(
            &self
                .keys(&["list", "--json"])
                .await
                .expect("the keys can be listed"),
            state,
        )
    }

    /// `auth keys …`, and what it printed.
    async fn keys(&self, words: &[&str]) -> Result<String, String> {
        let mut command = Program::command("auth", &self.folder);
        command.arg("keys").args(words).args(&self.options);
        let run = tokio::task::spawn_blocking(move || command.output());
        let output = run
            .await
            .expect("it does not panic")
            .expect("auth can be started");
        if output.status.success() {
            return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
        }
        Err(String::from_utf8_lossy(&output.stderr).into_owned())
    }
}

fn states(list: &str, state: &str) -> Vec<String> {
    let list: Value = serde_json::from_str(list).expect("it is JSON");
    let keys = list.as_array().expect("it is a list").iter();
    keys.filter(|key| key["state"] == state)
        .map(|key| key["kid"].as_str().expect("it is a text").to_owned())
        .collect()
}
