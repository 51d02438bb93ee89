//! Clients that take their time, with the limits shortened so that the test need not.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use chassis::{Limits, Listener};
use tokio::net::TcpStream;

use crate::server::{LARGE, start};

const SHORT: Duration = Duration::from_millis(300);
const LONG: Duration = Duration::from_secs(15);

/// Every time is long but the one under test, so the wrong limit would make the test fail.
fn patient() -> Limits {
    Limits {
        header_read: LONG,
        body_read: LONG,
        idle: LONG,
        ..Limits::default()
    }
}

#[tokio::test]
async fn a_silent_connection_is_closed_after_the_header_time() {
    let server = start(Limits {
        header_read: SHORT,
        ..patient()
    })
    .await;
    assert_eq!(server.exchange(b"").await, "");
}

#[tokio::test]
async fn a_header_that_trickles_is_cut_off() {
    let server = start(Limits {
        header_read: SHORT,
        ..patient()
    })
    .await;
    let mut client = server.connect().await;
    for byte in b"GET / HTTP/1.1\r\nHost: here\r\nX-Slow: aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
    {
        client.send(&[*byte]).await;
        tokio::time::sleep(SHORT / 30).await;
    }
    assert_eq!(client.rest().await, "");
}

#[tokio::test]
async fn a_body_that_trickles_is_refused_and_the_connection_closed() {
    let server = start(Limits {
        body_read: SHORT,
        ..patient()
    })
    .await;
    let mut client = server.connect().await;
    client
        .send(b"POST /json HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\nContent-Length: 900\r\n\r\n{")
        .await;
    let answer = client.rest().await;
    assert!(
        answer.starts_with("HTTP/1.1 408 ") && answer.contains("request-timeout"),
        "{answer}"
    );
}

#[tokio::test]
async fn an_idle_connection_is_closed_after_the_idle_time_and_not_before() {
    let server = start(Limits {
        header_read: SHORT,
        idle: SHORT * 4,
        ..patient()
    })
    .await;
    let mut client = server.connect().await;
    client.send(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
    assert!(client.answer().await.starts_with("HTTP/1.1 200 "));
    #[expect(
        clippy::disallowed_methods,
        reason = "a real connection keeps real time"
    )]
    let answered = Instant::now();
    assert_eq!(client.rest().await, "");
    assert!(answered.elapsed() >= SHORT * 3, "{:?}", answered.elapsed());
}

#[tokio::test]
async fn a_client_that_does_not_take_its_answer_is_left() {
    let server = start(Limits {
        idle: SHORT,
        ..patient()
    })
    .await;
    let mut client = server.connect().await;
    client
        .send(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        .await;
    tokio::time::sleep(SHORT * 3).await;
    let received = client.rest().await.len();
    assert!(received < LARGE, "{received}");
}

#[tokio::test]
async fn hundreds_may_knock_before_the_first_is_let_in() {
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind("queue", loopback, None, patient()).await;
    let address = listener.as_ref().unwrap().local_addr();
    let mut waiting = Vec::new();
    for _ in 0..300 {
        let knocked = tokio::time::timeout(LONG, TcpStream::connect(address)).await;
        waiting.push(knocked.expect("the queue is full").unwrap());
    }
}

#[tokio::test]
async fn connections_beyond_the_cap_are_turned_away_and_a_free_place_is_given_again() {
    let server = start(Limits {
        connections: Some(1),
        ..patient()
    })
    .await;
    let mut first = server.connect().await;
    first.send(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
    first.answer().await;
    let refused = server.exchange(b"").await;
    assert!(
        refused.starts_with("HTTP/1.1 503 ") && refused.contains("retry-after"),
        "{refused}"
    );
    drop(first);
    let mut answer = String::new();
    while !answer.starts_with("HTTP/1.1 200 ") {
        answer = server
            .exchange(b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n")
            .await;
    }
}
