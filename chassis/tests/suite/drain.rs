//! Stopping while clients are there.

use std::process::ExitCode;

use chassis::Limits;
use tokio::net::TcpStream;

use crate::server::start;

#[tokio::test]
async fn a_request_in_flight_is_finished_and_nothing_new_is_accepted() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client
        .send(b"GET /wait HTTP/1.1\r\nHost: here\r\n\r\n")
        .await;
    server.waiting.notified().await;
    server.stopping.cancel();
    while TcpStream::connect(server.address).await.is_ok() {
        tokio::task::yield_now().await;
    }
    server.proceed.notify_one();
    let answer = client.rest().await;
    assert!(
        answer.contains("connection: close") && answer.ends_with("waited"),
        "{answer}"
    );
    let code = server.ended.await.unwrap();
    assert_eq!(format!("{code:?}"), format!("{:?}", ExitCode::SUCCESS));
}

#[tokio::test]
async fn whoever_had_knocked_before_the_stop_is_served() {
    let server = start(Limits::default()).await;
    let mut clients = Vec::new();
    for _ in 0..50 {
        let mut client = server.connect().await;
        client.send(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
        clients.push(client);
    }
    server.stopping.cancel();
    for mut client in clients {
        let answer = client.rest().await;
        assert!(answer.ends_with("hello"), "{answer}");
    }
}

#[tokio::test]
async fn an_idle_connection_may_send_what_was_on_its_way_and_is_then_closed() {
    let server = start(Limits::default()).await;
    let mut client = server.connect().await;
    client.send(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
    client.answer().await;
    server.stopping.cancel();
    client.send(b"GET / HTTP/1.1\r\nHost: here\r\n\r\n").await;
    let answer = client.rest().await;
    assert!(
        answer.contains("connection: close") && answer.ends_with("hello"),
        "{answer}"
    );
    server.ended.await.unwrap();
}
