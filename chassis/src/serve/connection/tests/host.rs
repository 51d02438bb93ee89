//! A listener whose connections are counted while they are awake.

use std::sync::Mutex;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::State;
use axum::routing::{get, post};
use tokio::net::TcpListener;
use tokio_util::task::TaskTracker;

use super::super::*;
use super::client::{Client, settle, still};

pub(super) const GET: &[u8] = b"GET / HTTP/1.1\r\nHost: here\r\n\r\n";

/// More than the kernel buffers on the way to a client that does not read.
pub(super) const LARGE: usize = 32 * 1024 * 1024;

pub(super) struct TestHost {
    pub(super) connections: Connections,
    /// The bodies of requests that were answered before they were read.
    pub(super) kept: Arc<Mutex<Vec<Body>>>,
    tasks: TaskTracker,
}

impl TestHost {
    pub(super) fn new() -> Self {
        Self::with(None, PATIENCE)
    }

    pub(super) fn with(tls: Option<Tls>, patience: Duration) -> Self {
        let kept = Arc::<Mutex<Vec<Body>>>::default();
        let limits = Limits::default();
        let host = Arc::new(Host {
            site: router(kept.clone()).into(),
            protocols: Protocols::new(&limits),
            streams: Streams::new(limits.http2_streams),
            unsent: Arc::new(Unsent::new(limits.unread_bytes)),
            rests: Rests::new(),
            limits,
            awake: Awake::new(patience),
            stopping: CancellationToken::new(),
        });
        Self {
            connections: Connections(Arc::new(Common { tls, host })),
            kept,
            tasks: TaskTracker::new(),
        }
    }

    pub(super) async fn accept(&self) -> (TcpStream, TcpStream, SocketAddr) {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let client = still(TcpStream::connect(address)).await.unwrap();
        let (stream, address) = still(listener.accept()).await.unwrap();
        (client, stream, address)
    }

    /// A client, and a task that serves it.
    pub(super) async fn connect(&self) -> Client<TcpStream> {
        let (client, stream, address) = self.accept().await;
        client.set_nodelay(true).unwrap();
        self.tasks.spawn(self.connections.serve(stream, address));
        settle().await;
        Client(client)
    }

    pub(super) fn awake(&self) -> u32 {
        self.connections.0.host.awake.count()
    }

    pub(super) async fn stop(&self) {
        self.connections.0.host.stopping.cancel();
        settle().await;
    }

    pub(super) async fn all_served(&self) {
        self.tasks.close();
        self.tasks.wait().await;
    }
}

async fn slow() -> &'static str {
    tokio::time::sleep(Duration::from_secs(10)).await;
    "slow"
}

fn router(kept: Arc<Mutex<Vec<Body>>>) -> Router {
    let keep = async |State(kept): State<Arc<Mutex<Vec<Body>>>>, body: Body| {
        kept.lock().unwrap().push(body);
        "kept"
    };
    Router::new()
        .route("/", get(async || "hello"))
        .route("/slow", get(slow))
        .route("/large", get(async || "x".repeat(LARGE)))
        .route("/read", post(async |body: String| body))
        .route("/ignore", post(async || "ignored"))
        .route("/keep", post(keep))
        .with_state(kept)
}
