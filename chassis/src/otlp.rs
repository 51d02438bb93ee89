//! Traces for an OpenTelemetry collector: one span a request, sent as OTLP over HTTP in JSON.
//!
//! Written here and not taken from the OpenTelemetry crates: those would put gRPC, protobuf and a
//! second HTTP client into every service for one kind of span. The collector is a neighbour that
//! is spoken to in plain HTTP; it does the encryption and the forwarding.

mod message;
mod sender;

use std::convert::Infallible;
use std::time::Duration;

use http::{StatusCode, Uri};
use token::{Clock, SystemClock, Timestamp};
use tokio::sync::mpsc;
use tokio_util::sync::CancellationToken;
use uuid::Uuid;

use self::sender::Sender;
use crate::lifecycle::Lifecycle;
use crate::trace_context::TraceContext;

/// Spans that wait for the next sending; when the collector is slow, further ones are dropped.
const QUEUE: usize = 4096;
/// Spans in one message.
const BATCH: usize = 512;
/// How long a span waits for others.
const INTERVAL: Duration = Duration::from_secs(2);

/// Where finished requests are reported.
#[derive(Clone, Debug)]
pub struct Traces {
    queue: mpsc::Sender<Span>,
}

/// One request, as a trace sees it.
#[derive(Debug)]
struct Span {
    context: TraceContext,
    parent: Option<u64>,
    method: &'static str,
    route: String,
    status: StatusCode,
    began: Timestamp,
    took: Duration,
}

impl Traces {
    /// Sends spans of `service` to the collector, in the background until the stop.
    #[must_use]
    pub fn export(lifecycle: &Lifecycle, endpoint: &Uri, service: &'static str) -> Self {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let sender = Sender::new(endpoint, service);
        lifecycle.spawn("traces", send_all(sender, waiting, lifecycle.stopping()));
        Self { queue }
    }

    /// Reports a request that has just been answered. A caller that does not sample its trace
    /// decides for this part of it too.
    pub(crate) fn record(
        &self,
        caller: Option<TraceContext>,
        (method, route, status): (&'static str, String, StatusCode),
        took: Duration,
    ) {
        if caller.is_some_and(|context| !context.is_sampled()) {
            return;
        }
        let (_, span) = Uuid::now_v7().as_u64_pair();
        let fresh = || TraceContext::new(Uuid::now_v7().as_u128(), span);
        let context = caller.map_or_else(fresh, |context| context.child(span));
        let parent = caller.map(|context| context.parent());
        let began = SystemClock.now() - took;
        let span = Span {
            context,
            parent,
            method,
            route,
            status,
            began,
            took,
        };
        // A full queue means that the collector is behind; serving does not wait for it.
        let _ = self.queue.try_send(span);
    }
}

async fn send_all(
    sender: Sender,
    mut waiting: mpsc::Receiver<Span>,
    stopping: CancellationToken,
) -> Result<(), Infallible> {
    let mut batch = Vec::with_capacity(BATCH);
    loop {
        let pause = stopping
            .run_until_cancelled(tokio::time::sleep(INTERVAL))
            .await;
        while let Ok(span) = waiting.try_recv() {
            batch.push(span);
            if batch.len() == BATCH {
                sender.send(&std::mem::take(&mut batch)).await;
            }
        }
        if !batch.is_empty() {
            sender.send(&std::mem::take(&mut batch)).await;
        }
        if pause.is_none() {
            return Ok(());
        }
    }
}
