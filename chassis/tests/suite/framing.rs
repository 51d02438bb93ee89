//! Requests that are malformed or have two meanings, as raw bytes.
//!
//! Each is answered with 4xx or by closing the connection: never with a 5xx, and never so that the
//! bytes behind it are taken for a second request.

use chassis::Limits;
use serde_json::Value;

use crate::server::start;

/// Follows every row. Were it answered, the row would have been read as something shorter.
const SMUGGLED: &[u8] = b"GET /smuggled HTTP/1.1\r\nHost: here\r\n\r\n";

const REFUSED: &[(&str, &[u8])] = &[
    ("no host", b"GET / HTTP/1.1\r\n\r\n"),
    ("two hosts", b"GET / HTTP/1.1\r\nHost: here\r\nHost: here\r\n\r\n"),
    ("two different hosts", b"GET / HTTP/1.1\r\nHost: here\r\nHost: there\r\n\r\n"),
    ("host with user", b"GET / HTTP/1.1\r\nHost: me@here\r\n\r\n"),
    ("host with blank", b"GET / HTTP/1.1\r\nHost: he re\r\n\r\n"),
    ("host with path", b"GET / HTTP/1.1\r\nHost: here/there\r\n\r\n"),
    ("host against target", b"GET http://there/ HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("two lengths", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab"),
    ("list of lengths", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 2\r\n\r\nab"),
    ("negative length", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: -1\r\n\r\n"),
    ("signed length", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: +1\r\n\r\na"),
    ("hexadecimal length", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 0x1\r\n\r\na"),
    ("empty length", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length:\r\n\r\n"),
    ("length beyond 64 bits", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 99999999999999999999\r\n\r\n"),
    ("length with blank inside", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1 1\r\n\r\n"),
    ("unknown coding", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: xchunked\r\n\r\n0\r\n\r\n"),
    ("chunked not last", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n"),
    ("coding with tab before", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \x0bchunked\r\n\r\n0\r\n\r\n"),
    ("coding in HTTP/1.0", b"POST /echo HTTP/1.0\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunk size not hexadecimal", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\na\r\n0\r\n\r\n"),
    ("chunk size negative", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\na\r\n0\r\n\r\n"),
    ("chunk size with prefix", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0x1\r\na\r\n0\r\n\r\n"),
    ("chunk size overflows", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\nfffffffffffffffff\r\na\r\n0\r\n\r\n"),
    ("chunk size missing", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n\r\na\r\n0\r\n\r\n"),
    ("chunk longer than its size", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nab\r\n0\r\n\r\n"),
    ("chunk ends without CR LF", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\naX0\r\n\r\n"),
    ("line feed ends chunk size", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\na\r\n0\r\n\r\n"),
    ("line feed in chunk extension", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;a\nb\r\na\r\n0\r\n\r\n"),
    ("folded field", b"GET / HTTP/1.1\r\nHost: here\r\nX-A: b\r\n c\r\n\r\n"),
    ("folded first field", b"GET / HTTP/1.1\r\n Host: here\r\n\r\n"),
    ("blank before colon", b"GET / HTTP/1.1\r\nHost : here\r\n\r\n"),
    ("field without colon", b"GET / HTTP/1.1\r\nHost: here\r\nnonsense\r\n\r\n"),
    ("field without name", b"GET / HTTP/1.1\r\nHost: here\r\n: x\r\n\r\n"),
    ("NUL in value", b"GET / HTTP/1.1\r\nHost: here\r\nX-A: a\0b\r\n\r\n"),
    ("NUL in name", b"GET / HTTP/1.1\r\nHost: here\r\nX\0A: a\r\n\r\n"),
    ("NUL in target", b"GET /\0 HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("lone CR in value", b"GET / HTTP/1.1\r\nHost: here\r\nX-A: a\rb\r\n\r\n"),
    ("control character in value", b"GET / HTTP/1.1\r\nHost: here\r\nX-A: a\x01b\r\n\r\n"),
    ("UTF-8 in name", "GET / HTTP/1.1\r\nHost: here\r\nX-\u{e9}: a\r\n\r\n".as_bytes()),
    ("blank in target", b"GET /a b HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("two blanks", b"GET  / HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("tab for a blank", b"GET\t/ HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("no target", b"GET HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("no version", b"GET /\r\nHost: here\r\n\r\n"),
    ("unknown version", b"GET / HTTP/1.2\r\nHost: here\r\n\r\n"),
    ("version 3", b"GET / HTTP/3.0\r\nHost: here\r\n\r\n"),
    ("version in lower case", b"GET / http/1.1\r\nHost: here\r\n\r\n"),
    ("version with a long tail", b"GET / HTTP/1.11\r\nHost: here\r\n\r\n"),
    ("method with a bracket", b"G(T / HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("empty method", b" / HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("target is a word", b"GET nonsense HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("target is an asterisk", b"GET * HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("connect", b"CONNECT here:80 HTTP/1.1\r\nHost: here:80\r\n\r\n"),
    ("host list", b"GET / HTTP/1.1\r\nHost: here, there\r\n\r\n"),
    ("host with a word for a port", b"GET / HTTP/1.1\r\nHost: here:http\r\n\r\n"),
    ("host with a port beyond 16 bits", b"GET / HTTP/1.1\r\nHost: here:65536\r\n\r\n"),
    ("host beyond ASCII", "GET / HTTP/1.1\r\nHost: h\u{e9}re\r\n\r\n".as_bytes()),
    ("target with user", b"GET http://me@here/ HTTP/1.1\r\nHost: me@here\r\n\r\n"),
    ("target without host", b"GET http:/// HTTP/1.1\r\nHost:\r\n\r\n"),
    ("target of another scheme", b"GET ftp://here/ HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("length as a fraction", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1.0\r\n\r\na"),
    ("length with an exponent", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1e0\r\n\r\na"),
    ("list of equal lengths", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 1, 1\r\n\r\na"),
    ("length in other digits", "POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: \u{661}\r\n\r\na".as_bytes()),
    ("coding below chunked", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("chunked twice", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked, chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("chunked in two fields", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("coding below chunked in two fields", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("identity with length", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: identity\r\nContent-Length: 1\r\n\r\na"),
    ("empty coding with length", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\nContent-Length: 1\r\n\r\na"),
    ("quoted coding", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: \"chunked\"\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("coding with a parameter", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked;q=1\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("folded coding", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding:\r\n chunked\r\n\r\n1\r\na\r\n0\r\n\r\n"),
    ("chunk size with a sign", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n+1\r\na\r\n0\r\n\r\n"),
    ("chunk size with an underscore", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n0_1\r\na\r\n0\r\n\r\n"),
    ("blank before chunk size", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n 1\r\na\r\n0\r\n\r\n"),
    ("line feed ends chunk", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\n0\r\n\r\n"),
    ("line feeds end last chunk", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\n\n"),
    ("CR in chunk extension", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1;a\rb\r\na\r\n0\r\n\r\n"),
    ("trailer without colon", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nGET /smuggled HTTP/1.1\r\n\r\n"),
    ("no last chunk", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n"),
    ("delete in value", b"GET / HTTP/1.1\r\nHost: here\r\nX-A: a\x7fb\r\n\r\n"),
    ("CR for line ends", b"GET / HTTP/1.1\rHost: here\r\r"),
    ("blank before method", b" GET / HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("blank behind version", b"GET / HTTP/1.1 \r\nHost: here\r\n\r\n"),
    ("preface of HTTP/2 that goes wrong", b"PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n"),
    ("method of the preface", b"PRI * HTTP/1.1\r\nHost: here\r\n\r\n"),
    ("TLS on a plain port", b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"),
    ("binary", b"\xff\xfe\xfd\xfc\r\n\r\n"),
];

#[tokio::test]
async fn what_is_malformed_is_refused_and_ends_the_connection_or_the_request() {
    let server = start(Limits::default()).await;
    let mut wrong = Vec::new();
    for (name, request) in REFUSED {
        let mut client = server.connect().await;
        client.send(&[request, SMUGGLED].concat()).await;
        client.finish().await;
        let answers = client.rest().await;
        let first = answers.lines().next().unwrap_or_default();
        let refused =
            first.is_empty() || first.starts_with("HTTP/1.1 4") || first.starts_with("HTTP/1.0 4");
        if !refused || answers.matches("HTTP/1.").count() > 1 {
            wrong.push(format!("{name}: {first}"));
        } else if !(answers.is_empty() || is_problem(&answers)) {
            wrong.push(format!("{name}: no problem document: {answers}"));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// Also where there was no request that a service could have answered.
fn is_problem(answer: &str) -> bool {
    let Some((head, body)) = answer.split_once("\r\n\r\n") else {
        return false;
    };
    let document: Value = serde_json::from_str(body).unwrap_or_default();
    let Some(id) = document["request_id"].as_str() else {
        return false;
    };
    head.contains("content-type: application/problem+json\r\n")
        && head.contains(&format!("x-request-id: {id}"))
        && head
            .split(' ')
            .nth(1)
            .is_some_and(|status| status.parse().ok() == document["status"].as_u64())
}

/// RFC 9112 §6.3: Transfer-Encoding wins, and the connection ends.
const SERVED_ONCE: &[(&str, &[u8])] = &[
    ("length and chunks", b"POST /echo HTTP/1.1\r\nHost: h\r\nContent-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n"),
    ("chunks and length", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\nContent-Length: 4\r\n\r\n0\r\n\r\n"),
];

#[tokio::test]
async fn a_body_with_two_lengths_is_the_last_of_its_connection() {
    let server = start(Limits::default()).await;
    for (name, request) in SERVED_ONCE {
        let answers = server.exchange(&[request, SMUGGLED].concat()).await;
        assert_eq!(answers.matches("HTTP/1.").count(), 1, "{name}: {answers}");
        assert!(answers.contains("connection: close"), "{name}: {answers}");
    }
}

#[tokio::test]
async fn what_is_unusual_and_unambiguous_is_served() {
    let server = start(Limits::default()).await;
    let good: &[(&str, &[u8], &str)] = &[
        ("absolute target", b"GET http://here/ HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n", "hello"),
        ("HTTP/1.0 without host", b"GET / HTTP/1.0\r\n\r\n", "hello"),
        ("empty lines first", b"\r\n\r\nGET / HTTP/1.1\r\nHost: here\r\nConnection: close\r\n\r\n", "hello"),
        ("host with port", b"GET / HTTP/1.1\r\nHost: [::1]:80\r\nConnection: close\r\n\r\n", "hello"),
        ("chunks", b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n2;x=y\r\nab\r\n1\r\nc\r\n0\r\n\r\n", "abc"),
        ("coding in capitals", b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nTransfer-Encoding: CHUNKED\r\n\r\n1\r\na\r\n0\r\n\r\n", "a"),
        ("trailer", b"POST /echo HTTP/1.1\r\nHost: h\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nContent-Length: 9\r\n\r\n", "a"),
        ("host with an empty port", b"GET / HTTP/1.1\r\nHost: here:\r\nConnection: close\r\n\r\n", "hello"),
        ("same length twice", b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 1\r\nContent-Length: 1\r\n\r\na", "a"),
        ("length with zeros", b"POST /echo HTTP/1.1\r\nHost: h\r\nConnection: close\r\nContent-Length: 003\r\n\r\nabc", "abc"),
    ];
    for (name, request, end) in good {
        let answer = server.exchange(request).await;
        assert!(
            answer.starts_with("HTTP/1") && answer.contains(" 200 ") && answer.ends_with(end),
            "{name}: {answer}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_announced_as_too_large_is_not_asked_for() {
    let server = start(Limits::default()).await;
    for expectation in ["Expect: 100-continue\r\n", ""] {
        let head =
            format!("POST /json HTTP/1.1\r\nHost: h\r\n{expectation}Content-Length: 1025\r\n\r\n");
        let mut client = server.connect().await;
        client.send(head.as_bytes()).await;
        let answer = client.answer().await;
        assert!(answer.starts_with("HTTP/1.1 413 "), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let server = start(Limits::default()).await;
    let target = format!("GET /{} HTTP/1.1\r\nHost: here\r\n\r\n", "a".repeat(9_000));
    let value = format!(
        "GET / HTTP/1.1\r\nHost: here\r\nX-A: {}\r\n\r\n",
        "a".repeat(17_000)
    );
    let authorization = format!(
        "GET / HTTP/1.1\r\nHost: here\r\nAuthorization: Bearer {}\r\n\r\n",
        "a".repeat(300_000)
    );
    let fields = format!(
        "GET / HTTP/1.1\r\nHost: here\r\n{}\r\n",
        "X-A: a\r\n".repeat(65)
    );
    let method = format!("{} / HTTP/1.1\r\nHost: here\r\n\r\n", "A".repeat(20_000));
    let body = format!(
        "POST /json HTTP/1.1\r\nHost: h\r\nContent-Type: application/json\r\nContent-Length: 1025\r\n\r\n{}",
        "a".repeat(1025)
    );
    let table: [(&str, &str, &[u16]); 6] = [
        ("target", &target, &[414]),
        ("value", &value, &[431]),
        ("authorization", &authorization, &[431]),
        ("fields", &fields, &[431]),
        ("method", &method, &[400, 431]),
        ("body", &body, &[413]),
    ];
    for (name, request, expected) in table {
        let mut client = server.connect().await;
        client.send(request.as_bytes()).await;
        client.finish().await;
        let answer = client.rest().await;
        let status = answer.get(9..12).and_then(|status| status.parse().ok());
        // A client that is still sending may lose the answer to the reset; nothing else may happen.
        assert!(
            status.is_none_or(|status| expected.contains(&status)),
            "{name}: {answer}"
        );
    }
}
