//! A client that lets no time pass while it waits for bytes.

use std::future::poll_fn;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// A runtime that idles moves its paused clock to the next deadline, also while bytes are on their
/// way; one that is kept busy does not.
pub(super) async fn still<F: Future>(future: F) -> F::Output {
    const PATIENCE: u32 = 10_000_000;
    let (mut future, mut polls) = (pin!(future), 0);
    poll_fn(move |context| {
        polls += 1;
        assert!(polls < PATIENCE, "it takes forever");
        let poll = future.as_mut().poll(context);
        if poll.is_pending() {
            context.waker().wake_by_ref();
        }
        poll
    })
    .await
}

/// Everybody does what there is to do.
pub(super) async fn settle() {
    for _ in 0..300 {
        tokio::task::yield_now().await;
    }
}

pub(super) async fn advance(time: Duration) {
    tokio::time::advance(time).await;
    settle().await;
}

pub(super) struct Client<S>(pub(super) S);

impl<S: AsyncRead + AsyncWrite + Unpin> Client<S> {
    /// Gives the server the time to read it.
    pub(super) async fn send(&mut self, bytes: &[u8]) {
        still(self.0.write_all(bytes)).await.unwrap();
        still(self.0.flush()).await.unwrap();
        settle().await;
    }

    /// The body of an answer of known length, after which the connection stays open.
    pub(super) async fn answer(&mut self) -> String {
        let mut head = String::new();
        while !head.ends_with("\r\n\r\n") {
            head.push(still(self.0.read_u8()).await.unwrap().into());
        }
        assert!(head.contains(" 200 OK\r\n"), "{head}");
        assert!(!head.contains("connection: close"), "{head}");
        let (_, length) = head.split_once("content-length: ").unwrap();
        let (length, _) = length.split_once('\r').unwrap();
        let mut body = vec![0; length.parse().unwrap()];
        still(self.0.read_exact(&mut body)).await.unwrap();
        settle().await;
        String::from_utf8(body).unwrap()
    }

    /// Everything up to the end of the connection.
    pub(super) async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let _reset_is_an_end_too = still(self.0.read_to_end(&mut all)).await;
        String::from_utf8(all).unwrap()
    }

    /// Fails when there is something that was not read.
    pub(super) async fn is_closed(&mut self) -> bool {
        let mut byte = [0];
        let mut read = pin!(self.0.read(&mut byte));
        for _ in 0..300 {
            let poll = poll_fn(|context| Poll::Ready(read.as_mut().poll(context))).await;
            if let Poll::Ready(count) = poll {
                assert_eq!(count.unwrap_or(0), 0, "something was sent");
                return true;
            }
            tokio::task::yield_now().await;
        }
        false
    }
}
