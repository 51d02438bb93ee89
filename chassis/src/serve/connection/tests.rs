//! Connections over real sockets, in a time that only the test moves.

mod client;
mod encrypted;
mod half_read;
mod host;
mod races;

use std::time::Duration;

use super::*;

use self::client::{advance, still};
use self::host::{GET, TestHost};

#[tokio::test(start_paused = true)]
async fn a_connection_that_never_spoke_holds_no_buffers_and_has_ten_seconds() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    advance(Duration::from_millis(9_900)).await;
    assert_eq!(host.awake(), 0);
    assert!(!client.is_closed().await);
    advance(Duration::from_millis(200)).await;
    assert!(client.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_quiet_connection_falls_asleep_and_a_request_wakes_it() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    for _ in 0..3 {
        for _ in 0..2 {
            client.send(GET).await;
            assert_eq!(client.answer().await, "hello");
        }
        assert_eq!(host.awake(), 1);
        advance(Duration::from_secs(30)).await;
        assert_eq!(host.awake(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_rarely_falls_asleep_at_once_and_whoever_asks_on_does_not() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    for (pause, awake) in [
        (0, 1),
        (1_100, 0),
        (900, 1),
        (30_000, 0),
        (0, 1),
        (2_000, 0),
    ] {
        advance(Duration::from_millis(pause)).await;
        client.send(GET).await;
        assert_eq!(client.answer().await, "hello");
        assert_eq!(host.awake(), awake, "{pause}");
    }
}

#[tokio::test(start_paused = true)]
async fn who_asks_rarely_is_not_put_to_sleep_before_the_answer() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(5)).await;
    client
        .send(b"GET /slow HTTP/1.1\r\nHost: here\r\n\r\n")
        .await;
    advance(Duration::from_secs(5)).await;
    assert_eq!(host.awake(), 1);
    advance(Duration::from_secs(6)).await;
    assert_eq!(client.answer().await, "slow");
    assert_eq!(host.awake(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_connection_that_is_used_every_second_never_sleeps() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    for _ in 0..5 {
        client.send(GET).await;
        assert_eq!(client.answer().await, "hello");
        for _ in 0..9 {
            advance(Duration::from_millis(110)).await;
            assert_eq!(host.awake(), 1);
        }
    }
}

#[tokio::test(start_paused = true)]
async fn a_sleeping_connection_is_closed_after_the_idle_time() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_millis(74_900)).await;
    assert!(!client.is_closed().await);
    advance(Duration::from_millis(200)).await;
    assert!(client.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_header_has_ten_seconds_from_the_byte_that_woke_the_connection() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(30)).await;
    client.send(&GET[..1]).await;
    for _ in 0..99 {
        advance(Duration::from_millis(100)).await;
        assert_eq!(host.awake(), 1);
    }
    assert!(!client.is_closed().await);
    advance(Duration::from_millis(200)).await;
    assert!(client.is_closed().await);
}

#[tokio::test(start_paused = true)]
async fn a_sleeping_connection_is_closed_by_a_stop_after_the_farewell() {
    let host = TestHost::new();
    let (mut used, mut unused) = (host.connect().await, host.connect().await);
    used.send(GET).await;
    used.answer().await;
    advance(Duration::from_secs(5)).await;
    host.stop().await;
    advance(Duration::from_millis(450)).await;
    assert!(!used.is_closed().await && !unused.is_closed().await);
    advance(Duration::from_millis(100)).await;
    assert!(used.is_closed().await && unused.is_closed().await);
    assert_eq!(host.awake(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_that_was_on_its_way_at_the_stop_is_answered_as_the_last() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(5)).await;
    host.stop().await;
    advance(Duration::from_millis(450)).await;
    client.send(GET).await;
    let answer = client.rest().await;
    assert!(
        answer.contains("connection: close") && answer.ends_with("hello"),
        "{answer}"
    );
}

#[tokio::test(start_paused = true)]
async fn http_1_0_sleeps_where_it_is_kept_alive() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    for _ in 0..2 {
        client
            .send(b"GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n")
            .await;
        assert_eq!(client.answer().await, "hello");
        advance(Duration::from_secs(2)).await;
        assert_eq!(host.awake(), 0);
    }
    client.send(b"GET / HTTP/1.0\r\n\r\n").await;
    assert!(client.rest().await.ends_with("hello"));
}

#[tokio::test(start_paused = true)]
async fn who_has_spoken_http_1_does_not_wake_as_http_2() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(2)).await;
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n").await;
    assert_eq!(client.rest().await, "");
}

#[tokio::test(start_paused = true)]
async fn a_client_that_leaves_while_asleep_is_let_go() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(Duration::from_secs(2)).await;
    drop(client);
    still(host.all_served()).await;
}

#[tokio::test]
async fn a_task_has_no_room_for_what_only_a_conversation_needs() {
    let host = TestHost::new();
    let (_client, stream, address) = host.accept().await;
    let task = host.connections.serve(stream, address);
    let size = size_of_val(&task);
    assert!(size <= 1024, "{size} bytes");
}
