//! The bytes of one connection, plain or encrypted, with its pulse taken, and with a problem
//! document where hyper would refuse without a word.

use std::future::poll_fn;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use tokio::io::{AsyncBufRead, AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio_rustls::server::TlsStream;

use super::frames::{Inbound, PREFACE};
use super::last_words;
use super::pulse::Pulse;
use crate::metrics::MALFORMED;

/// What the first bytes say.
pub(super) enum Opening {
    Http1,
    Http2,
}

pub(super) enum Transport {
    Plain(TcpStream),
    Tls(Box<TlsStream<TcpStream>>),
}

impl Transport {
    /// Bytes that are there, without taking them; none at the end.
    fn poll_peek(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        match self {
            Self::Plain(stream) => stream.poll_peek(context, buffer).map_ok(|_count| ()),
            Self::Tls(stream) => {
                let decrypted = ready!(Pin::new(stream).poll_fill_buf(context))?;
                buffer.put_slice(&decrypted[..decrypted.len().min(buffer.remaining())]);
                Poll::Ready(Ok(()))
            }
        }
    }

    fn poll_write(&mut self, context: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        match self {
            Self::Plain(stream) => Pin::new(stream).poll_write(context, bytes),
            Self::Tls(stream) => Pin::new(stream).poll_write(context, bytes),
        }
    }
}

pub(super) struct Stream {
    transport: Transport,
    pulse: Arc<Pulse>,
    inbound: Inbound,
    /// Was read before, and belongs to the next conversation.
    left_over: Bytes,
    /// What is left to write of an answer that replaces hyper's.
    last_words: Vec<u8>,
}

impl Stream {
    pub(super) fn new(transport: Transport, pulse: Arc<Pulse>) -> Self {
        Self {
            transport,
            pulse,
            inbound: Inbound::new(),
            left_over: Bytes::new(),
            last_words: Vec::new(),
        }
    }

    /// Waits until there is enough to read to tell what it is, and leaves it there. `None` at the end.
    pub(super) async fn opening(&mut self) -> Option<Opening> {
        if self.inbound.is_http1() {
            return self.next_http1().await;
        }
        let mut bytes = [0; PREFACE.len()];
        loop {
            let held = self.left_over.len();
            bytes[..held].copy_from_slice(&self.left_over);
            let mut next = ReadBuf::new(&mut bytes[held..]);
            poll_fn(|context| self.transport.poll_peek(context, &mut next))
                .await
                .ok()?;
            let next = next.filled().len();
            let begun = &bytes[..held + next];
            match begun {
                [] => return None,
                PREFACE => return Some(Opening::Http2),
                _ if next == 0 || !PREFACE.starts_with(begun) => return Some(Opening::Http1),
                // Taken, as the next look would find the same again and not wait for more.
                _ => self.hold(next).await.ok()?,
            }
        }
    }

    /// HTTP/1 stays what it is, so that no look at the bytes is needed.
    async fn next_http1(&mut self) -> Option<Opening> {
        if self.left_over.is_empty() {
            match &mut self.transport {
                Transport::Plain(stream) => {
                    poll_fn(|context| stream.poll_read_ready(context))
                        .await
                        .ok()?;
                }
                // Its end is readable again and again, and is no beginning of a conversation.
                Transport::Tls(stream) => {
                    let next = poll_fn(|context| {
                        Pin::new(&mut *stream)
                            .poll_fill_buf(context)
                            .map_ok(<[u8]>::len)
                    });
                    if next.await.ok()? == 0 {
                        return None;
                    }
                }
            }
        }
        Some(Opening::Http1)
    }

    /// Reads so many bytes that are there, to be read again.
    async fn hold(&mut self, count: usize) -> io::Result<()> {
        let mut bytes = [0; PREFACE.len()];
        let mut taken = ReadBuf::new(&mut bytes[..count]);
        poll_fn(|context| self.poll_transport(context, &mut taken)).await?;
        self.left_over = [&self.left_over, taken.filled()].concat().into();
        Ok(())
    }

    /// These bytes are read again before anything else.
    pub(super) fn put_back(&mut self, left_over: Bytes) {
        if !left_over.is_empty() {
            self.pulse.bytes_left_over();
            self.left_over = left_over;
        }
    }

    /// Takes hyper's answer to what it could not read, and gives its own instead. It is a head
    /// alone, so it is in one piece.
    fn replace(&mut self, slices: &[io::IoSlice<'_>]) -> Option<usize> {
        let mut pieces = slices.iter().filter(|slice| !slice.is_empty());
        let (written, None) = (pieces.next()?, pieces.next()) else {
            return None;
        };
        if self.pulse.is_busy() || self.pulse.is_http2() {
            return None;
        }
        let (status, answer) = last_words::instead_of(written)?;
        metrics::counter!(MALFORMED, "status" => status.as_str().to_owned()).increment(1);
        self.last_words = answer;
        Some(written.len())
    }

    fn poll_last_words(&mut self, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        while !self.last_words.is_empty() {
            let count = ready!(self.transport.poll_write(context, &self.last_words))?;
            if count == 0 {
                return Poll::Ready(Err(io::ErrorKind::WriteZero.into()));
            }
            self.last_words.drain(..count);
        }
        Poll::Ready(Ok(()))
    }

    /// What was not read before.
    fn poll_transport(
        &mut self,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_read(context, buffer),
            Transport::Tls(stream) => Pin::new(stream).poll_read(context, buffer),
        })?;
        let fresh = &buffer.filled()[before..];
        if !fresh.is_empty() {
            let seen = self.inbound.read(fresh);
            self.pulse.bytes_read(seen);
        }
        Poll::Ready(Ok(()))
    }

    fn written(&self, outcome: io::Result<usize>) -> Poll<io::Result<usize>> {
        if matches!(outcome, Ok(count) if count > 0) {
            self.pulse.bytes_written();
        }
        Poll::Ready(outcome)
    }
}

