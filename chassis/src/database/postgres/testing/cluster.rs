//! A cluster in a temporary folder, reached through a socket in it.

use std::fs::Permissions;
use std::io::Write;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

/// A running server. It ends, and its folder goes, with this value or with the process.
pub struct Cluster {
    url: String,
    keeper: Child,
    programs: PathBuf,
    folder: TempDir,
}

/// Outlives the test's process, however that ends: closing the pipe stops the server by its
/// process id and removes the folder. A number on the pipe stops it for that many seconds.
const KEEPER: &str = r#"
    folder=$1; shift
    while "$@" >>"$folder/log" 2>&1 & server=$!; read -r pause; do
        kill -INT "$server"; wait "$server"; sleep "$pause"
    done
    kill -INT "$server" 2>/dev/null; wait "$server"; rm -rf "$folder"
"#;

/// What a crash of the machine would need, and a crash of the server does not.
const IN_A_HURRY: [&str; 2] = ["fsync=off", "full_page_writes=off"];

impl Cluster {
    /// A new cluster; `None` when this machine has no server programs.
    ///
    /// # Panics
    /// When the programs are there and do not work.
    #[must_use]
    pub fn start() -> Option<Self> {
        Self::start_with(|folder| (socket_url(folder), settings(["listen_addresses="])))
    }

    /// As [`Cluster::start`], on a port of `localhost` and with TLS by this certificate.
    ///
    /// # Panics
    /// As [`Cluster::start`].
    #[must_use]
    pub fn start_encrypted(certificate: &str, key: &str) -> Option<Self> {
        Self::start_with(|folder| {
            write_private(&folder.join("server.crt"), certificate);
            write_private(&folder.join("server.key"), key);
            let port = free_port();
            let url = format!("postgres://postgres@localhost:{port}/postgres");
            let file = |name: &str| folder.join(name).display().to_string();
            let settings = settings([
                "listen_addresses=127.0.0.1",
                &format!("port={port}"),
                "ssl=on",
                &format!("ssl_cert_file={}", file("server.crt")),
                &format!("ssl_key_file={}", file("server.key")),
            ]);
            (url, settings)
        })
    }

    fn start_with(prepare: impl FnOnce(&Path) -> (String, Vec<String>)) -> Option<Self> {
        let programs = programs()?;
        let folder = tempfile::Builder::new()
            .prefix("pg-")
            .tempdir()
            .expect("a folder is made");
        belong_to_the_server(folder.path());
        let made = as_server(&programs.join("initdb"))
            .args([
                "--no-sync",
                "--auth=trust",
                "--username=postgres",
                "--encoding=UTF8",
            ])
            .args(["--locale=C", "--pgdata"])
            .arg(folder.path().join("data"))
            .output()
            .expect("initdb can be run");
        assert!(
            made.status.success(),
            "initdb: {}",
            String::from_utf8_lossy(&made.stderr)
        );
        let (url, settings) = prepare(folder.path());
        let keeper = keep(&programs, folder.path(), &settings);
        let cluster = Self {
            url,
            keeper,
            programs,
            folder,
        };
        cluster.until_it_answers();
        Some(cluster)
    }

    /// The `postgres://` URL of the database `postgres`, for its owner.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Stops the server, which ends every connection, and starts it again after `pause`.
    ///
    /// # Panics
    /// When the keeper of the server is gone.
    pub fn restart(&mut self, pause: Duration) {
        let pipe = self
            .keeper
            .stdin
            .as_mut()
            .expect("the pipe is open until the end");
        writeln!(pipe, "{}", pause.as_secs_f32()).expect("the keeper listens");
    }

    /// What the server has logged.
    ///
    /// # Panics
    /// When there is no log.
    #[must_use]
    pub fn log(&self) -> String {
        std::fs::read_to_string(self.folder.path().join("log")).expect("the server logs there")
    }

    fn until_it_answers(&self) {
        let port = self.url.rsplit(':').next().unwrap_or_default();
        let port = port.strip_suffix("/postgres").unwrap_or("5432");
        for _ in 0..600 {
            let asked = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--host"])
                .arg(self.folder.path())
                .args(["--port", port])
                .status();
            if asked.expect("pg_isready can be run").success() {
                return;
            }
            thread::sleep(Duration::from_millis(20));
        }
        let log = std::fs::read_to_string(self.folder.path().join("log")).unwrap_or_default();
        panic!("the server did not start:\n{log}");
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

fn socket_url(folder: &Path) -> String {
    format!("postgres://postgres@/postgres?host={}", folder.display())
}

fn settings<const N: usize>(own: [&str; N]) -> Vec<String> {
    let all = own.into_iter().chain(IN_A_HURRY);
    all.flat_map(|setting| ["-c".to_owned(), setting.to_owned()])
        .collect()
}

/// Only its owner may read it, and that is the server's user.
fn write_private(file: &Path, text: &str) {
    std::fs::write(file, text).expect("it is our folder");
    std::fs::set_permissions(file, Permissions::from_mode(0o600)).expect("it is our file");
    if rustix::process::geteuid().is_root() {
        chown(file, user_id("postgres"), None).expect("root may give a file away");
    }
}

fn free_port() -> u16 {
    let listener = std::net::TcpListener::bind("127.0.0.1:0").expect("a port is free");
    listener.local_addr().expect("it is bound").port()
}

fn keep(programs: &Path, folder: &Path, settings: &[String]) -> Child {
    let server = as_server(&programs.join("postgres"));
    let mut keeper = Command::new("/bin/sh");
    keeper.args(["-c", KEEPER, "keeper"]).arg(folder);
    keeper.arg(server.get_program()).args(server.get_args());
    keeper
        .arg("-D")
        .arg(folder.join("data"))
        .arg("-k")
        .arg(folder);
    keeper.args(settings);
    keeper
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    keeper.spawn().expect("a shell can be run")
}

/// Where `initdb` and `postgres` are: on the path, or where Debian puts them, the newest first.
fn programs() -> Option<PathBuf> {
    let found = std::fs::read_dir("/usr/lib/postgresql").ok();
    let mut places: Vec<_> = found
        .into_iter()
        .flatten()
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    places.sort();
    places
        .into_iter()
        .rev()
        .find(|place| place.join("initdb").exists())
}

/// The server refuses to run as root, so root runs it as the user that its package made.
fn as_server(program: &Path) -> Command {
    if !rustix::process::geteuid().is_root() {
        return Command::new(program);
    }
    let mut command = Command::new("setpriv");
    command
        .args(["--reuid=postgres", "--regid=postgres", "--clear-groups"])
        .arg(program)
        .current_dir("/");
    command
}

fn belong_to_the_server(folder: &Path) {
    std::fs::set_permissions(folder, Permissions::from_mode(0o755)).expect("it is our folder");
    if rustix::process::geteuid().is_root() {
        let postgres = user_id("postgres");
        chown(folder, postgres, None).expect("root may give a folder away");
    }
}

fn user_id(name: &str) -> Option<u32> {
    let users = std::fs::read_to_string("/etc/passwd").ok()?;
    let line = users
        .lines()
        .find(|line| line.split(':').next() == Some(name))?;
    line.split(':').nth(2)?.parse().ok()
}
