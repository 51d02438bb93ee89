use axum::body::to_bytes;

use super::*;

async fn document(response: Response) -> Value {
    serde_json::from_slice(&to_bytes(response.into_body(), 4096).await.unwrap()).unwrap()
}

#[tokio::test]
async fn a_problem_says_everything_once_and_in_the_media_type_of_rfc_9457() {
    let response = Problem::invalid([])
        .field("title", "must not be empty")
        .member("msg", "no")
        .into_response();
    assert_eq!(response.status(), StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(
        response.headers()[header::CONTENT_TYPE],
        "application/problem+json"
    );
    assert_eq!(
        document(response).await,
        serde_json::json!({
            "type": "/docs#invalid",
            "title": "Invalid content",
            "status": 422,
            "detail": "The member errors names each field that is wrong.",
            "errors": [{"field": "title", "message": "must not be empty"}],
            "msg": "no",
        })
    );
}

#[tokio::test]
async fn an_addressed_problem_carries_the_request_id_and_keeps_its_headers() {
    let mut response = Problem::unavailable(Duration::from_millis(1500)).into_response();
    address(&mut response, "abc");
    assert_eq!(response.headers()[header::RETRY_AFTER], "2");
    assert_eq!(document(response).await["request_id"], "abc");
}

#[tokio::test]
async fn an_internal_error_does_not_reach_the_body() {
    let error = std::io::Error::other("/var/secret.db: no such table");
    let text = document(Problem::internal(&error).into_response())
        .await
        .to_string();
    assert!(!text.contains("secret"), "{text}");
}
