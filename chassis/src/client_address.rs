//! Who is calling, when a proxy may stand between.
//!
//! A forwarding header is a claim by whoever sent it. It is believed only as far as the chain of
//! trusted proxies reaches, read from the nearest hop outwards, so a client can add what it likes
//! at the far end without being believed.

mod forwarded;

use std::fmt;
use std::net::{IpAddr, Ipv6Addr};
use std::str::FromStr;

use http::HeaderMap;
use ipnet::IpNet;

/// The networks whose `Forwarded` (RFC 7239) and `X-Forwarded-For` are believed.
#[derive(Debug, Clone, Default)]
pub struct TrustedProxies(Vec<Network>);

/// A network in the notation `10.0.0.0/8`, or a single address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network(IpNet);

/// Not an address, and not a network.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("must be an address or a network such as 10.0.0.0/8")]
pub struct InvalidNetwork;

/// The address that a request is taken to come from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct ClientAddress(IpAddr);

/// What is counted as one client: an IPv4 address, or the /64 that one IPv6 customer gets at least.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct ClientGroup(IpAddr);

impl TrustedProxies {
    /// Believes these and nobody else.
    #[must_use]
    pub fn new(networks: Vec<Network>) -> Self {
        Self(networks)
    }

    /// The nearest address that is not a trusted proxy's.
    ///
    /// When both headers are there and disagree, one of them came through the proxy untouched and
    /// may be forged: then neither is believed.
    #[must_use]
    pub fn client(&self, peer: IpAddr, headers: &HeaderMap) -> ClientAddress {
        let peer = ClientAddress::from(peer);
        if !self.trusts(peer) {
            return peer;
        }
        let forwarded = forwarded::forwarded(headers).map(|hops| self.walk(peer, hops));
        let x_forwarded_for = forwarded::x_forwarded_for(headers).map(|hops| self.walk(peer, hops));
        match (forwarded, x_forwarded_for) {
            (Some(client), None) | (None, Some(client)) => client,
            (Some(one), Some(other)) if one == other => one,
            _ => peer,
        }
    }

    /// From the nearest hop outwards. A hop that does not say who it is ends the walk at the proxy
    /// that vouched for it.
    fn walk(&self, peer: ClientAddress, hops: Vec<Option<IpAddr>>) -> ClientAddress {
        let mut nearest = peer;
        for hop in hops.into_iter().rev() {
            let Some(hop) = hop else { break };
            nearest = ClientAddress::from(hop);
            if !self.trusts(nearest) {
                break;
            }
        }
        nearest
    }

    pub(crate) fn trusts(&self, address: ClientAddress) -> bool {
        self.0.iter().any(|network| network.0.contains(&address.0))
    }
}

impl From<IpAddr> for ClientAddress {
    /// An IPv4 address that arrived on an IPv6 socket is still that IPv4 address.
    fn from(address: IpAddr) -> Self {
        Self(address.to_canonical())
    }
}

impl ClientAddress {
    /// The address itself.
    #[must_use]
    pub fn ip(self) -> IpAddr {
        self.0
    }

    /// What it is counted under.
    #[must_use]
    pub fn group(self) -> ClientGroup {
        match self.0 {
            IpAddr::V4(_) => ClientGroup(self.0),
            IpAddr::V6(address) => {
                let prefix = address.to_bits() & (u128::MAX << 64);
                ClientGroup(Ipv6Addr::from_bits(prefix).into())
            }
        }
    }
}

impl FromStr for Network {
    type Err = InvalidNetwork;

    fn from_str(text: &str) -> Result<Self, InvalidNetwork> {
        let network = text
            .parse()
            .or_else(|_| text.parse::<IpAddr>().map(IpNet::from));
        network.map(Network).map_err(|_| InvalidNetwork)
    }
}

impl fmt::Display for ClientAddress {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(formatter)
    }
}

impl fmt::Display for ClientGroup {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.0 {
            IpAddr::V4(address) => address.fmt(formatter),
            IpAddr::V6(address) => write!(formatter, "{address}/64"),
        }
    }
}

#[cfg(test)]
mod tests;
