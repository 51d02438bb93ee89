//! A PostgreSQL server of this run's own: a new cluster in a folder, reached by a socket in it,
//! with the durability that the server has by default.

use std::{
    fs,
    os::unix::fs::chown,
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
    thread,
    time::Duration,
};

use crate::{
    clock,
    failure::{Failure, Result, While as _},
    pin::Processors,
    usage::Usage,
};

/// A running server; ended when dropped, or with this process.
pub(crate) struct Cluster {
    keeper: Child,
    programs: PathBuf,
    folder: PathBuf,
    process: u32,
}

/// Outlives this process, however that ends: closing the pipe stops the server by its process id.
const KEEPER: &str = r#"
    log=$1; shift
    "$@" >>"$log" 2>&1 & server=$!
    read -r _; kill -INT "$server"; wait "$server"
"#;

/// Vacuuming starts and ends processes at its own times, which are nobody's requests.
const SETTINGS: [&str; 4] = [
    "listen_addresses=",
    "shared_buffers=256MB",
    "max_connections=100",
    "autovacuum=off",
];

const PATIENCE: Duration = Duration::from_secs(20);

impl Cluster {
    /// Makes a cluster in `folder`, which must not be there yet, and starts it.
    pub(crate) fn start(folder: PathBuf, processors: Processors) -> Result<Self> {
        let programs = programs().ok_or_else(|| {
            Failure::new("PostgreSQL's programs are missing (Debian: apt-get install postgresql)")
        })?;
        fs::create_dir(&folder)?;
        let owner = owner()?;
        if let Some(owner) = owner {
            chown(&folder, Some(owner), None)?;
        }
        let data = folder.join("data");
        let mut make = as_owner(owner, &programs.join("initdb"));
        make.args(["--auth=trust", "--username=postgres", "--encoding=UTF8"])
            .args(["--locale=C", "--no-sync", "--pgdata"])
            .arg(&data);
        run(make)?;
        let mut server = as_owner(owner, &programs.join("postgres"));
        server.arg("-D").arg(&data).arg("-k").arg(&folder);
        for setting in SETTINGS {
            server.args(["-c", setting]);
        }
        let mut keeper = Command::new("/bin/sh");
        keeper
            .args(["-c", KEEPER, "keeper"])
            .arg(folder.join("log"))
            .arg(server.get_program())
            .args(server.get_args())
            .current_dir("/")
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        let mut cluster = Self {
            keeper: processors.on_server(|| keeper.spawn())?,
            programs,
            folder,
            process: 0,
        };
        cluster.until_it_answers()?;
        cluster.process = cluster.read_process()?;
        Ok(cluster)
    }

    /// The address of its database, as the services take it.
    pub(crate) fn url(&self) -> String {
        format!(
            "postgres://postgres@/postgres?host={}",
            self.folder.display()
        )
    }

    /// The folder of its socket.
    pub(crate) fn socket(&self) -> &Path {
        &self.folder
    }

    /// CPU time of the server and all of its processes so far.
    pub(crate) fn usage(&self) -> Usage {
        Usage::of(self.process)
    }

    /// Runs statements as the owner of the database.
    pub(crate) fn execute(&self, sql: &str) -> Result<()> {
        let mut psql = Command::new(self.programs.join("psql"));
        psql.args(["--no-psqlrc", "--quiet", "--set=ON_ERROR_STOP=1"])
            .args(["--username=postgres", "--dbname=postgres", "--host"])
            .arg(&self.folder)
            .args(["--command", sql]);
        run(psql)
    }

    /// What the server says of itself.
    pub(crate) fn version(&self) -> String {
        let output = Command::new(self.programs.join("postgres"))
            .arg("--version")
            .output();
        output.map_or_else(
            |_| "unknown".to_owned(),
            |output| String::from_utf8_lossy(&output.stdout).trim().to_owned(),
        )
    }

    fn until_it_answers(&self) -> Result<()> {
        let began = clock::now();
        while clock::since(began) < PATIENCE {
            let asked = Command::new(self.programs.join("pg_isready"))
                .args(["--quiet", "--host"])
                .arg(&self.folder)
                .status()?;
            if asked.success() {
                return Ok(());
            }
            thread::sleep(Duration::from_millis(20));
        }
        let log = fs::read_to_string(self.folder.join("log")).unwrap_or_default();
        Err(Failure::new(format!("PostgreSQL did not start: {log}")))
    }

    fn read_process(&self) -> Result<u32> {
        let file = fs::read_to_string(self.folder.join("data/postmaster.pid"))?;
        let first = file.lines().next().unwrap_or_default();
        first
            .trim()
            .parse()
            .while_doing("reading the number of PostgreSQL's process")
    }
}

impl Drop for Cluster {
    fn drop(&mut self) {
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}

/// The newest of those that Debian has put there, or what is on the path.
fn programs() -> Option<PathBuf> {
    let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten();
    let mut places: Vec<_> = versions
        .flatten()
        .map(|version| version.path().join("bin"))
        .collect();
    places.sort();
    places.reverse();
    let path = std::env::var_os("PATH").unwrap_or_default();
    places.extend(std::env::split_paths(&path));
    let whole = |place: &PathBuf| {
        ["initdb", "postgres", "pg_isready", "psql"]
            .iter()
            .all(|program| place.join(program).exists())
    };
    places.into_iter().find(whole)
}

/// PostgreSQL refuses to run as root, so root runs it as the user that its package made.
fn owner() -> Result<Option<u32>> {
    if !rustix::process::geteuid().is_root() {
        return Ok(None);
    }
    let users = fs::read_to_string("/etc/passwd")?;
    let line = users.lines().find(|line| line.starts_with("postgres:"));
    let id = line.and_then(|line| line.split(':').nth(2)?.parse().ok());
    id.map(Some)
        .ok_or_else(|| Failure::new("there is no user postgres to run PostgreSQL as"))
}

fn as_owner(owner: Option<u32>, program: &Path) -> Command {
    let Some(owner) = owner else {
        return Command::new(program);
    };
    let mut command = Command::new("setpriv");
    command
        .arg(format!("--reuid={owner}"))
        .args(["--clear-groups", "--regid=postgres"])
        .arg(program)
        .current_dir("/");
    command
}

fn run(mut command: Command) -> Result<()> {
    let output = command.output().while_doing(format_args!("{command:?}"))?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    Err(Failure::new(format!("{command:?} failed: {said}")))
}
