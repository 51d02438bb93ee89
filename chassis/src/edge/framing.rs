//! Requests that a proxy and this server could understand differently are refused (RFC 9112 §11).

use axum::extract::Request;
use axum::response::Response;
use http::uri::{Authority, Scheme};
use http::{HeaderMap, HeaderName, HeaderValue, Method, StatusCode, Version, header};

use crate::limits::Limits;
use crate::problem::Problem;

/// What decides whether the bytes behind this request may be read as another one.
pub(super) struct Framing {
    is_http1: bool,
    is_last: bool,
}

impl Framing {
    /// RFC 9112 §6.3 ends the connection after Transfer-Encoding together with Content-Length,
    /// which hyper does not tell from Transfer-Encoding alone.
    pub(super) fn of(request: &Request) -> Self {
        let is_http1 = request.version() < Version::HTTP_2;
        Self {
            is_http1,
            is_last: request.headers().contains_key(header::TRANSFER_ENCODING),
        }
    }

    /// Refuses what hyper lets pass and this service does not.
    pub(super) fn check(&mut self, request: &Request, limits: &Limits) -> Result<(), Problem> {
        let checked = if self.is_last {
            check_coding(request.headers()).map_err(Problem::bad_request)
        } else {
            Ok(())
        };
        let checked = checked.and_then(|()| check(request, limits));
        self.is_last |= checked.is_err();
        checked
    }

    /// After some requests, and when a body is still to come, nothing more is read.
    pub(super) fn end_connection(&self, response: &mut Response) {
        let body_is_left = [StatusCode::REQUEST_TIMEOUT, StatusCode::PAYLOAD_TOO_LARGE]
            .contains(&response.status());
        if self.is_http1 && (self.is_last || body_is_left) {
            response
                .headers_mut()
                .insert(header::CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

fn check(request: &Request, limits: &Limits) -> Result<(), Problem> {
    if target_bytes(request) > limits.target_bytes {
        return Err(Problem::target_too_long());
    }
    let (headers, is_http1) = (request.headers(), request.version() < Version::HTTP_2);
    // On HTTP/1 the connection has counted the bytes already.
    if headers.len() > limits.header_fields
        || (!is_http1 && header_bytes(headers) > limits.header_bytes)
    {
        return Err(Problem::header_too_large());
    }
    check_form(request)
        .and_then(|()| check_host(request))
        .map_err(Problem::bad_request)
}

/// RFC 9112 §6.1. Hyper looks at the last coding alone, and would take what others have made of a
/// body for the body itself.
fn check_coding(headers: &HeaderMap) -> Result<(), &'static str> {
    let mut codings = headers.get_all(header::TRANSFER_ENCODING).iter();
    match (codings.next(), codings.next()) {
        (Some(coding), None) if coding.as_bytes().eq_ignore_ascii_case(b"chunked") => Ok(()),
        _ => Err("The only transfer coding is chunked, once."),
    }
}

/// RFC 9112 §3.2: a path or a whole address; `*` for OPTIONS alone; CONNECT is for proxies.
fn check_form(request: &Request) -> Result<(), &'static str> {
    let path = request.uri().path();
    let about_the_server = path == "*" && request.method() == Method::OPTIONS;
    if request.method() == Method::CONNECT || !(path.starts_with('/') || about_the_server) {
        return Err("The target is no path, and this is no proxy.");
    }
    match request.uri().scheme() {
        None => Ok(()),
        Some(scheme) if [Scheme::HTTP, Scheme::HTTPS].contains(scheme) => Ok(()),
        Some(_) => Err("The target is of another scheme."),
    }
}

pub(super) fn header_bytes(headers: &HeaderMap) -> usize {
    let bytes = |(name, value): (&HeaderName, &HeaderValue)| name.as_str().len() + value.len();
    headers.iter().map(bytes).sum()
}

fn target_bytes(request: &Request) -> usize {
    let uri = request.uri();
    uri.authority()
        .map_or(0, |authority| authority.as_str().len())
        + uri
            .path_and_query()
            .map_or(0, |target| target.as_str().len())
}

/// RFC 9112 §3.2: exactly one valid Host; RFC 9113 §8.3.1: `:authority` instead, or equal to it.
fn check_host(request: &Request) -> Result<(), &'static str> {
    let host = host(request.headers())?;
    let authority = request.uri().authority().map(Authority::as_str);
    match (host, authority) {
        (Some(host), Some(authority)) if !host.eq_ignore_ascii_case(authority) => {
            Err("Host and the target name different hosts.")
        }
        (None, None) if request.version() == Version::HTTP_11 => Err("Host is missing."),
        _ => Ok(()),
    }
}

fn host(headers: &HeaderMap) -> Result<Option<&str>, &'static str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let (first, second) = (hosts.next(), hosts.next());
    if second.is_some() {
        return Err("Host appears twice.");
    }
    let Some(host) = first else { return Ok(None) };
    match host.to_str() {
        Ok("") => Ok(Some("")),
        Ok(host) if is_authority(host) => Ok(Some(host)),
        _ => Err("Host is not a host."),
    }
}

fn is_authority(host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else {
        return false;
    };
    let behind = host.strip_prefix(authority.host());
    behind.is_some_and(|port| port.is_empty() || port.strip_prefix(':').is_some_and(is_port))
}

/// RFC 3986 §3.2.3: digits, or none.
fn is_port(port: &str) -> bool {
    port.bytes().all(|byte| byte.is_ascii_digit())
        && (port.is_empty() || port.parse::<u16>().is_ok())
}
