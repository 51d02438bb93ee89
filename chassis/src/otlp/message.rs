//! `ExportTraceServiceRequest` in the JSON mapping of OTLP 1.

use serde_json::{Value, json};

use super::Span;

/// `SPAN_KIND_SERVER`.
const SERVER: u8 = 2;
/// `STATUS_CODE_ERROR`.
const ERROR: u8 = 2;

pub(super) fn export(service: &str, spans: &[Span]) -> Value {
    json!({ "resourceSpans": [{
        "resource": { "attributes": [text("service.name", service)] },
        "scopeSpans": [{
            "scope": { "name": "chassis" },
            "spans": spans.iter().map(span).collect::<Vec<_>>(),
        }],
    }]})
}

fn span(span: &Span) -> Value {
    let began = i128::from(span.began.unix_millis()) * 1_000_000;
    let ended = began + i128::try_from(span.took.as_nanos()).unwrap_or(0);
    let mut value = json!({
        "traceId": span.context.trace_id(),
        "spanId": span.context.span_id(),
        "name": format!("{} {}", span.method, span.route),
        "kind": SERVER,
        "startTimeUnixNano": began.to_string(),
        "endTimeUnixNano": ended.to_string(),
        "attributes": [
            text("http.request.method", span.method),
            text("http.route", &span.route),
            { "key": "http.response.status_code",
              "value": { "intValue": span.status.as_u16().to_string() } },
        ],
    });
    if let Some(parent) = span.parent {
        value["parentSpanId"] = format!("{parent:016x}").into();
    }
    if span.status.is_server_error() {
        value["status"] = json!({ "code": ERROR });
    }
    value
}

fn text(key: &str, value: &str) -> Value {
    json!({ "key": key, "value": { "stringValue": value } })
}
