//! Requests that a proxy and this server could understand differently are refused (RFC 9112 §11).

use axum::extract::Request;
use http::uri::Authority;
use http::{HeaderMap, Version, header};

use crate::limits::Limits;
use crate::problem::Problem;

/// What hyper lets pass and this service does not.
pub(super) fn check(request: &Request, limits: &Limits) -> Result<(), Problem> {
    if target_bytes(request) > limits.target_bytes {
        return Err(Problem::target_too_long());
    }
    if request.headers().len() > limits.header_fields {
        return Err(Problem::header_too_large());
    }
    check_host(request).map_err(Problem::bad_request)
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
    !host.contains('@') && host.parse::<Authority>().is_ok()
}
