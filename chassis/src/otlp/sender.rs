//! One POST a batch to the collector.

use std::time::Duration;

use bytes::Bytes;
use http::{Request, Uri, header};
use http_body_util::Full;
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;

use super::{Span, message};

const PATIENCE: Duration = Duration::from_secs(2);

pub(super) struct Sender {
    authority: String,
    address: String,
    path: String,
    service: &'static str,
}

impl Sender {
    pub(super) fn new(endpoint: &Uri, service: &'static str) -> Self {
        let authority = endpoint
            .authority()
            .map(ToString::to_string)
            .unwrap_or_default();
        let host = endpoint.host().unwrap_or_default();
        Self {
            address: format!("{host}:{}", endpoint.port_u16().unwrap_or(4318)),
            path: format!("{}/v1/traces", endpoint.path().trim_end_matches('/')),
            authority,
            service,
        }
    }

    /// A batch that cannot be sent is gone: traces help to understand, and nothing depends on them.
    pub(super) async fn send(&self, spans: &[Span]) {
        let body = Bytes::from(message::export(self.service, spans).to_string());
        match tokio::time::timeout(PATIENCE, self.post(body)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::warn!(error, "the trace collector does not take spans"),
            Err(_) => tracing::warn!("the trace collector does not answer"),
        }
    }

    async fn post(&self, body: Bytes) -> Result<(), Box<dyn std::error::Error + Send + Sync>> {
        let stream = TcpStream::connect(&self.address).await?;
        let (mut collector, connection) = http1::handshake(TokioIo::new(stream)).await?;
        let request = Request::post(&self.path)
            .header(header::HOST, &self.authority)
            .header(header::CONTENT_TYPE, "application/json")
            .body(Full::new(body))?;
        let exchange = async {
            let status = collector.send_request(request).await?.status();
            if status.is_success() {
                Ok(())
            } else {
                Err(format!("it answers {status}").into())
            }
        };
        // The exchange comes first: the connection may end in the same moment.
        tokio::select! {
            biased;
            outcome = exchange => outcome,
            ended = connection => Err(ended.map_or_else(Into::into, |()| "it hung up".into())),
        }
    }
}
