//! Clients that take their time, against the limits that the programs have by themselves.

use std::{net::SocketAddr, ops::Range, time::Duration};

use e2e::{Pair, full_run};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
    time::Instant,
};

#[tokio::test]
async fn a_client_has_ten_seconds_for_its_header_and_thirty_for_its_body() {
    if !full_run() {
        println!("skipped: it takes half a minute, which scripts/test --full has");
        return;
    }
    let pair = Pair::start().await;
    let token = pair.client.login(&pair.auth_url(), "jack").await;
    let begun = |path: &str| {
        format!(
            "POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\
             Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{{"
        )
    };
    let [auth, posts] = [&pair.auth, &pair.posts].map(|it| it.as_ref().expect("it runs").public);
    tokio::join!(
        has_to_send_its_header(auth),
        has_to_send_its_header(posts),
        has_to_send_its_body(auth, begun("/api/login")),
        has_to_send_its_body(posts, begun("/api/posts")),
    );
}

async fn has_to_send_its_header(address: SocketAddr) {
    let (answer, after) = left_waiting(address, "GET / HTTP/1.1\r\nHost: localhost\r\n").await;
    assert!(seconds(10..20).contains(&after), "{after:?} {answer}");
}

async fn has_to_send_its_body(address: SocketAddr, begun: String) {
    let (answer, after) = left_waiting(address, &begun).await;
    assert!(seconds(30..50).contains(&after), "{after:?} {answer}");
    assert!(answer.starts_with("HTTP/1.1 408 "), "{answer}");
}

/// The end may be late on a busy machine, and never early.
fn seconds(range: Range<u64>) -> Range<Duration> {
    Duration::from_secs(range.start)..Duration::from_secs(range.end)
}

/// What was answered when the connection was closed, and when that was.
async fn left_waiting(address: SocketAddr, begun: &str) -> (String, Duration) {
    let since = Instant::now();
    let mut stream = TcpStream::connect(address).await.expect("it listens");
    let written = stream.write_all(begun.as_bytes()).await;
    written.expect("the connection is open");
    let mut answer = String::new();
    let _closed_either_way = stream.read_to_string(&mut answer).await;
    (answer, since.elapsed())
}
