//! Spans as a collector receives them.

use std::net::SocketAddr;
use std::time::Duration;

use axum::body::Body;
use axum::routing::{get, post};
use axum::{Json, Router};
use chassis::otlp::Traces;
use chassis::{Edge, Lifecycle, Limits, Listener, Routes};
use http::{Request, StatusCode};
use serde_json::Value;
use tokio::sync::mpsc;
use tower::ServiceExt;

const TRACE: &str = "4bf92f3577b34da6a3ce929d0e0e4736";

/// A collector on a free port, and what it was sent.
async fn collector(lifecycle: &Lifecycle) -> (SocketAddr, mpsc::UnboundedReceiver<Value>) {
    let (queue, received) = mpsc::unbounded_channel();
    let take = async move |Json(message): Json<Value>| {
        queue.send(message).unwrap();
        StatusCode::OK
    };
    let loopback = SocketAddr::from(([127, 0, 0, 1], 0));
    let listener = Listener::bind("collector", loopback, None, Limits::default())
        .await
        .unwrap();
    let address = listener.local_addr();
    lifecycle.serve(listener, Router::new().route("/v1/traces", post(take)));
    (address, received)
}

#[tokio::test]
async fn a_sampled_request_becomes_a_span_of_its_callers_trace() {
    let lifecycle = Lifecycle::new();
    let (address, mut received) = collector(&lifecycle).await;
    let endpoint = format!("http://{address}").parse().unwrap();
    let traces = Traces::export(&lifecycle, &endpoint, "suite");
    let routes = Routes::new().route("/note/{id}", get(async || "note"));
    let service = Edge::new(16).with_traces(Some(traces)).wrap(routes);
    for flags in ["00", "01"] {
        let request = Request::get("/note/7")
            .header("host", "here")
            .header(
                "traceparent",
                format!("00-{TRACE}-00f067aa0ba902b7-{flags}"),
            )
            .body(Body::empty());
        service.clone().oneshot(request.unwrap()).await.unwrap();
    }
    let patience = Duration::from_secs(20);
    let message = tokio::time::timeout(patience, received.recv())
        .await
        .unwrap()
        .unwrap();
    let spans = &message["resourceSpans"][0]["scopeSpans"][0]["spans"];
    let span = &spans[0];
    assert_eq!(
        spans.as_array().unwrap().len(),
        1,
        "the caller does not sample the other one"
    );
    assert_eq!(span["traceId"], TRACE);
    assert_eq!(span["parentSpanId"], "00f067aa0ba902b7");
    assert_ne!(span["spanId"], span["parentSpanId"]);
    assert_eq!(span["name"], "GET /note/{id}");
    assert_eq!(span["kind"], 2);
    let resource = &message["resourceSpans"][0]["resource"]["attributes"][0];
    assert_eq!(resource["value"]["stringValue"], "suite");
}
