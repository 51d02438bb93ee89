//! An issuer that counts its requests and answers as its script says.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinSet;
use tokio_rustls::TlsAcceptor;

/// What the issuer does with a request.
#[derive(Clone, Debug)]
pub(crate) enum Answer {
    /// A whole answer: status line, header lines, body.
    Http(&'static str, Vec<String>, Vec<u8>),
    /// These bytes and nothing else.
    Raw(Vec<u8>),
    /// The set under its entity tag, or 304 when asked with that tag.
    Set {
        json: String,
        tag: String,
        max_age: u64,
    },
    /// An answer whose body stops before its end.
    BreaksOff(Vec<u8>),
    /// An answer that comes a byte at a time.
    Trickles(Vec<u8>),
    /// A JSON body that comes when the issuer is told to go on.
    Paused(Vec<u8>),
    /// Spaces for ever, without saying how many.
    Unending,
    /// No answer.
    Hangs,
    /// The connection is dropped before the request is read.
    Resets,
}

/// A listener on a port of its own; it stops when dropped.
pub(crate) struct FakeIssuer {
    url: String,
    script: Arc<Script>,
    _tasks: JoinSet<()>,
}

struct Script {
    answer: Mutex<Answer>,
    requests: watch::Sender<usize>,
    heads: Mutex<Vec<String>>,
    going_on: watch::Sender<bool>,
}

impl Answer {
    pub(crate) fn set(json: impl Into<String>) -> Self {
        let json = json.into();
        Self::Set {
            tag: format!("\"{:x}\"", hash(&json)),
            json,
            max_age: 60,
        }
    }

    pub(crate) fn status(status: &'static str) -> Self {
        Self::Http(
            status,
            vec!["Content-Type: text/plain".to_owned()],
            b"no".to_vec(),
        )
    }

    pub(crate) fn json(body: impl Into<Vec<u8>>) -> Self {
        Self::Http(
            "200 OK",
            vec!["Content-Type: application/json".to_owned()],
            body.into(),
        )
    }
}

impl FakeIssuer {
    pub(crate) async fn start(answer: Answer) -> Self {
        Self::listen(answer, None).await
    }

    pub(crate) async fn start_tls(answer: Answer, tls: TlsAcceptor) -> Self {
        Self::listen(answer, Some(tls)).await
    }

    async fn listen(answer: Answer, tls: Option<TlsAcceptor>) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).await.unwrap();
        let port = listener.local_addr().unwrap().port();
        let url = match &tls {
            Some(_) => format!("https://localhost:{port}"),
            None => format!("http://127.0.0.1:{port}"),
        };
        let script = Arc::new(Script {
            answer: Mutex::new(answer),
            requests: watch::Sender::new(0),
            heads: Mutex::default(),
            going_on: watch::Sender::new(false),
        });
        let mut tasks = JoinSet::new();
        tasks.spawn(Arc::clone(&script).accept(listener, tls));
        Self {
            url,
            script,
            _tasks: tasks,
        }
    }

    pub(crate) fn url(&self) -> String {
        self.url.clone()
    }

    pub(crate) fn answers(&self, answer: Answer) {
        *self.script.answer.lock().unwrap() = answer;
    }

    /// Ends the wait of paused answers, those under way and those to come.
    pub(crate) fn goes_on(&self) {
        self.script.going_on.send_replace(true);
    }

    /// Lets the paused answers to come wait.
    pub(crate) fn holds_back(&self) {
        self.script.going_on.send_replace(false);
    }

    /// How many requests there have been.
    pub(crate) fn requests(&self) -> usize {
        *self.script.requests.borrow()
    }

    /// Waits until there have been this many requests.
    pub(crate) async fn has_had(&self, requests: usize) {
        let mut counted = self.script.requests.subscribe();
        counted.wait_for(|&count| count >= requests).await.unwrap();
    }

    /// The head of the last request.
    pub(crate) fn last_head(&self) -> String {
        self.script
            .heads
            .lock()
            .unwrap()
            .last()
            .cloned()
            .unwrap_or_default()
    }
}

