//! What failures are counted under.

use chassis::client_address::{ClientAddress, ClientGroup};

use crate::user::GivenName;

/// A name, or an address.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A name, known or not, by its digest.
    Name([u8; 32]),
    /// An address, or the network that one customer has.
    Address(ClientGroup),
}

impl Subject {
    /// What an attempt is counted under.
    #[must_use]
    pub fn of_attempt(name: &GivenName, address: ClientAddress) -> Vec<Self> {
        vec![Self::name(name), Self::address(address)]
    }

    /// The subject that a name is counted under.
    #[must_use]
    pub fn name(name: &GivenName) -> Self {
        Self::Name(*name.digest())
    }

    /// The subject that an address is counted under.
    #[must_use]
    pub fn address(address: ClientAddress) -> Self {
        Self::Address(address.group())
    }

    /// The key in the store; the first byte keeps the two kinds apart.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Name(digest) => [b"n", digest.as_slice()].concat(),
            Self::Address(group) => format!("a{group}").into_bytes(),
        }
    }
}
