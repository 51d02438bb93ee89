//! What failures are counted under.

use std::net::{IpAddr, Ipv6Addr};

use crate::user::GivenName;

/// A name, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A name, known or not, by its digest.
    Name([u8; 32]),
    /// An IPv4 address, or the /64 network of an IPv6 address: one customer usually has all of it.
    Address(IpAddr),
}

impl Subject {
    /// The subject that a name is counted under.
    #[must_use]
    pub fn name(name: &GivenName) -> Self {
        Self::Name(*name.digest())
    }

    /// The subject that an address is counted under.
    #[must_use]
    pub fn address(address: IpAddr) -> Self {
        Self::Address(match address.to_canonical() {
            IpAddr::V6(v6) => {
                let [a, b, c, d, ..] = v6.segments();
                IpAddr::V6(Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
            }
            v4 @ IpAddr::V4(_) => v4,
        })
    }

    /// The key in the store; the first byte keeps the two kinds apart.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Name(digest) => [b"n", digest.as_slice()].concat(),
            Self::Address(IpAddr::V4(v4)) => [b"4", v4.octets().as_slice()].concat(),
            Self::Address(IpAddr::V6(v6)) => [b"6", v6.octets().as_slice()].concat(),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(address: &str) -> Vec<u8> {
        Subject::address(address.parse().unwrap()).key()
    }

    #[test]
    fn ipv6_addresses_of_one_network_are_one_subject() {
        assert_eq!(key("2001:db8:0:1::1"), key("2001:db8:0:1:ffff::2"));
        assert_ne!(key("2001:db8:0:1::1"), key("2001:db8:0:2::1"));
    }

    #[test]
    fn an_ipv4_address_is_the_same_when_it_comes_mapped() {
        assert_eq!(key("192.0.2.7"), key("::ffff:192.0.2.7"));
        assert_ne!(key("192.0.2.7"), key("192.0.2.8"));
    }
}
