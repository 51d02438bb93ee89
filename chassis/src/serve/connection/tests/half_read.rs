//! What has not been read, answered or taken to its end is no reason to sleep.

use http_body_util::BodyExt;

use super::client::{Client, advance, still};
use super::host::{GET, LARGE, TestHost};
use super::*;

#[tokio::test(start_paused = true)]
async fn half_a_header_is_not_quiet() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    client.send(&GET[..20]).await;
    advance(Duration::from_secs(5)).await;
    assert_eq!(host.awake(), 1);
    client.send(&GET[20..]).await;
    assert_eq!(client.answer().await, "hello");
}

/// How long a client has been quiet before it speaks: if for long, it falls asleep at once when it
/// is answered.
const PAUSES: [Duration; 2] = [Duration::ZERO, Duration::from_secs(5)];

async fn paused(host: &TestHost, pause: Duration) -> Client<TcpStream> {
    let mut client = host.connect().await;
    client.send(GET).await;
    client.answer().await;
    advance(pause).await;
    client
}

#[tokio::test(start_paused = true)]
async fn the_first_half_of_a_pipelined_header_is_kept() {
    for (half, pause) in (1..GET.len()).flat_map(|half| PAUSES.map(|pause| (half, pause))) {
        let host = TestHost::new();
        let mut client = paused(&host, pause).await;
        client.send(&[GET, GET, &GET[..half]].concat()).await;
        assert_eq!(client.answer().await, "hello");
        assert_eq!(client.answer().await, "hello");
        advance(Duration::from_secs(5)).await;
        client.send(&GET[half..]).await;
        assert_eq!(client.answer().await, "hello", "{half} {pause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn more_pipelined_requests_than_hyper_answers_at_once_are_all_answered() {
    for pause in PAUSES {
        let host = TestHost::new();
        let mut client = paused(&host, pause).await;
        client.send(&GET.repeat(200)).await;
        for _ in 0..200 {
            assert_eq!(client.answer().await, "hello", "{pause:?}");
        }
    }
}

#[tokio::test(start_paused = true)]
async fn the_first_half_of_a_pipelined_header_has_ten_seconds() {
    for pause in PAUSES {
        let host = TestHost::new();
        let mut client = paused(&host, pause).await;
        client.send(&[GET, &GET[..9]].concat()).await;
        client.answer().await;
        advance(Duration::from_secs(2)).await;
        advance(Duration::from_millis(7_900)).await;
        assert!(!client.is_closed().await);
        advance(Duration::from_millis(200)).await;
        assert!(client.is_closed().await, "{pause:?}");
    }
}

/// The first bytes of both protocols, each of which is waited for as a header is.
#[tokio::test(start_paused = true)]
async fn however_haltingly_it_begins_it_is_told_from_http_2() {
    let read = b"POST /read HTTP/1.1\r\nHost: here\r\nContent-Length: 4\r\n\r\nread";
    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(&read[..1]).await;
    assert_eq!(host.awake(), 0);
    advance(Duration::from_secs(5)).await;
    client.send(&[&read[1..], &GET[..9]].concat()).await;
    assert_eq!(client.answer().await, "read");
    advance(Duration::from_millis(9_900)).await;
    assert!(!client.is_closed().await);
    advance(Duration::from_millis(200)).await;
    assert!(client.is_closed().await, "half a header");

    let host = TestHost::new();
    let mut client = host.connect().await;
    client.send(b"PRI * HTTP/2.0\r\n\r\nSM").await;
    advance(Duration::from_millis(9_900)).await;
    assert!(!client.is_closed().await);
    advance(Duration::from_millis(200)).await;
    assert!(client.is_closed().await, "half a preface");
}

#[tokio::test(start_paused = true)]
async fn an_answer_that_is_not_taken_is_not_cut_off() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    client
        .send(b"GET /large HTTP/1.1\r\nHost: here\r\n\r\n")
        .await;
    for _ in 0..5 {
        advance(Duration::from_secs(1)).await;
        assert_eq!(host.awake(), 1);
    }
    assert_eq!(client.answer().await.len(), LARGE);
    advance(Duration::from_secs(2)).await;
    assert_eq!(host.awake(), 0);
}

#[tokio::test(start_paused = true)]
async fn a_request_whose_body_was_read_is_followed_by_sleep() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    for framed in [
        "Content-Length: 4\r\n\r\nread",
        "Transfer-Encoding: chunked\r\n\r\n4\r\nread\r\n0\r\n\r\n",
    ] {
        let request = format!("POST /read HTTP/1.1\r\nHost: here\r\n{framed}");
        client.send(request.as_bytes()).await;
        assert_eq!(client.answer().await, "read");
        advance(Duration::from_secs(2)).await;
        assert_eq!(host.awake(), 0);
    }
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_body_that_nobody_reads_is_not_taken_for_a_request() {
    for pause in PAUSES {
        let host = TestHost::new();
        let mut client = paused(&host, pause).await;
        client
            .send(b"POST /ignore HTTP/1.1\r\nHost: here\r\nContent-Length: 900\r\n\r\nbegun")
            .await;
        advance(Duration::from_secs(2)).await;
        let _closed_already = client.0.try_write(GET);
        let answer = client.rest().await;
        assert!(answer.ends_with("ignored"), "{answer}");
    }
}

/// Hyper learns that nobody reads a body when it is polled the next time. Here a connection falls
/// asleep as soon as it may.
#[tokio::test(start_paused = true)]
async fn a_body_that_was_let_go_of_in_this_moment_is_not_taken_for_a_request() {
    for pause in PAUSES {
        let host = TestHost::with(None, Duration::ZERO);
        let mut client = paused(&host, pause).await;
        let length = GET.len();
        let head =
            format!("POST /ignore HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n\r\n");
        client.send(head.as_bytes()).await;
        let _closed_already = client.0.try_write(GET);
        let answer = client.rest().await;
        assert!(answer.ends_with("ignored"), "{pause:?}: {answer}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_was_let_go_of_and_arrives_whole_does_not_end_the_connection() {
    for pause in PAUSES {
        let host = TestHost::with(None, Duration::ZERO);
        let mut client = paused(&host, pause).await;
        client
            .send(b"POST /ignore HTTP/1.1\r\nHost: here\r\nContent-Length: 5\r\n\r\nwhole")
            .await;
        assert_eq!(client.answer().await, "ignored");
        advance(Duration::from_millis(10)).await;
        assert_eq!(host.awake(), 0);
        client.send(GET).await;
        assert_eq!(client.answer().await, "hello", "{pause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_that_is_let_go_of_after_the_answer_is_not_taken_for_a_request() {
    for pause in PAUSES {
        let host = TestHost::new();
        let mut client = paused(&host, pause).await;
        client
            .send(b"POST /keep HTTP/1.1\r\nHost: here\r\nContent-Length: 900\r\n\r\nbegun")
            .await;
        assert_eq!(client.answer().await, "kept");
        advance(Duration::from_secs(5)).await;
        assert_eq!(host.awake(), 1);
        host.kept.lock().unwrap().clear();
        let _closed_already = client.0.try_write(GET);
        assert_eq!(client.rest().await, "", "{pause:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn the_rest_of_a_body_that_is_still_read_is_not_taken_for_a_request() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    let length = GET.len();
    let request = format!("POST /keep HTTP/1.1\r\nHost: here\r\nContent-Length: {length}\r\n\r\n");
    client.send(request.as_bytes()).await;
    assert_eq!(client.answer().await, "kept");
    advance(Duration::from_secs(5)).await;
    assert_eq!(host.awake(), 1);
    let mut body = host.kept.lock().unwrap().pop().unwrap();
    let (frame, ()) = tokio::join!(still(body.frame()), client.send(GET));
    let data = frame.unwrap().unwrap().into_data().unwrap();
    assert_eq!(data, GET);
    drop(body);
    client.send(GET).await;
    assert_eq!(client.answer().await, "hello");
    advance(Duration::from_secs(5)).await;
    assert_eq!(host.awake(), 0);
}
