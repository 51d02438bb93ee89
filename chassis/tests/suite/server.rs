//! A small service on a free port, and a client that writes raw bytes.

use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use std::time::Duration;

use axum::body::Bytes;
use axum::extract::rejection::BytesRejection;
use axum::routing::{get, post};
use chassis::tls::Tls;
use chassis::{Edge, Lifecycle, Limits, Listener, Metrics, Problem, Routes};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Notify;
use tokio::task::JoinHandle;
use tokio_util::sync::CancellationToken;

/// No answer may take longer than this, on however slow a machine.
const PATIENCE: Duration = Duration::from_secs(20);

/// More than the kernel buffers on the way to a client that does not read.
pub(crate) const LARGE: usize = 32 * 1024 * 1024;

pub(crate) struct Server {
    pub(crate) address: SocketAddr,
    pub(crate) stopping: CancellationToken,
    pub(crate) ended: JoinHandle<ExitCode>,
    /// Lets one `GET /wait` go on.
    pub(crate) proceed: Arc<Notify>,
    /// Tells that a `GET /wait` has begun.
    pub(crate) waiting: Arc<Notify>,
}

pub(crate) async fn start(limits: Limits) -> Server {
    start_with(limits, None).await
}

pub(crate) async fn start_with(limits: Limits, tls: Option<Tls>) -> Server {
    let metrics = Metrics::install().unwrap();
    let (proceed, waiting) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let wait = {
        let (proceed, waiting) = (proceed.clone(), waiting.clone());
        async move || {
            waiting.notify_one();
            proceed.notified().await;
            "waited"
        }
    };
    let routes = Routes::new()
        .route("/", get(async || "hello"))
        .route("/echo", post(echo))
        .route(
            "/json",
            post(async |chassis::Json(Anything): chassis::Json<Anything>| "read"),
        )
        .route("/large", get(async || "x".repeat(LARGE)))
        .route("/wait", get(wait))
        .merge(metrics.routes());
    let service = Edge::new(1024)
        .with_limits(limits.clone())
        .with_https(tls.as_ref())
        .wrap(routes);
    let lifecycle = Lifecycle::new();
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind("test", loopback, tls, limits).await.unwrap();
    let (address, stopping) = (listener.local_addr(), lifecycle.stopping());
    lifecycle.serve(listener, service);
    #[expect(
        clippy::disallowed_methods,
        reason = "the lifecycle itself is under test"
    )]
    let ended = tokio::spawn(lifecycle.run());
    Server {
        address,
        stopping,
        ended,
        proceed,
        waiting,
    }
}

async fn echo(body: Result<Bytes, BytesRejection>) -> Result<Bytes, Problem> {
    body.map_err(|_| Problem::bad_request("The body cannot be read."))
}

struct Anything;

impl chassis::FromFields for Anything {
    fn from_fields(_: &mut chassis::Fields) -> Option<Self> {
        Some(Self)
    }
}

impl Server {
    pub(crate) async fn connect(&self) -> Client {
        Client(TcpStream::connect(self.address).await.unwrap())
    }

    /// Sends the bytes on a new connection and reads until the server closes it.
    pub(crate) async fn exchange(&self, request: &[u8]) -> String {
        let mut client = self.connect().await;
        client.send(request).await;
        client.rest().await
    }
}

pub(crate) struct Client(TcpStream);

impl Client {
    /// A server that has hung up already is what some of these requests deserve.
    pub(crate) async fn send(&mut self, bytes: &[u8]) {
        let _hung_up = self.0.write_all(bytes).await;
    }

    /// Says that nothing more will come, and still listens.
    pub(crate) async fn finish(&mut self) {
        let _hung_up = self.0.shutdown().await;
    }

    /// Everything up to the end of the connection.
    pub(crate) async fn rest(&mut self) -> String {
        let mut all = Vec::new();
        let read = async {
            let mut buffer = vec![0; 64 * 1024];
            while let Ok(count @ 1..) = self.0.read(&mut buffer).await {
                all.extend_from_slice(&buffer[..count]);
            }
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .expect("the connection was left open");
        String::from_utf8_lossy(&all).into_owned()
    }

    /// One answer with a body of known length; the connection stays open.
    pub(crate) async fn answer(&mut self) -> String {
        let read = async {
            let mut all = Vec::new();
            while !is_whole(&all) {
                let byte = self.0.read_u8().await.expect("the answer was cut off");
                all.push(byte);
            }
            String::from_utf8_lossy(&all).into_owned()
        };
        tokio::time::timeout(PATIENCE, read)
            .await
            .expect("no answer came")
    }
}

fn is_whole(answer: &[u8]) -> bool {
    let text = String::from_utf8_lossy(answer);
    let Some((head, body)) = text.split_once("\r\n\r\n") else {
        return false;
    };
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    body.len() >= length.map_or(0, |length| length.parse().unwrap())
}
