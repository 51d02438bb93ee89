//! A whole process on the chassis: signals, crashes, the service manager, the sandbox.
//!
//! The process is this test program, started again to run [`child`] alone.

use std::io::{BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::os::fd::OwnedFd;
use std::os::unix::net::UnixDatagram;
use std::process::{Child, Command, ExitStatus, Stdio};
use std::time::Duration;

use rustix::process::{Pid, Signal, kill_process};
use serde_json::Value;
use tempfile::TempDir;

const PATIENCE: Duration = Duration::from_secs(20);
const CHILD: &str = "process::child::is_started_by_the_other_tests";

struct Process {
    child: Child,
    address: SocketAddr,
    log: BufReader<std::process::ChildStderr>,
}

/// `before` is shell that runs in front of the program.
fn start(before: &str, environment: &[(&str, &str)]) -> Process {
    start_with(before, environment, Stdio::null())
}

fn start_with(before: &str, environment: &[(&str, &str)], input: Stdio) -> Process {
    let mut child = command(before, environment)
        .stdin(input)
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let mut log = BufReader::new(child.stderr.take().unwrap());
    let address = loop {
        let line = next_line(&mut log).expect("the child ended before it listened");
        if line["message"] == "listening" {
            break line["addr"].as_str().unwrap().parse().unwrap();
        }
    };
    Process {
        child,
        address,
        log,
    }
}

fn command(before: &str, environment: &[(&str, &str)]) -> Command {
    let mut command = Command::new("bash");
    command
        .args(["-c", &format!("{before} exec \"$0\" \"$@\"")])
        .arg(std::env::current_exe().unwrap())
        .args([CHILD, "--exact", "--ignored", "--nocapture"])
        .envs(environment.iter().copied())
        .stdin(Stdio::null())
        .stdout(Stdio::null());
    command
}

fn next_line(log: &mut impl BufRead) -> Option<Value> {
    let mut line = String::new();
    while line.is_empty() || !line.starts_with('{') {
        line.clear();
        if log.read_line(&mut line).unwrap() == 0 {
            return None;
        }
    }
    Some(serde_json::from_str(&line).unwrap())
}

impl Process {
    fn send(&self, path: &str) -> TcpStream {
        send(self.address, path)
    }

    fn get(&self, path: &str) -> String {
        read(self.send(path))
    }

    fn signal(&self, signal: Signal) {
        kill_process(Pid::from_child(&self.child), signal).unwrap();
    }

    fn wait_for(&mut self, message: &str) {
        while next_line(&mut self.log).expect(message)["message"] != message {}
    }

    fn end(mut self) -> ExitStatus {
        let mut rest = Vec::new();
        self.log.read_to_end(&mut rest).unwrap();
        self.child.wait().unwrap()
    }
}

fn send(address: SocketAddr, path: &str) -> TcpStream {
    let mut stream = TcpStream::connect(address).unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    let request = format!("GET {path} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).unwrap();
    stream
}

fn read(mut stream: TcpStream) -> String {
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

#[test]
fn a_signal_finishes_what_is_in_flight_and_succeeds() {
    for signal in [Signal::TERM, Signal::INT] {
        let mut process = start("", &[]);
        let in_flight = process.send("/until-stopping");
        process.wait_for("waiting");
        process.signal(signal);
        assert!(read(in_flight).ends_with("finished"));
        assert!(process.end().success());
    }
}

#[test]
fn a_second_signal_ends_at_once() {
    let mut process = start("", &[]);
    let _stuck = process.send("/stuck");
    process.wait_for("waiting");
    process.signal(Signal::TERM);
    process.wait_for("stopping");
    process.signal(Signal::TERM);
    process.wait_for("stopped at once");
    assert!(process.end().success());
}

#[test]
fn a_crashed_task_ends_the_process_with_failure_and_a_message() {
    let mut process = start("", &[]);
    assert!(process.get("/crash").ends_with("crashing"));
    process.wait_for("a task panicked");
    assert_eq!(process.end().code(), Some(1));
}

#[test]
fn the_service_manager_is_told_and_may_pass_the_socket() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("notify");
    let manager = UnixDatagram::bind(&path).unwrap();
    manager.set_read_timeout(Some(PATIENCE)).unwrap();
    let told = || {
        let mut message = [0; 64];
        let length = manager.recv(&mut message).unwrap();
        String::from_utf8_lossy(&message[..length])
            .trim()
            .to_owned()
    };
    let socket = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = socket.local_addr().unwrap();
    let environment = [
        ("NOTIFY_SOCKET", path.to_str().unwrap()),
        ("WATCHDOG_USEC", "100000"),
        ("LISTEN_FDS", "1"),
        ("LISTEN_FDNAMES", "public"),
    ];
    let process = start_with("exec 3<&0;", &environment, OwnedFd::from(socket).into());
    assert_eq!(process.address, address);
    assert!(process.get("/").ends_with("hello"));
    assert_eq!(
        (told().as_str(), told().as_str()),
        ("READY=1", "WATCHDOG=1")
    );
    process.signal(Signal::TERM);
    while told() != "STOPPING=1" {}
    assert!(process.end().success());
}

#[test]
fn after_start_a_forbidden_open_fails() {
    let folder = TempDir::new().unwrap();
    let (inside, outside) = (folder.path().join("inside"), folder.path().join("outside"));
    std::fs::write(&outside, "secret").unwrap();
    let mut process = start("", &[("SUITE_SANDBOX", inside.to_str().unwrap())]);
    let open = |path: &str| process.get(&format!("/open{path}"));
    let within = open(inside.join("new").to_str().unwrap());
    let forbidden = [outside.to_str().unwrap(), "/etc/passwd", "/proc/1/environ"].map(open);
    let limits = std::fs::read_to_string(format!("/proc/{}/limits", process.child.id())).unwrap();
    let status = process.get("/status");
    assert!(limits.lines().any(|line| {
        line.starts_with("Max core file size") && line.split_whitespace().nth(4) == Some("0")
    }));
    assert!(status.contains("NoNewPrivs:\t1"), "{status}");
    assert!(within.ends_with("opened"), "{within}");
    process.signal(Signal::TERM);
    process.wait_for("stopping");
    assert!(process.end().success());
    if kernel_has_landlock() {
        for answer in forbidden {
            assert!(answer.ends_with("PermissionDenied"), "{answer}");
        }
    }
}

/// `lsm=` without it, or a kernel older than 5.13: the file rules then cannot be shown to hold.
fn kernel_has_landlock() -> bool {
    use landlock::{AccessFs, CompatLevel, Compatible, Ruleset, RulesetAttr};
    let required = Ruleset::default().set_compatibility(CompatLevel::HardRequirement);
    required
        .handle_access(AccessFs::ReadFile)
        .and_then(Ruleset::create)
        .is_ok()
}

#[test]
fn running_out_of_file_descriptors_is_survived() {
    let process = start("ulimit -n 64;", &[("SUITE_CONNECTIONS", "1000")]);
    let flood: Vec<_> = (0..100)
        .map(|_| TcpStream::connect(process.address).unwrap())
        .collect();
    drop(flood);
    assert!(process.get("/").ends_with("hello"));
    process.signal(Signal::TERM);
    assert!(process.end().success());
}

/// `/dev/full` is a disk without room; a pipe without a reader, a log shipper that died.
#[test]
fn a_log_that_cannot_be_written_stops_nobody_and_is_counted() {
    for log in ["exec 2>/dev/full;", "exec 2> >(:);"] {
        let folder = TempDir::new().unwrap();
        let path = folder.path().join("address");
        let path = path.to_str().unwrap();
        let mut child = command(&format!("set +e; {log}"), &[("SUITE_TELL", path)])
            .spawn()
            .unwrap();
        let address = until_told(path);
        for _ in 0..100 {
            assert!(read(send(address, "/log")).ends_with("logged"), "{log}");
        }
        let metrics = read(send(address, "/metrics"));
        kill_process(Pid::from_child(&child), Signal::TERM).unwrap();
        assert!(child.wait().unwrap().success(), "{log}");
        let lost = metrics
            .lines()
            .find_map(|line| line.strip_prefix("log_lines_lost_total "));
        assert!(lost.unwrap().parse::<u64>().unwrap() >= 100, "{log}");
    }
}

fn until_told(path: &str) -> SocketAddr {
    let told = || std::fs::read_to_string(path).ok()?.parse().ok();
    let polls = std::iter::repeat_with(|| {
        std::thread::sleep(Duration::from_millis(10));
        told()
    });
    polls.take(2000).flatten().next().expect("no address")
}

mod child {
    use std::fs::File;
    use std::net::SocketAddr;
    use std::process::ExitCode;
    use std::sync::Arc;

    use axum::extract::Path;
    use axum::routing::get;
    use chassis::telemetry::{self, LogFormat};
    use chassis::{Edge, Lifecycle, Limits, Listener, Metrics, Routes, Sandbox, runtime};
    use tokio::sync::Notify;

    #[test]
    #[ignore = "is not a test but the process that the tests beside it start"]
    fn is_started_by_the_other_tests() {
        telemetry::init(LogFormat::Json, "info").unwrap();
        if let Some(folder) = std::env::var_os("SUITE_SANDBOX") {
            Sandbox::new().writing(folder).enter().unwrap();
        }
        let code = runtime::run(serve());
        std::process::exit(i32::from(code != ExitCode::SUCCESS));
    }

    async fn serve() -> ExitCode {
        let lifecycle = Lifecycle::new();
        let metrics = Metrics::install().unwrap();
        let connections = std::env::var_os("SUITE_CONNECTIONS")
            .map(|number| number.to_str().unwrap().parse().unwrap());
        let limits = Limits {
            connections,
            ..Limits::default()
        };
        let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
        let listener = Listener::bind("public", loopback, None, limits)
            .await
            .unwrap();
        if let Some(path) = std::env::var_os("SUITE_TELL") {
            std::fs::write(path, listener.local_addr().to_string()).unwrap();
        }
        let routes = routes(&lifecycle).merge(metrics.routes());
        lifecycle.serve(listener, Edge::new(1024).wrap(routes));
        lifecycle.run().await
    }

    fn routes(lifecycle: &Lifecycle) -> Routes {
        let (crash, stopping) = (Arc::new(Notify::new()), lifecycle.stopping());
        let crashed = crash.clone();
        let told = stopping.clone();
        lifecycle.spawn::<&str>("doomed", async move {
            let asked_to_crash = told.run_until_cancelled(crashed.notified()).await.is_some();
            assert!(!asked_to_crash, "on purpose");
            Ok(())
        });
        let until_stopping = async move || {
            tracing::info!("waiting");
            stopping.cancelled().await;
            "finished"
        };
        let stuck = async || {
            tracing::info!("waiting");
            std::future::pending::<&str>().await
        };
        Routes::new()
            .route("/", get(async || "hello"))
            .route("/until-stopping", get(until_stopping))
            .route("/stuck", get(stuck))
            .route("/log", get(log))
            .route("/open/{*path}", get(open))
            .route(
                "/status",
                get(async || {
                    std::fs::read_to_string("/proc/thread-self/status").unwrap_or_default()
                }),
            )
            .route(
                "/crash",
                get(async move || {
                    crash.notify_one();
                    "crashing"
                }),
            )
    }

    async fn log() -> &'static str {
        tracing::warn!("a line");
        "logged"
    }

    /// Reads what is there, and makes what is not.
    async fn open(Path(path): Path<String>) -> String {
        let path = std::path::Path::new("/").join(path);
        let opened = if path.exists() {
            File::open(path)
        } else {
            File::create(path)
        };
        opened.map_or_else(
            |error| format!("{:?}", error.kind()),
            |_| "opened".to_owned(),
        )
    }
}
