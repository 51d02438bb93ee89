//! What a scrape shows.

use chassis::Limits;

use crate::server::start;

#[tokio::test]
async fn requests_are_counted_by_the_route_and_never_by_what_a_client_invents() {
    let server = start(Limits::default()).await;
    for request in [
        "GET /?invented=1",
        "GET /invented",
        "INVENTED /",
        "POST /echo",
    ] {
        let request = format!("{request} HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n");
        server.exchange(request.as_bytes()).await;
    }
    let scrape = server
        .exchange(b"GET /metrics HTTP/1.1\r\nHost: h\r\nConnection: close\r\n\r\n")
        .await;
    for expected in [
        "content-type: text/plain; version=0.0.4",
        r#"http_request_duration_seconds_count{route="/",method="GET",status="200"}"#,
        r#"http_request_duration_seconds_count{route="",method="GET",status="404"}"#,
        r#"http_request_duration_seconds_count{route="/",method="other",status="405"}"#,
        r#"http_connections{listener="test"}"#,
        "http_requests_in_flight ",
        "process_resident_memory_bytes ",
        "process_open_fds ",
    ] {
        assert!(
            scrape.contains(expected),
            "{expected} is missing in {scrape}"
        );
    }
    assert!(!scrape.to_lowercase().contains("invented"), "{scrape}");
}