impl AsyncRead for Stream {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        if !self.left_over.is_empty() {
            let count = self.left_over.len().min(buffer.remaining());
            buffer.put_slice(&self.left_over.split_to(count));
            return Poll::Ready(Ok(()));
        }
        self.poll_transport(context, buffer)
    }
}

impl AsyncWrite for Stream {
    fn poll_write(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        self.poll_write_vectored(context, &[io::IoSlice::new(bytes)])
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        self.pulse.writing_began();
        ready!(self.poll_last_words(context))?;
        if let Some(taken) = self.replace(slices) {
            return Poll::Ready(Ok(taken));
        }
        let outcome = ready!(match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_write_vectored(context, slices),
            Transport::Tls(stream) => Pin::new(stream).poll_write_vectored(context, slices),
        });
        self.written(outcome)
    }

    fn is_write_vectored(&self) -> bool {
        match &self.transport {
            Transport::Plain(stream) => stream.is_write_vectored(),
            Transport::Tls(stream) => stream.is_write_vectored(),
        }
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        ready!(self.poll_last_words(context))?;
        ready!(match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_flush(context),
            Transport::Tls(stream) => Pin::new(stream).poll_flush(context),
        })?;
        self.pulse.flushed();
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.pulse.closing_began();
        ready!(self.poll_last_words(context))?;
        match &mut self.transport {
            Transport::Plain(stream) => Pin::new(stream).poll_shutdown(context),
            Transport::Tls(stream) => Pin::new(stream).poll_shutdown(context),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::io::AsyncWriteExt as _;
    use tokio::net::TcpListener;

    use super::*;
    use crate::serve::frames::Seen;

    /// Over TLS the last word may have to wait for room, and what the client has sent after its last
    /// request is not to be answered meanwhile.
    #[tokio::test]
    async fn whoever_closes_does_not_fall_asleep() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let connect = TcpStream::connect(listener.local_addr().unwrap());
        let (accepted, client) = tokio::join!(listener.accept(), connect);
        let ((socket, _address), _client) = (accepted.unwrap(), client.unwrap());
        let pulse = Arc::new(Pulse::new());
        let mut stream = Stream::new(Transport::Plain(socket), pulse.clone());
        pulse.bytes_read(Seen::Http1);
        pulse.request_began();
        pulse.answer_ended();
        assert!(pulse.quiet_after(Duration::ZERO).is_some());
        stream.shutdown().await.unwrap();
        assert!(pulse.quiet_after(Duration::ZERO).is_none());
    }
}
