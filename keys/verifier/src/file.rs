//! A key set in a file, read again when the file changes.

use std::fs::Metadata;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use token::{KeySet, MAX_KEY_SET_BYTES};
use tokio::fs::{self, File};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

use crate::disk::must_be_file;
use crate::fetch::TOTAL_LIMIT;
use crate::fetch_error::FetchError;
use crate::freshness::Freshness;
use crate::origin::{Fetched, Validator};

/// How soon a changed file is noticed.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// A key set in a file.
pub(crate) struct FileOrigin {
    path: PathBuf,
    location: String,
}

impl FileOrigin {
    pub(crate) fn new(path: &Path) -> Self {
        Self {
            path: path.to_owned(),
            location: path.display().to_string(),
        }
    }

    pub(crate) fn location(&self) -> &str {
        &self.location
    }

    /// Reads the file, unless it is still the version that is held. A disk may be in a network.
    pub(crate) async fn fetch(&self, held: Option<&Validator>) -> Result<Fetched, FetchError> {
        let fetched = timeout(TOTAL_LIMIT, self.read(held)).await;
        fetched.unwrap_or(Err(FetchError::Timeout))
    }

    async fn read(&self, held: Option<&Validator>) -> Result<Fetched, FetchError> {
        let freshness = Freshness {
            max_age: Some(LOOK_EVERY),
            ..Freshness::default()
        };
        must_be_file(&fs::metadata(&self.path).await?)?;
        let file = File::open(&self.path).await?;
        let validator = version(&file.metadata().await?);
        if held == Some(&validator) {
            return Ok(Fetched::Unchanged { freshness });
        }
        let keys = KeySet::parse(&content(file).await?)?;
        Ok(Fetched::Set {
            keys,
            validator: Some(validator),
            freshness,
        })
    }
}

async fn content(file: File) -> Result<Vec<u8>, FetchError> {
    let limit = MAX_KEY_SET_BYTES as u64;
    let mut content = Vec::new();
    file.take(limit + 1).read_to_end(&mut content).await?;
    if content.len() as u64 > limit {
        Err(FetchError::TooLarge)
    } else {
        Ok(content)
    }
}

fn version(metadata: &Metadata) -> Validator {
    let modified = metadata
        .modified()
        .ok()
        .and_then(|time| time.duration_since(UNIX_EPOCH).ok());
    Validator(format!(
        "{}-{:?}-{}",
        metadata.len(),
        modified,
        inode(metadata)
    ))
}

/// A file moved into place can have its predecessor's length and time, not its inode.
#[cfg(unix)]
fn inode(metadata: &Metadata) -> u64 {
    std::os::unix::fs::MetadataExt::ino(metadata)
}

#[cfg(not(unix))]
fn inode(_: &Metadata) -> u64 {
    0
}
