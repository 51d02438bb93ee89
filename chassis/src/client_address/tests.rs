use http::{HeaderMap, HeaderName, HeaderValue};

use super::*;

/// Seen from a service that trusts `10.0.0.0/8` and `fd00::/8`.
fn client(peer: &str, headers: &[(&str, &str)]) -> String {
    let networks = ["10.0.0.0/8", "fd00::/8"].map(|network| network.parse().unwrap());
    let mut map = HeaderMap::new();
    for (name, value) in headers {
        let name = HeaderName::from_bytes(name.as_bytes()).unwrap();
        map.append(name, HeaderValue::from_str(value).unwrap());
    }
    TrustedProxies::new(networks.to_vec())
        .client(peer.parse().unwrap(), &map)
        .to_string()
}

#[test]
fn a_forwarding_header_is_believed_as_far_as_trust_reaches() {
    const XFF: &str = "X-Forwarded-For";
    const FWD: &str = "Forwarded";
    type Row = (
        &'static str,
        &'static [(&'static str, &'static str)],
        &'static str,
    );
    let table: &[Row] = &[
        ("192.0.2.1", &[], "192.0.2.1"),
        ("192.0.2.1", &[(XFF, "198.51.100.9")], "192.0.2.1"),
        ("192.0.2.1", &[(FWD, "for=198.51.100.9")], "192.0.2.1"),
        ("10.0.0.1", &[], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "198.51.100.9")], "198.51.100.9"),
        ("::ffff:10.0.0.1", &[(XFF, "198.51.100.9")], "198.51.100.9"),
        ("10.0.0.1", &[(XFF, "::ffff:198.51.100.9")], "198.51.100.9"),
        (
            "10.0.0.1",
            &[(XFF, "203.0.113.7, 198.51.100.9")],
            "198.51.100.9",
        ),
        (
            "10.0.0.1",
            &[(XFF, "203.0.113.7"), (XFF, "198.51.100.9, 10.0.0.2")],
            "198.51.100.9",
        ),
        ("10.0.0.1", &[(XFF, "10.0.0.3, 10.0.0.2")], "10.0.0.3"),
        ("10.0.0.1", &[(XFF, "198.51.100.9:4711")], "198.51.100.9"),
        ("10.0.0.1", &[(XFF, "198.51.100.9, unknown")], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "")], "10.0.0.1"),
        ("10.0.0.1", &[(XFF, "198.51.100.9, ' OR 1=1")], "10.0.0.1"),
        (
            "fd00::1",
            &[(FWD, "for=\"[2001:db8::7]:4711\";proto=https")],
            "2001:db8::7",
        ),
        (
            "fd00::1",
            &[(FWD, "For=198.51.100.9;by=10.0.0.1, for=10.0.0.2")],
            "198.51.100.9",
        ),
        (
            "fd00::1",
            &[(FWD, "for=198.51.100.9, for=_hidden, for=10.0.0.2")],
            "10.0.0.2",
        ),
        ("fd00::1", &[(FWD, "for=\"a,for=198.51.100.9\"")], "fd00::1"),
        ("fd00::1", &[(FWD, "proto=https")], "fd00::1"),
        (
            "10.0.0.1",
            &[(FWD, "for=203.0.113.7"), (XFF, "198.51.100.9")],
            "10.0.0.1",
        ),
        (
            "10.0.0.1",
            &[(FWD, "for=203.0.113.7"), (XFF, "203.0.113.7")],
            "203.0.113.7",
        ),
    ];
    for (peer, headers, expected) in table {
        assert_eq!(client(peer, headers), *expected, "{peer} {headers:?}");
    }
}

#[test]
fn an_ipv6_customer_counts_once_and_an_ipv4_address_for_itself() {
    let group = |text: &str| ClientAddress::from(text.parse::<IpAddr>().unwrap()).group();
    assert_eq!(group("2001:db8::1"), group("2001:db8::ffff:ffff:ffff:ffff"));
    assert_ne!(group("2001:db8::1"), group("2001:db8:0:1::1"));
    assert_ne!(group("192.0.2.1"), group("192.0.2.2"));
    assert_eq!(group("::ffff:192.0.2.1"), group("192.0.2.1"));
    assert_eq!(group("2001:db8::1").to_string(), "2001:db8::/64");
}

#[test]
fn a_network_is_an_address_or_has_a_prefix() {
    for good in ["10.0.0.0/8", "192.0.2.1", "fd00::/8", "::1"] {
        assert!(good.parse::<Network>().is_ok(), "{good}");
    }
    for bad in ["", "10.0.0.0/33", "10.0.0", "localhost", "*"] {
        assert_eq!(bad.parse::<Network>(), Err(InvalidNetwork), "{bad}");
    }
}
