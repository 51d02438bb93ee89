//! The places for connections, and who holds them.
//!
//! While half of the places are free anybody may have one. From then on an address keeps to its
//! share, so that one client that takes all it can get leaves the other half to everybody else.
//! The host's own addresses and trusted proxies speak for many clients and have no share.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::client_address::{ClientAddress, ClientGroup, TrustedProxies};

/// An address's share is one place in this many, and at least one.
const SHARES: usize = 16;

pub(super) struct Places {
    cap: usize,
    exempt: TrustedProxies,
    held: Mutex<Held>,
}

#[derive(Default)]
struct Held {
    total: usize,
    by_group: HashMap<ClientGroup, usize>,
}

/// One connection's place, free again when dropped.
pub(super) struct Place {
    places: Arc<Places>,
    group: ClientGroup,
}

/// Why there is no place.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Refusal {
    Full,
    BeyondShare,
}

impl Places {
    pub(super) fn new(cap: usize, exempt: TrustedProxies) -> Arc<Self> {
        Arc::new(Self {
            cap,
            exempt,
            held: Mutex::default(),
        })
    }

    pub(super) fn take(self: &Arc<Self>, peer: IpAddr) -> Result<Place, Refusal> {
        let address = ClientAddress::from(peer);
        let group = address.group();
        let mut held = self.held();
        if held.total >= self.cap {
            return Err(Refusal::Full);
        }
        let own = held.by_group.get(&group).copied().unwrap_or_default();
        let scarce = held.total >= self.cap / 2;
        if scarce && own >= (self.cap / SHARES).max(1) && !self.speaks_for_many(address) {
            return Err(Refusal::BeyondShare);
        }
        held.total += 1;
        held.by_group.insert(group, own + 1);
        Ok(Place {
            places: Arc::clone(self),
            group,
        })
    }

    fn speaks_for_many(&self, address: ClientAddress) -> bool {
        address.ip().is_loopback() || self.exempt.trusts(address)
    }

    fn held(&self) -> MutexGuard<'_, Held> {
        self.held.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut held = self.places.held();
        held.total -= 1;
        if let Some(own) = held.by_group.get_mut(&self.group) {
            *own -= 1;
            if *own == 0 {
                held.by_group.remove(&self.group);
            }
        }
    }
}

impl Refusal {
    /// The label of the metric.
    pub(super) const fn as_str(self) -> &'static str {
        match self {
            Self::Full => "full",
            Self::BeyondShare => "share",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    fn take_all(places: &Arc<Places>, peer: &str) -> (Vec<Place>, Refusal) {
        let mut taken = Vec::new();
        loop {
            match places.take(address(peer)) {
                Ok(place) => taken.push(place),
                Err(refusal) => return (taken, refusal),
            }
        }
    }

    #[test]
    fn one_address_leaves_half_of_the_places_to_the_others() {
        let places = Places::new(64, TrustedProxies::default());
        let (greedy, refusal) = take_all(&places, "192.0.2.1");
        assert_eq!((greedy.len(), refusal), (32, Refusal::BeyondShare));
        let (second, refusal) = take_all(&places, "192.0.2.2");
        assert_eq!((second.len(), refusal), (4, Refusal::BeyondShare));
        let others: Vec<_> = (3..=9)
            .map(|last| take_all(&places, &format!("192.0.2.{last}")).0)
            .collect();
        assert!(others.iter().all(|taken| taken.len() == 4));
        assert_eq!(
            places.take(address("192.0.2.99")).err(),
            Some(Refusal::Full)
        );
        drop(others);
        drop(greedy);
        assert!(places.take(address("192.0.2.2")).is_ok(), "half is free");
    }

    #[test]
    fn addresses_of_one_ipv6_customer_are_one() {
        let places = Places::new(64, TrustedProxies::default());
        let _greedy = take_all(&places, "2001:db8::1").0;
        let neighbour = places.take(address("2001:db8::2"));
        assert_eq!(neighbour.err(), Some(Refusal::BeyondShare));
        assert!(places.take(address("2001:db8:0:1::1")).is_ok());
    }

    #[test]
    fn whoever_speaks_for_many_may_have_every_place() {
        let proxies = TrustedProxies::new(vec!["192.0.2.0/24".parse().unwrap()]);
        for peer in ["192.0.2.1", "127.0.0.1", "::1", "::ffff:127.0.0.1"] {
            let places = Places::new(64, proxies.clone());
            let (taken, refusal) = take_all(&places, peer);
            assert_eq!((taken.len(), refusal), (64, Refusal::Full), "{peer}");
        }
    }

    #[test]
    fn what_is_given_back_is_forgotten() {
        let places = Places::new(2, TrustedProxies::default());
        drop(take_all(&places, "192.0.2.1"));
        assert_eq!(places.held().total, 0);
        assert!(places.held().by_group.is_empty());
    }
}
