//! A stop finishes what is in flight, and ends within ten seconds.

use std::io::{BufRead, BufReader};
use std::process::Stdio;
use std::time::Duration;

use e2e::{Pair, Program, until};
use rustix::process::{Pid, Signal, kill_process};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

/// A login whose body is held back until the program has been told to stop.
async fn a_request_in_flight_is_answered(mut program: Program, path: &str) {
    let body = r#"{"username":"jack","password":"jack_password"}"#;
    let mut connection = TcpStream::connect(program.public)
        .await
        .expect("it listens");
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\nExpect: 100-continue\r\n\r\n",
        program.public,
        body.len()
    );
    connection
        .write_all(head.as_bytes())
        .await
        .expect("the head is taken");
    // The interim answer shows that a handler is waiting for the body.
    let mut interim = [0; 12];
    connection
        .read_exact(&mut interim)
        .await
        .expect("an answer begins");
    program.signal(Signal::TERM);
    until_refusing(&program).await;
    connection
        .write_all(body.as_bytes())
        .await
        .expect("the body is taken");
    let mut answer = String::new();
    let read = connection.read_to_string(&mut answer);
    tokio::time::timeout(Duration::from_secs(30), read)
        .await
        .expect("it ends")
        .expect("in text");
    let status = if interim.ends_with(b"100") {
        &answer[..]
    } else {
        ""
    };
    assert!(
        status.contains("HTTP/1.1 200") || answer.contains("HTTP/1.1 401"),
        "{answer}"
    );
    assert!(
        program.wait().success(),
        "a stop in order ends with success"
    );
}

async fn until_refusing(program: &Program) {
    let refused = async || TcpStream::connect(program.public).await.is_err();
    until("the listener is closed", refused).await;
}

/// The log is read by a thread that may lag behind the program's end.
async fn until_logged(program: &Program, message: &str) {
    let quoted = format!("{message:?}");
    let logged = async || program.log().iter().any(|line| line.contains(&quoted));
    until("the log says so", logged).await;
}

#[tokio::test]
async fn auth_told_to_stop_finishes_the_login_in_flight() {
    let mut pair = Pair::stopped().await;
    pair.start_auth().await;
    a_request_in_flight_is_answered(pair.auth.take().expect("auth is running"), "/api/login").await;
}

#[tokio::test]
async fn both_stop_with_success_while_connections_idle() {
    let mut pair = Pair::start().await;
    let _idle = pair
        .client
        .get(&format!("{}/healthz", pair.posts_url()), None)
        .await;
    for program in [pair.auth.take(), pair.posts.take()] {
        let program = program.expect("both are running");
        assert!(program.stop().success());
    }
}

#[tokio::test]
async fn a_second_signal_ends_at_once() {
    let mut pair = Pair::stopped().await;
    pair.start_auth().await;
    let mut program = pair.auth.take().expect("auth is running");
    // A request that never ends would hold a stop in order for its ten seconds.
    let mut connection = TcpStream::connect(program.public)
        .await
        .expect("it listens");
    let head = "POST /api/login HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 9\r\nExpect: 100-continue\r\n\r\n";
    connection
        .write_all(head.as_bytes())
        .await
        .expect("the head is taken");
    connection
        .read_exact(&mut [0; 12])
        .await
        .expect("a handler waits for the body");
    program.signal(Signal::TERM);
    until_refusing(&program).await;
    program.signal(Signal::TERM);
    program.wait();
    until_logged(&program, "stopped at once").await;
}

/// The port of a server that is not there.
const AWAY: &str = "--database-url=postgres://nobody@127.0.0.1:1/nothing";

#[test]
fn a_start_that_waits_for_its_database_is_stopped_at_once() {
    for (name, signal) in [("auth", Signal::TERM), ("posts", Signal::INT)] {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let mut program = Program::command(name, folder.path())
            .args(["serve", "--issuer=http://127.0.0.1:1", AWAY])
            .args(["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"])
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let mut log = BufReader::new(program.stderr.take().expect("it is piped")).lines();
        let mut said = |what: &str| {
            let found = log.find(|line| line.as_ref().is_ok_and(|line| line.contains(what)));
            assert!(found.is_some(), "{name} never said {what}");
        };
        said("the database cannot be reached");
        let pid = i32::try_from(program.id()).expect("a process id fits");
        let pid = Pid::from_raw(pid).expect("it is not zero");
        kill_process(pid, signal).expect("it is running");
        said("stopping");
        let status = program.wait().expect("a child can be waited for");
        // A start that waits to the end of its patience fails.
        assert!(status.success(), "{name}: {status}");
    }
}