impl Script {
    async fn accept(self: Arc<Self>, listener: TcpListener, tls: Option<TlsAcceptor>) {
        let mut connections = JoinSet::new();
        loop {
            let (stream, _) = listener.accept().await.unwrap();
            let (script, tls) = (Arc::clone(&self), tls.clone());
            connections.spawn(async move {
                match tls {
                    None => script.serve(stream).await,
                    Some(tls) => {
                        // Else the client does not trust the certificate, and asks nothing.
                        if let Ok(stream) = tls.accept(stream).await {
                            script.serve(stream).await;
                        }
                    }
                }
            });
        }
    }

    async fn serve(&self, mut stream: impl AsyncRead + AsyncWrite + Unpin) {
        let answer = self
            .answer
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone();
        if matches!(answer, Answer::Resets) {
            self.requests.send_modify(|count| *count += 1);
            return;
        }
        let head = read_head(&mut stream).await;
        self.heads.lock().unwrap().push(head.clone());
        self.requests.send_modify(|count| *count += 1);
        if matches!(answer, Answer::Paused(_)) {
            let mut going_on = self.going_on.subscribe();
            going_on.wait_for(|&is_on| is_on).await.unwrap();
        }
        // A client that has gone away is no failure of the issuer.
        let _ = reply(&mut stream, answer, &head).await;
    }
}

async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let Ok(byte) = stream.read_u8().await else {
            break;
        };
        head.push(byte);
    }
    String::from_utf8_lossy(&head).to_ascii_lowercase()
}

async fn reply(
    stream: &mut (impl AsyncWrite + Unpin),
    answer: Answer,
    head: &str,
) -> std::io::Result<()> {
    match answer {
        Answer::Http(status, headers, body) => {
            stream
                .write_all(head_of(status, &headers, body.len()).as_bytes())
                .await?;
            stream.write_all(&body).await?;
        }
        Answer::Raw(bytes) => stream.write_all(&bytes).await?,
        Answer::Set { json, tag, max_age } => {
            let unchanged = head.contains(&format!("if-none-match: {tag}\r\n"));
            let (status, body) = if unchanged {
                ("304 Not Modified", "")
            } else {
                ("200 OK", &*json)
            };
            let headers = [
                "Content-Type: application/jwk-set+json".to_owned(),
                format!("ETag: {tag}"),
                format!("Cache-Control: public, max-age={max_age}"),
            ];
            stream
                .write_all(head_of(status, &headers, body.len()).as_bytes())
                .await?;
            stream.write_all(body.as_bytes()).await?;
        }
        Answer::Paused(body) => {
            stream.write_all(json_head(body.len()).as_bytes()).await?;
            stream.write_all(&body).await?;
        }
        Answer::BreaksOff(body) => {
            stream
                .write_all(json_head(body.len() + 1).as_bytes())
                .await?;
            stream.write_all(&body).await?;
        }
        Answer::Trickles(body) => {
            stream.write_all(json_head(body.len()).as_bytes()).await?;
            for byte in body {
                stream.write_all(&[byte]).await?;
                stream.flush().await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
        }
        Answer::Unending => {
            let head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n";
            stream.write_all(head.as_bytes()).await?;
            loop {
                stream.write_all(&[b' '; 4096]).await?;
            }
        }
        Answer::Hangs | Answer::Resets => std::future::pending().await,
    }
    stream.shutdown().await
}

fn hash(text: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    text.hash(&mut hasher);
    hasher.finish()
}

fn json_head(length: usize) -> String {
    head_of(
        "200 OK",
        &["Content-Type: application/json".to_owned()],
        length,
    )
}

fn head_of(status: &str, headers: &[String], length: usize) -> String {
    let headers = headers
        .iter()
        .fold(String::new(), |lines, header| lines + header + "\r\n");
    format!("HTTP/1.1 {status}\r\n{headers}Content-Length: {length}\r\nConnection: close\r\n\r\n")
}
