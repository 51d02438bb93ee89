//! Bytes that arrive in the moment in which a connection falls asleep.

use tokio::io::AsyncReadExt;
use tokio_util::task::TaskTracker;

use super::client::{Client, advance};
use super::host::{GET, TestHost};
use super::*;

/// All of a request, or its two parts with a pause between them.
#[tokio::test(start_paused = true)]
async fn bytes_that_arrive_as_it_falls_asleep_are_not_lost() {
    let host = TestHost::new();
    let mut client = host.connect().await;
    let half = GET.len() / 2;
    for quiet in 990..1_010 {
        for (first, pause) in [(GET.len(), 0), (1, 1), (half, 0), (half, 5), (half, 1_500)] {
            client.send(GET).await;
            assert_eq!(client.answer().await, "hello");
            advance(Duration::from_millis(quiet)).await;
            client.send(&GET[..first]).await;
            advance(Duration::from_millis(pause)).await;
            client.send(&GET[first..]).await;
            assert_eq!(client.answer().await, "hello", "{quiet} {first} {pause}");
        }
    }
}

/// Real time and real threads, and a patience no longer than the pauses between the requests.
#[tokio::test(flavor = "multi_thread", worker_threads = 3)]
async fn falling_asleep_thousands_of_times_in_traffic_loses_nothing() {
    let host = Arc::new(TestHost::with(None, Duration::from_millis(1)));
    let clients = TaskTracker::new();
    let all: Vec<_> = (0..8)
        .map(|client| clients.spawn(sends_now_and_then(host.clone(), client)))
        .collect();
    for client in all {
        client.await.unwrap();
    }
}

async fn sends_now_and_then(host: Arc<TestHost>, number: u64) {
    let Client(mut stream) = host.connect().await;
    for turn in 0..300_u16 {
        let pause = (u64::from(turn) * 7_919 + number * 104_729) % 4_000;
        tokio::time::sleep(Duration::from_micros(pause)).await;
        let (first, rest) = GET.split_at(usize::from(turn) % GET.len());
        stream.write_all(first).await.unwrap();
        stream.write_all(rest).await.unwrap();
        let mut answer = Vec::new();
        while !answer.ends_with(b"hello") {
            assert!(stream.read_buf(&mut answer).await.unwrap() > 0, "closed");
        }
    }
}
