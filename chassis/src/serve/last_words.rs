//! Problem documents from where no service is: a connection without a place, and bytes that
//! hyper refuses before there is a request.

use std::time::Duration;

use http::{HeaderMap, StatusCode, header};
use uuid::Uuid;

use crate::problem::Problem;
use crate::request_id::X_REQUEST_ID;

/// All of an HTTP/1.1 answer for a connection that has no place.
pub(super) fn no_place() -> Vec<u8> {
    answer(Problem::unavailable(Duration::from_secs(1)).detail("Too many connections are open."))
}

/// What replaces an answer that hyper made itself: a 4xx, empty, before any request was read.
/// Every answer of a service carries `X-Request-Id`, so one without is hyper's.
pub(super) fn instead_of(written: &[u8]) -> Option<(StatusCode, Vec<u8>)> {
    const LONGEST: usize = 256;
    if written.len() > LONGEST || !written.starts_with(b"HTTP/1.1 4") {
        return None;
    }
    let head = std::str::from_utf8(written).ok()?;
    let status = head.strip_prefix("HTTP/1.1 ")?.get(..3)?;
    let is_whole_and_empty =
        head.ends_with("\r\n\r\n") && head.contains("\r\ncontent-length: 0\r\n");
    if !is_whole_and_empty || head.contains("x-request-id") {
        return None;
    }
    let problem = match status {
        "400" => Problem::bad_request("The request cannot be read as HTTP."),
        "414" => Problem::target_too_long(),
        "431" => Problem::header_too_large(),
        _ => return None,
    };
    Some((problem.status(), answer(problem)))
}

fn answer(problem: Problem) -> Vec<u8> {
    let (status, id) = (problem.status(), Uuid::now_v7().to_string());
    let (mut headers, body) = problem.into_document(&id);
    if let Ok(id) = id.parse() {
        headers.insert(X_REQUEST_ID, id);
    }
    headers.insert(header::CONTENT_LENGTH, body.len().into());
    headers.insert(header::CONNECTION, http::HeaderValue::from_static("close"));
    [head(status, &headers), body].concat()
}

fn head(status: StatusCode, headers: &HeaderMap) -> Vec<u8> {
    let mut head = format!("HTTP/1.1 {status}\r\n").into_bytes();
    for (name, value) in headers {
        head.extend([name.as_str().as_bytes(), b": ", value.as_bytes(), b"\r\n"].concat());
    }
    head.extend(b"\r\n");
    head
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_of_a_service_is_left_alone() {
        let ours = b"HTTP/1.1 400 Bad Request\r\nx-request-id: 1\r\ncontent-length: 0\r\n\r\n";
        let full = b"HTTP/1.1 400 Bad Request\r\ncontent-length: 1\r\n\r\nx";
        let good = b"HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n";
        let data = b"some of a body\r\ncontent-length: 0\r\n\r\n";
        for written in [&ours[..], full, good, data] {
            assert!(instead_of(written).is_none());
        }
    }

    #[test]
    fn an_empty_refusal_becomes_a_problem_document() {
        let empty = b"HTTP/1.1 431 Request Header Fields Too Large\r\nconnection: close\r\ncontent-length: 0\r\ndate: x\r\n\r\n";
        let (status, answer) = instead_of(empty).unwrap();
        let answer = String::from_utf8(answer).unwrap();
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        let body: serde_json::Value = serde_json::from_str(body).unwrap();
        assert_eq!((status.as_u16(), &body["status"]), (431, &431.into()));
        let id = body["request_id"].as_str().unwrap();
        for line in [
            "HTTP/1.1 431 Request Header Fields Too Large",
            "content-type: application/problem+json",
            "connection: close",
            &format!("x-request-id: {id}"),
        ] {
            assert!(head.lines().any(|found| found == line), "{line} in {head}");
        }
    }
}
