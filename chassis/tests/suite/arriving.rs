//! Bodies that are long in coming, from more clients than there are places.

use chassis::Limits;

use crate::http2;
use crate::server::{Client, Server, start};

const PLACES: usize = 4;
const SLOW: usize = 10 * PLACES;

fn few_places() -> Limits {
    Limits {
        in_flight: PLACES,
        ..Limits::default()
    }
}

/// All of a request but the end of its body.
const BEGUN: &[u8] = b"POST /json HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n\
    Content-Length: 9\r\n\r\n{\"a\":";
const REST: &[u8] = b"\"b\"}";

const EXPECTING: &[u8] = b"POST /json HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n\
    Content-Length: 9\r\nExpect: 100-continue\r\n\r\n";
const CHUNKED: &[u8] = b"POST /json HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n\
    Transfer-Encoding: chunked\r\n\r\n5\r\n{\"a\":\r\n";

async fn begin(server: &Server, request: &[u8]) -> Client {
    let mut client = server.connect().await;
    client.send(request).await;
    client
}

/// As many as there may be, and more, one after another so that each has come to wait for its body.
async fn begin_many(server: &Server, request: &[u8]) -> Vec<Client> {
    let mut clients = Vec::new();
    for _ in 0..SLOW {
        clients.push(begin(server, request).await);
        is_served(server).await;
    }
    clients
}

/// With a body and without one.
async fn is_served(server: &Server) {
    for (request, answer) in [
        (
            &b"GET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n"[..],
            "hello",
        ),
        (
            b"POST /json HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\
            Content-Type: application/json\r\nContent-Length: 2\r\n\r\n{}",
            "read",
        ),
    ] {
        let answered = server.exchange(request).await;
        assert!(answered.starts_with("HTTP/1.1 200 "), "{answered}");
        assert!(answered.ends_with(answer), "{answered}");
    }
}

#[tokio::test]
async fn bodies_that_are_awaited_keep_nobody_out() {
    for begun in [BEGUN, EXPECTING, CHUNKED] {
        let server = start(few_places()).await;
        let _slow = begin_many(&server, begun).await;
    }
}

#[tokio::test]
async fn each_body_is_answered_when_it_is_there() {
    let server = start(few_places()).await;
    for mut client in begin_many(&server, BEGUN).await {
        client.send(REST).await;
        assert!(client.answer().await.ends_with("read"));
    }
    for mut client in begin_many(&server, EXPECTING).await {
        assert!(client.answer().await.starts_with("HTTP/1.1 100 "));
        client.send(b"{\"a\":\"b\"}").await;
        assert!(client.answer().await.ends_with("read"));
    }
    for mut client in begin_many(&server, CHUNKED).await {
        client.send(b"4\r\n\"b\"}\r\n0\r\n\r\n").await;
        assert!(client.answer().await.ends_with("read"));
    }
}

#[tokio::test]
async fn bodies_of_http2_streams_keep_nobody_out() {
    let server = start(few_places()).await;
    let mut client = http2::Client::connect(&server).await;
    for number in 0..u32::try_from(SLOW).unwrap() {
        client.begin_json(2 * number + 1).await;
        is_served(&server).await;
    }
}

#[tokio::test]
async fn a_body_that_is_there_when_every_place_is_taken_is_refused() {
    let server = start(few_places()).await;
    let mut late = begin(&server, BEGUN).await;
    is_served(&server).await;
    let mut working = Vec::new();
    for _ in 0..PLACES {
        working.push(begin(&server, b"GET /wait HTTP/1.1\r\nHost: here\r\n\r\n").await);
        server.waiting.notified().await;
    }
    late.send(REST).await;
    let refused = late.rest().await;
    assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
    assert!(refused.contains("retry-after: 1"), "{refused}");
    for mut client in working {
        server.proceed.notify_one();
        assert!(client.answer().await.ends_with("waited"));
    }
    is_served(&server).await;
}

#[tokio::test]
async fn what_is_on_its_way_is_bounded_and_who_takes_longest_goes() {
    let server = start(Limits {
        arriving_bytes: 120_000,
        ..few_places()
    })
    .await;
    let mut slow = begin_many(&server, BEGUN).await;
    // Each takes more than a fortieth and less than a fifth.
    let last = slow.split_off(SLOW - 5);
    for mut client in slow.drain(..SLOW / 2) {
        let refused = client.rest().await;
        assert!(refused.starts_with("HTTP/1.1 503 "), "{refused}");
        assert!(refused.contains("retry-after: 1"), "{refused}");
    }
    for mut client in last {
        client.send(REST).await;
        assert!(client.answer().await.ends_with("read"));
    }
}
