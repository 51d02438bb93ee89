//! Where an issuer's key set comes from, and what one attempt to get it can bring.

use serde::{Deserialize, Serialize};
use token::KeySet;

use crate::fetch::HttpOrigin;
use crate::fetch_error::FetchError;
use crate::file::FileOrigin;
use crate::freshness::Freshness;

/// A place to read a key set from.
pub(crate) enum Origin {
    Http(HttpOrigin),
    File(FileOrigin),
}

/// Tells one version of a key set from another: an entity tag or what stands for one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub(crate) struct Validator(pub(crate) String);

/// What an attempt brought.
#[derive(Debug)]
pub(crate) enum Fetched {
    /// The set is the one that the validator stands for.
    Unchanged { freshness: Freshness },
    /// A set, whole and admitted.
    Set {
        keys: KeySet,
        validator: Option<Validator>,
        freshness: Freshness,
    },
}

impl Origin {
    /// Tries once. With a validator, a set that has not changed need not be sent.
    pub(crate) async fn fetch(&self, held: Option<&Validator>) -> Result<Fetched, FetchError> {
        match self {
            Self::Http(http) => http.fetch(held).await,
            Self::File(file) => file.fetch(held).await,
        }
    }

    /// The URL or path, for the log and to tell whose the disk copy is.
    pub(crate) fn location(&self) -> &str {
        match self {
            Self::Http(http) => http.location(),
            Self::File(file) => file.location(),
        }
    }

    /// Whether a set can arrive that is older than one that arrived before it.
    pub(crate) fn may_have_older_copies(&self) -> bool {
        matches!(self, Self::Http(_))
    }
}
