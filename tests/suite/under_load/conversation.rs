//! HTTP/1.1 by hand, for a client that must know how far an answer came.

use std::{fmt, io};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

/// What became of one request.
pub(super) enum Outcome {
    /// All of the answer came.
    Answered(Reply),
    /// The connection was closed in order before the first byte of an answer.
    Closed,
    /// The connection was reset before the first byte of an answer.
    Reset,
    /// The connection ended within the answer, of which this came.
    Cut(String),
}

/// An answer that is whole.
pub(super) struct Reply {
    /// The status.
    pub(super) status: u16,
    /// Whether it is the last one of its connection.
    pub(super) says_farewell: bool,
    /// The body.
    pub(super) body: String,
}

impl fmt::Display for Outcome {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Answered(Reply { status, body, .. }) => {
                write!(formatter, "{status}: {body:.300}")
            }
            Self::Closed => formatter.write_str("closed before an answer"),
            Self::Reset => formatter.write_str("reset before an answer"),
            Self::Cut(came) => write!(formatter, "cut after {} bytes: {came:.300}", came.len()),
        }
    }
}

/// A request of HTTP/1.1 with the fields that every one of them needs.
pub(super) fn request(line: &str, fields: &[String], body: &str) -> String {
    let head = [format!("{line} HTTP/1.1"), "Host: localhost".to_owned()];
    let length = format!("Content-Length: {}", body.len());
    let lines = [&head, fields, &[length, String::new(), body.to_owned()]].concat();
    lines.join("\r\n")
}

/// Sends a request and reads its answer to the end, or as far as it comes.
pub(super) async fn ask<S>(stream: &mut S, request: &str) -> Outcome
where
    S: AsyncRead + AsyncWrite + Unpin,
{
    // Who hangs up may have said why, so what came back is read in any case.
    let _shows_in_the_answer = write(stream, request).await;
    let mut answer = Vec::with_capacity(64 * 1024);
    loop {
        let read = stream.read_buf(&mut answer).await;
        if let Some(reply) = whole(&answer) {
            return Outcome::Answered(reply);
        }
        match read {
            Ok(1..) => {}
            Ok(0) if answer.is_empty() => return Outcome::Closed,
            Err(_) if answer.is_empty() => return Outcome::Reset,
            Ok(0) | Err(_) => return Outcome::Cut(String::from_utf8_lossy(&answer).into_owned()),
        }
    }
}

async fn write(stream: &mut (impl AsyncWrite + Unpin), request: &str) -> io::Result<()> {
    stream.write_all(request.as_bytes()).await?;
    stream.flush().await
}

fn whole(answer: &[u8]) -> Option<Reply> {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n")?;
    let (head, body) = answer.split_at(end + 4);
    let head = std::str::from_utf8(head).ok()?;
    let field = |name: &str| {
        let mut fields = head.lines().filter_map(|line| line.split_once(": "));
        fields.find_map(|(found, value)| found.eq_ignore_ascii_case(name).then_some(value))
    };
    let length: usize = field("content-length")?.parse().ok()?;
    (body.len() >= length).then(|| Reply {
        status: head[9..12].parse().unwrap_or_default(),
        says_farewell: field("connection") == Some("close"),
        body: String::from_utf8_lossy(&body[..length]).into_owned(),
    })
}
