//! `/metrics` in Prometheus' text form, filled through the `metrics` facade.
//!
//! Any crate counts with `metrics::counter!` and describes what it counts with
//! `metrics::describe_counter!`; here is what the chassis itself measures.

mod process;
mod recorder;

use std::sync::{Mutex, PoisonError};

use axum::routing::get;
use http::header;
use metrics::{Unit, counter, describe_counter, describe_gauge, describe_histogram};

use self::recorder::Numbers;
use crate::routes::Routes;

/// Seconds per request by `route`, `method` and `status`; its `_count` is the number of requests.
pub(crate) const REQUEST_SECONDS: &str = "http_request_duration_seconds";
/// Requests that the service works on: not answered yet, and no body awaited.
pub(crate) const IN_FLIGHT: &str = "http_requests_in_flight";
/// Requests whose body is awaited.
pub(crate) const ARRIVING: &str = "http_requests_arriving";
/// Requests answered with 503 because there were too many.
pub(crate) const SHED: &str = "http_requests_shed_total";
pub(crate) const UNREAD_GIVEN_UP: &str = "http_answers_given_up_total";
/// Open connections by `listener`.
pub(crate) const CONNECTIONS: &str = "http_connections";
/// Connections closed at once by `listener` and `reason`: all places taken, or its address's share.
pub(crate) const TURNED_AWAY: &str = "http_connections_turned_away_total";
/// Times that the system gave no connection although one waited, by `listener`.
pub(crate) const ACCEPT_ERRORS: &str = "http_accept_errors_total";
/// Requests that could not be read as HTTP and reached no route, by `status`.
pub(crate) const MALFORMED: &str = "http_requests_malformed_total";
/// Whether what readiness asks for holds, by `check`.
pub(crate) const CHECK_OK: &str = "service_check_ok";
/// Lines of the log that could not be written.
pub(crate) const LOG_LINES_LOST: &str = "log_lines_lost_total";

/// The process's recorder. The facade has one for the whole process, so there is one of these.
#[derive(Clone)]
pub struct Metrics(Numbers);

/// Something else in the process counts already.
#[derive(Debug, thiserror::Error)]
#[error("another recorder is in its place")]
pub struct Occupied;

impl Metrics {
    /// Installs the recorder, or finds the one that is installed already. It comes before anything
    /// that counts: what is asked for earlier counts into the void.
    ///
    /// # Errors
    /// Another recorder is in its place.
    pub fn install() -> Result<Self, Occupied> {
        static INSTALLED: Mutex<Option<Numbers>> = Mutex::new(None);
        let mut installed = INSTALLED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(numbers) = &*installed {
            return Ok(Self(numbers.clone()));
        }
        let numbers = Numbers::default();
        numbers.install().map_err(|_| Occupied)?;
        describe();
        Ok(Self(installed.insert(numbers).clone()))
    }

    /// `GET /metrics`, for the operations listener.
    #[must_use]
    pub fn routes<S: Clone + Send + Sync + 'static>(&self) -> Routes<S> {
        const TEXT: &str = "text/plain; version=0.0.4; charset=utf-8";
        let numbers = self.0.clone();
        let render = async move || {
            process::measure();
            ([(header::CONTENT_TYPE, TEXT)], numbers.render())
        };
        Routes::new().route("/metrics", get(render))
    }
}

fn describe() {
    describe_histogram!(
        REQUEST_SECONDS,
        Unit::Seconds,
        "Time to answer, by route and status"
    );
    describe_gauge!(
        IN_FLIGHT,
        "Requests that are not answered yet and await no body"
    );
    describe_gauge!(ARRIVING, "Requests whose body is awaited");
    describe_counter!(SHED, "Requests refused because there were too many");
    describe_counter!(
        UNREAD_GIVEN_UP,
        "Answers that broke off because nobody read them and they took too much room"
    );
    describe_gauge!(CONNECTIONS, "Open connections, by listener");
    describe_counter!(
        TURNED_AWAY,
        "Connections refused: all places taken, or more than one address's share"
    );
    describe_counter!(
        ACCEPT_ERRORS,
        "Times that the system gave no connection although one waited"
    );
    describe_counter!(MALFORMED, "Requests that could not be read as HTTP");
    describe_counter!(LOG_LINES_LOST, "Lines of the log that could not be written");
    describe_gauge!(CHECK_OK, "1 while what readiness asks for holds, else 0");
    for status in ["400", "414", "431"] {
        counter!(MALFORMED, "status" => status).increment(0);
    }
    counter!(SHED).increment(0);
    counter!(UNREAD_GIVEN_UP).increment(0);
    counter!(LOG_LINES_LOST).increment(0);
    process::describe();
}
