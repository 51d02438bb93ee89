//! The hops that the two forwarding headers name, farthest first; `None` for a hop that hides.

use std::net::{IpAddr, SocketAddr};

use http::HeaderMap;

/// `Forwarded: for=192.0.2.60;proto=http, for="[2001:db8::1]:4711"` (RFC 7239 §4).
pub(super) fn forwarded(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    hops(headers, "forwarded", |element| {
        let pairs = split_unquoted(element, ';');
        let node = pairs.into_iter().find_map(|pair| {
            let (name, value) = pair.split_once('=')?;
            name.trim()
                .eq_ignore_ascii_case("for")
                .then(|| value.trim().trim_matches('"'))
        });
        node.and_then(address)
    })
}

/// `X-Forwarded-For: 192.0.2.60, 2001:db8::1`.
pub(super) fn x_forwarded_for(headers: &HeaderMap) -> Option<Vec<Option<IpAddr>>> {
    hops(headers, "x-forwarded-for", address)
}

/// Several header lines are one list (RFC 9110 §5.3). `None` when there is no such header.
fn hops(
    headers: &HeaderMap,
    name: &str,
    read: impl Fn(&str) -> Option<IpAddr>,
) -> Option<Vec<Option<IpAddr>>> {
    let mut found = None;
    for line in headers.get_all(name) {
        let hops: &mut Vec<_> = found.get_or_insert_default();
        match line.to_str() {
            Ok(text) => hops.extend(split_unquoted(text, ',').into_iter().map(&read)),
            Err(_) => hops.push(None),
        }
    }
    found
}

fn split_unquoted(text: &str, separator: char) -> Vec<&str> {
    let mut quoted = false;
    text.split(|c| {
        quoted ^= c == '"';
        c == separator && !quoted
    })
    .collect()
}

/// An address alone, with a port, or in brackets. `unknown` and `_hidden` are none.
fn address(node: &str) -> Option<IpAddr> {
    let node = node.trim();
    let bare = node
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(node);
    let with_port = || node.parse::<SocketAddr>().map(|address| address.ip());
    bare.parse().or_else(|_| with_port()).ok()
}
