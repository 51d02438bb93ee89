use axum::body::{Body, to_bytes};
use axum::extract::Request;
use axum::routing::{get, post};
use futures_util::FutureExt;
use http::{HeaderValue, header};
use serde_json::Value;
use tower::ServiceExt;

use super::*;

async fn note(body: axum::body::Bytes) -> String {
    body.len().to_string()
}

fn pieces() -> impl futures_util::Stream<Item = Result<&'static str, std::io::Error>> + Send {
    futures_util::stream::iter([Ok("a"), Ok("b")])
}

fn service() -> Site {
    let routes = Routes::new()
        .route("/note", get(async || "note").post(note))
        .route("/pieces", get(async || Body::from_stream(pieces())))
        .route("/same", get(async || StatusCode::NOT_MODIFIED))
        .route(
            "/panic",
            post(async || -> StatusCode { panic!("on purpose") }),
        )
        .route("/stuck", get(std::future::pending::<StatusCode>));
    Edge::new(16)
        .with_limits(Limits {
            in_flight: 2,
            ..Limits::default()
        })
        .wrap(routes)
}

async fn send(request: http::request::Builder, body: &'static str) -> (Response<()>, Value) {
    let request = request
        .header(header::HOST, "here")
        .body(Body::from(body))
        .unwrap();
    answer(service().oneshot(request).await.unwrap()).await
}

async fn answer(response: Response) -> (Response<()>, Value) {
    let (head, body) = response.into_parts();
    let body = to_bytes(body, 4096).await.unwrap();
    (
        Response::from_parts(head, ()),
        serde_json::from_slice(&body).unwrap_or_default(),
    )
}

#[tokio::test]
async fn what_no_route_takes_is_answered_with_a_problem() {
    let (response, body) = send(Request::get("/nowhere"), "").await;
    assert_eq!(
        (response.status(), &body["type"]),
        (StatusCode::NOT_FOUND, &"/docs#not-found".into())
    );
    let (response, body) = send(Request::delete("/note"), "").await;
    assert_eq!(response.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(response.headers()[header::ALLOW], "GET,HEAD,POST");
    assert_eq!(
        body["request_id"],
        response.headers()["x-request-id"].to_str().unwrap()
    );
}

#[tokio::test]
async fn options_tells_what_is_allowed_and_head_has_no_body() {
    let (response, _) = send(Request::options("/note"), "").await;
    assert_eq!(response.status(), StatusCode::NO_CONTENT);
    assert_eq!(response.headers()[header::ALLOW], "GET,HEAD,POST");
    let (response, body) = send(Request::head("/nowhere"), "").await;
    assert_eq!(
        (response.status(), body),
        (StatusCode::NOT_FOUND, Value::Null)
    );
}

#[tokio::test]
async fn head_tells_the_length_that_get_would_have() {
    for path in ["/note", "/nowhere"] {
        let ask = async |method| {
            let request = Request::builder().method(method).uri(path);
            let request = request
                .header(header::HOST, "here")
                .header("x-request-id", "mine-1");
            let request = request.body(Body::empty()).unwrap();
            let (head, body) = service().oneshot(request).await.unwrap().into_parts();
            let body = to_bytes(body, 4096).await.unwrap().len();
            let length = head.headers.get(header::CONTENT_LENGTH).cloned();
            (body, length.map(|length| length.to_str().unwrap().parse()))
        };
        let (length, _) = ask(Method::GET).await;
        assert_eq!(ask(Method::HEAD).await, (0, Some(Ok(length))), "{path}");
    }
}

#[tokio::test]
async fn no_length_is_told_of_content_that_is_left_out_and_not_known() {
    for (method, path) in [
        (Method::HEAD, "/pieces"),
        (Method::HEAD, "/same"),
        (Method::GET, "/same"),
    ] {
        let request = Request::builder().method(method).uri(path);
        let (response, _) = send(request, "").await;
        let length = response.headers().get(header::CONTENT_LENGTH);
        assert_eq!(length, None, "{path}");
    }
}

#[tokio::test]
async fn a_sane_request_id_is_kept_and_another_replaced() {
    let (response, body) = send(Request::get("/x").header("x-request-id", "mine-1"), "").await;
    assert_eq!(
        (&response.headers()["x-request-id"], &body["request_id"]),
        (&HeaderValue::from_static("mine-1"), &"mine-1".into())
    );
    let (response, _) = send(Request::get("/x").header("x-request-id", "a b"), "").await;
    assert_eq!(response.headers()["x-request-id"].len(), 36);
}

#[tokio::test]
async fn a_panic_is_answered_and_says_nothing() {
    let (response, body) = send(Request::post("/panic"), "").await;
    assert_eq!(response.status(), StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.to_string().contains("purpose"));
}

#[tokio::test]
async fn requests_beyond_the_ceiling_are_told_to_come_back() {
    let service = service();
    let stuck = || {
        let request = Request::get("/stuck")
            .header(header::HOST, "here")
            .body(Body::empty());
        service.clone().oneshot(request.unwrap())
    };
    let (mut one, mut two) = (Box::pin(stuck()), Box::pin(stuck()));
    assert!((&mut one).now_or_never().is_none() && (&mut two).now_or_never().is_none());
    let (response, _) = answer(stuck().await.unwrap()).await;
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.headers()[header::RETRY_AFTER], "1");
    drop(one);
    assert!(stuck().now_or_never().is_none());
}

#[tokio::test]
async fn every_answer_is_hardened() {
    let (response, _) = send(Request::get("/note"), "").await;
    assert_eq!(
        response.headers()[header::X_CONTENT_TYPE_OPTIONS],
        "nosniff"
    );
    assert!(
        response
            .headers()
            .get(header::STRICT_TRANSPORT_SECURITY)
            .is_none()
    );
}

#[tokio::test]
async fn requests_with_two_meanings_are_refused() {
    let long = format!("/{}", "a".repeat(9000));
    let table = [
        (Request::get("/note"), StatusCode::OK),
        (Request::get("http://here/note"), StatusCode::OK),
        (Request::get("http://there/note"), StatusCode::BAD_REQUEST),
        (
            Request::get("/note").header(header::HOST, "here"),
            StatusCode::BAD_REQUEST,
        ),
        (Request::get(long), StatusCode::URI_TOO_LONG),
        (
            (0..70).fold(Request::get("/note"), |r, _| r.header("a", "b")),
            StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
        ),
    ];
    for (request, expected) in table {
        let shown = format!("{request:?}");
        assert_eq!(send(request, "").await.0.status(), expected, "{shown}");
    }
}
