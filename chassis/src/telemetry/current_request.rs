//! The request that is worked on, told in every log line that is written meanwhile.
//!
//! A span would tell it as well, but has to be made for every request, of which most log nothing.

use std::fmt::Write;

use axum::extract::Request;
use http::{Method, Uri};

use crate::request_id::RequestId;
use crate::trace_context::TraceContext;

/// What a log line says of its request.
pub(crate) struct CurrentRequest {
    id: RequestId,
    method: Method,
    uri: Uri,
    caller: Option<TraceContext>,
}

tokio::task_local! {
    static CURRENT: CurrentRequest;
}

/// Writes it at the end of a line that is complete but for the line break.
pub(super) type Mark = fn(&CurrentRequest, &mut String);

impl CurrentRequest {
    pub(crate) fn new(id: &RequestId, request: &Request, caller: Option<TraceContext>) -> Self {
        Self {
            id: id.clone(),
            method: request.method().clone(),
            uri: request.uri().clone(),
            caller,
        }
    }

    /// Lines that are written while `work` is polled belong to this request.
    pub(crate) fn during<F: Future>(self, work: F) -> impl Future<Output = F::Output> {
        CURRENT.scope(self, work)
    }

    /// `request_id=… request="GET /api/posts"`, the path with its controls escaped.
    pub(super) fn in_text(&self, line: &mut String) {
        let _a_string_takes_all = write!(
            line,
            " request_id={} request={:?}",
            self.id.as_str(),
            self.target()
        );
        if let Some(caller) = self.caller {
            let _a_string_takes_all = write!(line, " trace_id={}", caller.trace_id());
        }
    }

    /// The same as members of the object that the line is.
    pub(super) fn in_json(&self, line: &mut String) {
        if line.pop() != Some('}') {
            return;
        }
        let _a_string_takes_all = write!(
            line,
            r#","request_id":"{}","request":{}"#,
            self.id.as_str(),
            serde_json::Value::from(self.target())
        );
        if let Some(caller) = self.caller {
            let _a_string_takes_all = write!(line, r#","trace_id":"{}""#, caller.trace_id());
        }
        line.push('}');
    }

    /// Without the query, which may hold what is nobody's business.
    fn target(&self) -> String {
        format!("{} {}", self.method, self.uri.path())
    }
}

/// Marks a line that belongs to a request.
pub(super) fn mark(line: &mut String, mark: Mark) {
    let _outside_of_requests = CURRENT.try_with(|current| {
        line.truncate(line.trim_end_matches('\n').len());
        mark(current, line);
        line.push('\n');
    });
}
