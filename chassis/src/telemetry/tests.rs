use std::io::{self, Write};
use std::sync::{Arc, Mutex};

use axum::body::Body;
use axum::extract::Request;
use http::HeaderMap;
use serde_json::Value;
use tracing_subscriber::fmt::FormatEvent;
use tracing_subscriber::fmt::format::DefaultFields;
use tracing_subscriber::{Registry, fmt};

use super::line::Line;
use super::*;
use crate::request_id::RequestId;
use crate::trace_context::TraceContext;

const TRACE: &str = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";

#[derive(Clone, Default)]
struct Written(Arc<Mutex<Vec<u8>>>);

impl Write for Written {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.lock().unwrap().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// The lines that are written in this form, one within a request and one outside.
async fn lines<F>(form: F, target: &str) -> Vec<String>
where
    F: FormatEvent<Registry, DefaultFields> + Send + Sync + 'static,
{
    let written = Written::default();
    let writer = written.clone();
    let log = fmt::Subscriber::builder()
        .event_format(form)
        .with_writer(move || writer.clone())
        .finish();
    let _log = tracing::subscriber::set_default(log);
    let request = Request::get(target).header("x-request-id", "abc-1");
    let request = request.header("traceparent", TRACE);
    let request = request.body(Body::empty()).unwrap();
    let headers: &HeaderMap = request.headers();
    let (id, caller) = (RequestId::take_or_make(headers), TraceContext::of(headers));
    CurrentRequest::new(&id, &request, caller)
        .during(async { tracing::info!(answer = 42, "within") })
        .await;
    tracing::info!("outside");
    let bytes = written.0.lock().unwrap().clone();
    let text = String::from_utf8(bytes).unwrap();
    text.lines().map(str::to_owned).collect()
}

#[tokio::test]
async fn a_line_of_json_is_an_object_that_names_its_request() {
    let lines = lines(Line::json(), "/a%22b?token=secret").await;
    let [within, outside] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    let within: Value = serde_json::from_str(within).unwrap();
    assert_eq!(within["message"], "within");
    assert_eq!(within["answer"], 42);
    assert_eq!(within["request_id"], "abc-1");
    assert_eq!(within["request"], "GET /a%22b");
    assert_eq!(within["trace_id"], "4bf92f3577b34da6a3ce929d0e0e4736");
    let outside: Value = serde_json::from_str(outside).unwrap();
    assert!(outside.get("request_id").is_none());
}

#[tokio::test]
async fn a_line_of_text_ends_with_its_request() {
    let lines = lines(Line::text(false), "/api/posts?token=secret").await;
    let [within, outside] = lines.as_slice() else {
        panic!("{lines:?}")
    };
    let expected = r#"within answer=42 request_id=abc-1 request="GET /api/posts" trace_id=4bf92f3577b34da6a3ce929d0e0e4736"#;
    assert!(within.ends_with(expected), "{within}");
    assert!(outside.ends_with("outside"), "{outside}");
}
