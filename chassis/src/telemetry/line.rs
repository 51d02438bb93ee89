//! One log line: the event as the library writes it, and the request that it belongs to.

use std::fmt;

use tracing::{Event, Subscriber};
use tracing_subscriber::fmt::format::{Format, Full, Json, Writer};
use tracing_subscriber::fmt::{FmtContext, FormatEvent, FormatFields, format};
use tracing_subscriber::registry::LookupSpan;

use super::current_request::{self, CurrentRequest, Mark};

pub(super) struct Line<F> {
    event: F,
    mark: Mark,
}

impl Line<Format<Full>> {
    /// For a person.
    pub(super) fn text(ansi: bool) -> Self {
        Self {
            event: format().with_target(false).with_ansi(ansi),
            mark: CurrentRequest::in_text,
        }
    }
}

impl Line<Format<Json>> {
    /// One object, with the event's fields at its top level.
    pub(super) fn json() -> Self {
        let event = format().with_target(false).json().flatten_event(true);
        Self {
            event: event.with_current_span(false).with_span_list(false),
            mark: CurrentRequest::in_json,
        }
    }
}

impl<S, N, F> FormatEvent<S, N> for Line<F>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
    N: for<'a> FormatFields<'a> + 'static,
    F: FormatEvent<S, N>,
{
    fn format_event(
        &self,
        context: &FmtContext<'_, S, N>,
        mut writer: Writer<'_>,
        event: &Event<'_>,
    ) -> fmt::Result {
        let mut line = String::new();
        self.event
            .format_event(context, Writer::new(&mut line), event)?;
        current_request::mark(&mut line, self.mark);
        writer.write_str(&line)
    }
}
