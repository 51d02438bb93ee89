//! More connections than the process may have files open: those that fit are served, the others
//! are turned away, and nothing of it lasts.

use std::{
    fs,
    net::SocketAddr,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};

use e2e::{Pair, Program, full_run, until};
use tokio::{net::TcpStream, time::timeout};

use super::conversation::{Outcome, ask, request};

/// Files that the process may have open.
const LIMIT: usize = 64;

const CONNECTIONS: usize = 200;

/// Far longer than any answer takes, far shorter than a server keeps an idle connection.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test]
async fn auth_with_few_open_files_survives_a_crowd() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let auth = serve("auth", folder.path(), &["--demo"]);
    let key_set = request("GET /.well-known/jwks.json", &[], "");
    a_crowd_comes_and_goes(&auth, &key_set).await;
    assert!(auth.stop().success());
}

#[tokio::test]
async fn posts_with_few_open_files_survives_a_crowd() {
    let mut pair = Pair::stopped().await;
    pair.start_auth().await;
    let issuer = format!("--issuer={}", pair.auth_url());
    pair.posts = Some(serve("posts", pair.folder(), &["--demo", &issuer]));
    pair.until_ready().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    let fields = [format!("Authorization: Bearer {token}")];
    let list = request("GET /api/posts", &fields, "");
    let posts = pair.posts.take().expect("posts is running");
    a_crowd_comes_and_goes(&posts, &list).await;
    assert!(posts.stop().success());
}

fn serve(name: &str, folder: &Path, options: &[&str]) -> Program {
    let mut command = Command::new("sh");
    command
        .args(["-c", &format!("ulimit -n {LIMIT}; exec \"$0\" \"$@\"")])
        .arg(Program::command(name, folder).get_program())
        .env_clear()
        .current_dir(folder)
        .stdin(Stdio::null());
    let listening = ["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
    Program::serve_by(command, name, &[&listening, options].concat())
}

async fn a_crowd_comes_and_goes(program: &Program, request: &str) {
    let crowd = gather(program.public).await;
    let operators = gather(program.ops).await;
    let mut inside = Vec::new();
    for mut stream in crowd {
        if is_served(&mut stream, request).await {
            inside.push(stream);
        }
    }
    assert!((1..CONNECTIONS).contains(&inside.len()), "{}", inside.len());
    it_rests(program).await;
    for stream in &mut inside {
        assert!(is_served(stream, request).await, "a guest was sent away");
    }
    assert_that_descriptors_sufficed(program);
    // Who has been served may stay idle for longer than anybody waits here, so what frees the
    // places is that they are given up.
    drop((inside, operators));
    until("somebody new is served", async || {
        let mut stream = TcpStream::connect(program.public)
            .await
            .expect("it listens");
        is_served(&mut stream, request).await
    })
    .await;
}

async fn gather(address: SocketAddr) -> Vec<TcpStream> {
    let mut crowd = Vec::new();
    for _ in 0..CONNECTIONS {
        crowd.push(TcpStream::connect(address).await.expect("it listens"));
    }
    crowd
}

/// Served, and not turned away, which may be in words.
async fn is_served(stream: &mut TcpStream, request: &str) -> bool {
    let asked = timeout(PATIENCE, ask(stream, request)).await;
    match asked.expect("nobody is left waiting") {
        Outcome::Answered(reply) if reply.status == 200 => true,
        Outcome::Answered(reply) if reply.status == 503 && reply.says_farewell => false,
        Outcome::Closed | Outcome::Reset => false,
        outcome => panic!("{outcome}"),
    }
}

/// A server that asks for connections in vain over and over uses up all the time there is.
async fn it_rests(program: &Program) {
    let watched = Duration::from_secs(if full_run() { 10 } else { 1 });
    let before = processor_time(program);
    tokio::time::sleep(watched).await;
    let used = processor_time(program).saturating_sub(before);
    assert!(used < watched / 4, "{used:?} of {watched:?}");
}

/// In user and system mode, which Linux tells in hundredths of a second (proc(5)).
fn processor_time(program: &Program) -> Duration {
    let stat = fs::read_to_string(format!("/proc/{}/stat", program.pid()));
    let stat = stat.expect("the program is running");
    let (_, fields) = stat.rsplit_once(')').expect("the name is in brackets");
    let times = fields.split_whitespace().skip(11).take(2);
    let ticks: u64 = times.filter_map(|ticks| ticks.parse::<u64>().ok()).sum();
    Duration::from_millis(10 * ticks)
}

/// Places are counted so that the process never runs out.
fn assert_that_descriptors_sufficed(program: &Program) {
    let folder = format!("/proc/{}/fd", program.pid());
    let open = fs::read_dir(folder).expect("the program is running");
    assert!(open.count() < LIMIT);
    let log = program.log();
    let troubled =
        |line: &&String| line.contains("cannot accept") || line.contains("Too many open");
    assert_eq!(log.iter().find(troubled), None);
}
