//! `/openapi.json` and `/docs`: the description of a service for machines, and the same for people
//! on a page that needs nothing from any other host.

pub mod openapi;

use axum::http::HeaderValue;
use axum::response::{IntoResponse, Response};
use axum::routing::get;
use bytes::Bytes;
use http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE};

use crate::routes::Routes;

const PAGE: &str = include_str!("docs/page.html");
const SCRIPT: &str = include_str!("docs/page.js");
const STYLE: &str = include_str!("docs/page.css");

/// The page runs its own script, speaks to its own service and to nobody else.
const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; \
     base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
);

/// Serves an OpenAPI document, in JSON, and the page that shows it.
pub fn routes<S: Clone + Send + Sync + 'static>(openapi: impl Into<Bytes>) -> Routes<S> {
    let openapi = openapi.into();
    Routes::new()
        .route(
            "/openapi.json",
            get(async move || asset("application/json", openapi.clone())),
        )
        .route("/docs", get(page))
        .route(
            "/docs/page.js",
            get(async || asset("text/javascript", SCRIPT)),
        )
        .route("/docs/page.css", get(async || asset("text/css", STYLE)))
}

async fn page() -> Response {
    let policy = [(CONTENT_SECURITY_POLICY, POLICY)];
    (policy, asset("text/html; charset=utf-8", PAGE)).into_response()
}

fn asset(media_type: &'static str, content: impl Into<Bytes>) -> Response {
    let headers = [(CONTENT_TYPE, media_type), (CACHE_CONTROL, "no-cache")];
    (headers, content.into()).into_response()
}

#[cfg(test)]
mod tests {
    use axum::body::{Body, to_bytes};
    use http::{Request, StatusCode};
    use tower::ServiceExt;

    use super::*;

    async fn get(path: &str) -> (Response<()>, String) {
        let request = Request::get(path).body(Body::empty()).unwrap();
        let (_, router) = routes::<()>(r#"{"openapi":"3.1.0"}"#).into_parts();
        let (parts, body) = router.oneshot(request).await.unwrap().into_parts();
        let body = to_bytes(body, 1 << 20).await.unwrap();
        let text = String::from_utf8(body.to_vec()).unwrap();
        (Response::from_parts(parts, ()), text)
    }

    type Response<T> = http::Response<T>;

    #[tokio::test]
    async fn every_file_that_the_page_names_is_served() {
        let (page, html) = get("/docs").await;
        assert_eq!(page.status(), StatusCode::OK);
        assert_eq!(page.headers()[CONTENT_TYPE], "text/html; charset=utf-8");
        let named: Vec<_> = html
            .split('"')
            .filter(|text| text.starts_with('/'))
            .collect();
        assert_eq!(named, ["/docs/page.css", "/docs/page.js"]);
        for path in named {
            assert_eq!(get(path).await.0.status(), StatusCode::OK, "{path}");
        }
        let (document, json) = get("/openapi.json").await;
        assert_eq!(document.headers()[CONTENT_TYPE], "application/json");
        assert_eq!(json, r#"{"openapi":"3.1.0"}"#);
    }

    #[tokio::test]
    async fn nothing_on_the_page_comes_from_another_host_or_from_within_the_text() {
        for path in ["/docs", "/docs/page.js", "/docs/page.css"] {
            let (_, text) = get(path).await;
            for foreign in ["http://", "https://", "innerHTML", "style=", "onclick="] {
                assert!(!text.contains(foreign), "{foreign} in {path}");
            }
        }
    }
}
