//! `/healthz` (the process answers) and `/readyz` (it can do its work).

use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::time::Duration;

use axum::response::{IntoResponse, Response};
use axum::routing::get;
use axum::{Extension, Json};
use serde_json::{Map, Value, json};
use tokio_util::sync::CancellationToken;

use crate::lifecycle::Lifecycle;
use crate::metrics::CHECK_OK;
use crate::problem::Problem;
use crate::routes::Routes;

/// A check that hangs counts as failed after this time.
const PATIENCE: Duration = Duration::from_secs(2);

/// How often the checks are measured.
const WATCH: Duration = Duration::from_secs(5);

/// What has to hold for the service to be ready. Not ready from the moment it is told to stop.
#[derive(Clone)]
pub struct Readiness {
    stopping: CancellationToken,
    checks: Vec<Check>,
}

#[derive(Clone)]
struct Check {
    name: &'static str,
    run: Arc<dyn Fn() -> CheckFuture + Send + Sync>,
}

type CheckFuture = Pin<Box<dyn Future<Output = Result<(), String>> + Send>>;

impl Readiness {
    pub(crate) fn new(stopping: CancellationToken) -> Self {
        Self {
            stopping,
            checks: Vec::new(),
        }
    }

    /// Adds a condition; its error says, in a few words and without a path, what is missing.
    #[must_use]
    pub fn with_check<F, Fut>(mut self, name: &'static str, check: F) -> Self
    where
        F: Fn() -> Fut + Send + Sync + 'static,
        Fut: Future<Output = Result<(), String>> + Send + 'static,
    {
        self.checks.push(Check {
            name,
            run: Arc::new(move || Box::pin(check())),
        });
        self
    }

    /// Measures every check in the background, for whoever watches the metrics and not the probe.
    pub fn watch(&self, lifecycle: &Lifecycle) {
        let (checks, stopping) = (self.checks.clone(), self.stopping.clone());
        lifecycle.spawn("readiness", async move {
            let mut moments = tokio::time::interval(WATCH);
            while stopping.run_until_cancelled(moments.tick()).await.is_some() {
                for check in &checks {
                    let ok = check.outcome().await.is_ok();
                    metrics::gauge!(CHECK_OK, "check" => check.name).set(u8::from(ok));
                }
            }
            Ok::<_, Infallible>(())
        });
    }

    async fn answer(self) -> Response {
        let mut report = Map::new();
        let mut ready = !self.stopping.is_cancelled();
        if !ready {
            report.insert("process".to_owned(), "stopping".into());
        }
        for check in &self.checks {
            let outcome = check.outcome().await;
            ready &= outcome.is_ok();
            let word = outcome.map_or_else(Value::from, |()| Value::from("ok"));
            report.insert(check.name.to_owned(), word);
        }
        if ready {
            return Json(json!({ "status": "ready", "checks": report })).into_response();
        }
        Problem::unavailable(Duration::from_secs(1))
            .detail("The service is not ready; the member checks says why.")
            .member("checks", report)
            .into_response()
    }
}

impl Check {
    async fn outcome(&self) -> Result<(), String> {
        tokio::time::timeout(PATIENCE, (self.run)())
            .await
            .unwrap_or_else(|_| Err("did not answer in time".to_owned()))
    }
}

/// The two routes, beside any others.
pub fn routes<S: Clone + Send + Sync + 'static>(readiness: Readiness) -> Routes<S> {
    let readyz = get(readyz).layer(Extension(readiness));
    Routes::new()
        .route("/healthz", get(healthz))
        .route("/readyz", readyz)
}

/// The process answers
#[utoipa::path(
    get,
    path = "/healthz",
    tag = "about",
    operation_id = "healthz",
    responses((status = OK, description = "It does", body = Object,
        example = json!({ "status": "ok" }))),
)]
pub(crate) async fn healthz() -> Json<Value> {
    Json(json!({ "status": "ok" }))
}

/// The service can do its work
#[utoipa::path(
    get,
    path = "/readyz",
    tag = "about",
    operation_id = "readyz",
    responses((status = OK, description = "It can", body = Object,
        example = json!({ "status": "ready", "checks": { "database": "ok" } }))),
)]
pub(crate) async fn readyz(Extension(readiness): Extension<Readiness>) -> Response {
    readiness.answer().await
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::*;

    async fn readyz(readiness: Readiness) -> (StatusCode, Value) {
        let (_, router) = routes::<()>(readiness).into_parts();
        let request = Request::get("/readyz").body(Body::empty()).unwrap();
        let response = router.oneshot(request).await.unwrap();
        let status = response.status();
        let body = to_bytes(response.into_body(), 4096).await.unwrap();
        (status, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn ready_until_told_to_stop() {
        let stopping = CancellationToken::new();
        let readiness = Readiness::new(stopping.clone()).with_check("store", async || Ok(()));
        assert_eq!(readyz(readiness.clone()).await.0, StatusCode::OK);
        stopping.cancel();
        let (status, body) = readyz(readiness).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body["checks"]["process"], "stopping");
    }

    #[tokio::test(start_paused = true)]
    async fn a_check_that_fails_or_hangs_is_named() {
        let readiness = Readiness::new(CancellationToken::new())
            .with_check("keys", async || Err("none held".to_owned()))
            .with_check("store", std::future::pending);
        let (status, body) = readyz(readiness).await;
        assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
        assert_eq!(body["checks"]["keys"], "none held");
        assert_eq!(body["checks"]["store"], "did not answer in time");
    }
}
