//! What attempts are counted under.

use aws_lc_rs::digest::{SHA256, digest};
use chassis::client_address::{ClientAddress, ClientGroup};

use crate::user::GivenName;

/// A name, or an address, and what is tried there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Subject {
    /// A name, known or not, by its digest.
    Name([u8; 32]),
    /// The id of a program, known or not, by its digest.
    Client([u8; 32]),
    /// An address, or the network that one customer has.
    Address(ClientGroup),
    /// An address that makes accounts.
    Registrant(ClientGroup),
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

    /// What a program's attempt to show who it is is counted under.
    #[must_use]
    pub fn of_client(unverified_id: &str, address: ClientAddress) -> Vec<Self> {
        let mut bytes = [0; 32];
        bytes.copy_from_slice(digest(&SHA256, unverified_id.as_bytes()).as_ref());
        vec![Self::Client(bytes), Self::address(address)]
    }

    /// What an attempt to make an account is counted under.
    #[must_use]
    pub fn of_registration(address: ClientAddress) -> Vec<Self> {
        vec![Self::Registrant(address.group())]
    }

    /// The key in the store; the first byte keeps the kinds apart.
    #[must_use]
    pub fn key(&self) -> Vec<u8> {
        match self {
            Self::Name(digest) => [b"n", digest.as_slice()].concat(),
            Self::Client(digest) => [b"c", digest.as_slice()].concat(),
            Self::Address(group) => format!("a{group}").into_bytes(),
            Self::Registrant(group) => format!("r{group}").into_bytes(),
        }
    }
}
