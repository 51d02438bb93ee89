//! The keys of one issuer and what its tokens must say.

use std::sync::Arc;
use std::time::Duration;

use token::{Policy, Rejection};

use crate::held::{Found, Held};
use crate::readiness::IssuerReadiness;
use crate::remote::Remote;
use crate::verifier::VerifyError;

/// An issuer whose tokens are accepted.
pub(crate) struct Issuer {
    pub(crate) policy: Policy,
    pub(crate) keys: Keys,
}

/// Where an issuer's keys are.
pub(crate) enum Keys {
    /// Given once, for ever.
    Fixed(Held),
    /// Fetched, or read from a file, and kept up to date.
    Remote(Arc<Remote>),
}

impl Keys {
    /// The key with this id. Waits only when it is not held.
    pub(crate) async fn find(&self, kid: &str) -> Result<Found, VerifyError> {
        match self {
            Self::Fixed(held) => Ok(held.find(kid).ok_or(Rejection::UnknownKey)?),
            Self::Remote(remote) => remote.find(kid).await,
        }
    }

    /// The generation of the set, if one is held that may be used.
    pub(crate) fn generation(&self) -> Option<u64> {
        match self {
            Self::Fixed(held) => Some(held.generation()),
            Self::Remote(remote) => Some(remote.current()?.as_ref()?.generation()),
        }
    }

    pub(crate) fn readiness(&self, issuer: &str) -> IssuerReadiness {
        match self {
            Self::Fixed(held) => IssuerReadiness {
                issuer: issuer.to_owned(),
                keys: held.keys().len(),
                age: Some(Duration::ZERO),
                problem: None,
            },
            Self::Remote(remote) => remote.readiness(),
        }
    }

    /// The part of it that needs refreshing.
    pub(crate) fn remote(&self) -> Option<&Arc<Remote>> {
        match self {
            Self::Fixed(_) => None,
            Self::Remote(remote) => Some(remote),
        }
    }
}
