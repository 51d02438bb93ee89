//! The disk copy of the last good key set, so that a restart can serve while the issuer is down.

use std::collections::BTreeMap;
use std::fs::{self, File, Metadata, OpenOptions};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use token::{Clock, KeySet, KeySetError, Kid, Timestamp};

use crate::held::Held;
use crate::withdrawn::Withdrawn;

/// A key set at its largest and its tombstones.
const MAX_BYTES: u64 = 1024 * 1024;

/// Changes at every start of the system, where there is such a thing.
const BOOT_ID: &str = "/proc/sys/kernel/random/boot_id";

/// The file, and whose key set it may hold.
#[derive(Debug, Clone)]
pub(crate) struct DiskCopy {
    path: PathBuf,
    issuer: String,
    jwks_url: String,
}

/// What the file says. The issuer's entity tag is not kept: after a restart the set is asked for
/// whole, so that no "unchanged" makes good what has happened to the file.
#[derive(Serialize, Deserialize)]
struct Content {
    issuer: String,
    jwks_url: String,
    confirmed_at: Timestamp,
    boot: Option<Boot>,
    withdrawn_until: BTreeMap<Kid, Timestamp>,
    /// For how long each key had been held when this was written. What has passed since does not
    /// count: no clock that was set meanwhile can make a key older than it is.
    #[serde(default)]
    held_for_millis: BTreeMap<Kid, u64>,
    jwks: Box<RawValue>,
}

/// The confirmation by the clock that cannot be set, good until the system starts anew.
#[derive(Serialize, Deserialize)]
struct Boot {
    id: String,
    confirmed_at_millis: u64,
}

/// A set from the disk and how long ago the issuer confirmed it.
#[derive(Debug)]
pub(crate) struct Restored {
    pub(crate) keys: KeySet,
    pub(crate) withdrawn: Withdrawn,
    /// Since when keys have been held, no earlier than the monotonic clock began.
    pub(crate) since: BTreeMap<Kid, Duration>,
    pub(crate) age: Duration,
}

/// Why there is nothing to restore.
#[derive(Debug, thiserror::Error)]
pub(crate) enum DiskError {
    #[error("it cannot be read or written: {0}")]
    Io(#[from] io::Error),
    #[error("it is not what was written: {0}")]
    Malformed(#[from] serde_json::Error),
    #[error("its key set is refused: {0}")]
    KeySet(#[from] KeySetError),
    #[error("it is of another issuer, {0}")]
    OtherIssuer(String),
    #[error("it was confirmed in the future, so its age is unknown")]
    AgeUnknown,
}

impl DiskCopy {
    pub(crate) fn new(path: &Path, issuer: &str, jwks_url: &str) -> Self {
        Self {
            path: path.to_owned(),
            issuer: issuer.to_owned(),
            jwks_url: jwks_url.to_owned(),
        }
    }

    /// Reads the copy as strictly as what an issuer sends. `None` when there is no file.
    pub(crate) fn read(&self, clock: &dyn Clock) -> Result<Option<Restored>, DiskError> {
        match fs::metadata(&self.path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            metadata => must_be_file(&metadata?)?,
        }
        let file = File::open(&self.path)?;
        let mut json = Vec::new();
        file.take(MAX_BYTES).read_to_end(&mut json)?;
        let content: Content = serde_json::from_slice(&json)?;
        if content.issuer != self.issuer || content.jwks_url != self.jwks_url {
            return Err(DiskError::OtherIssuer(content.issuer));
        }
        content.restore(clock).map(Some)
    }

    /// Replaces the copy, whole: whoever reads it sees the old one or the new one, also after a
    /// power cut. `age` is for how long the issuer has not confirmed the set.
    pub(crate) fn write(
        &self,
        held: &Held,
        age: Duration,
        clock: &dyn Clock,
    ) -> Result<(), DiskError> {
        let json = serde_json::to_vec_pretty(&self.content(held, age, clock)?)?;
        let folder = self
            .path
            .parent()
            .filter(|folder| !folder.as_os_str().is_empty());
        let folder = folder.unwrap_or(Path::new("."));
        fs::create_dir_all(folder)?;
        let temporary = self.temporary();
        let written = write_durably(&temporary, &json);
        if let Err(error) = written.and_then(|()| fs::rename(&temporary, &self.path)) {
            // What is to be reported is why it could not be written.
            let _ = fs::remove_file(&temporary);
            return Err(error.into());
        }
        File::open(folder)?.sync_all()?;
        Ok(())
    }

    fn content(&self, held: &Held, age: Duration, clock: &dyn Clock) -> Result<Content, DiskError> {
        let (wall, monotonic) = (clock.now(), clock.monotonic());
        let boot = boot_id().map(|id| {
            let confirmed_at_millis = whole_millis(monotonic.saturating_sub(age));
            Boot {
                id,
                confirmed_at_millis,
            }
        });
        Ok(Content {
            issuer: self.issuer.clone(),
            jwks_url: self.jwks_url.clone(),
            confirmed_at: wall - age,
            boot,
            withdrawn_until: held
                .withdrawn()
                .iter()
                .map(|(kid, until)| (kid.clone(), wall + until.saturating_sub(monotonic)))
                .collect(),
            held_for_millis: held
                .held_for(monotonic)
                .map(|(kid, held)| (kid.clone(), whole_millis(held)))
                .collect(),
            jwks: RawValue::from_string(held.keys().to_json())?,
        })
    }

    /// A name that nobody else has and nobody can guess: replicas in containers share folders and
    /// have the same process id.
    fn temporary(&self) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{:016x}.tmp", rand::random::<u64>()));
        name.into()
    }
}

impl Content {
    fn restore(self, clock: &dyn Clock) -> Result<Restored, DiskError> {
        let (wall, monotonic) = (clock.now(), clock.monotonic());
        let age = self.age(wall, monotonic).ok_or(DiskError::AgeUnknown)?;
        let withdrawn = self.withdrawn_until.into_iter();
        let held = self.held_for_millis.into_iter();
        Ok(Restored {
            keys: KeySet::parse(self.jwks.get().as_bytes())?,
            withdrawn: withdrawn
                .map(|(kid, until)| (kid, monotonic + until.since(wall)))
                .collect(),
            since: held
                .map(|(kid, held)| (kid, monotonic.saturating_sub(Duration::from_millis(held))))
                .collect(),
            age,
        })
    }

    /// The longest that either clock tells: neither one set back nor a restart makes it younger.
    fn age(&self, wall: Timestamp, monotonic: Duration) -> Option<Duration> {
        let by_wall = (wall >= self.confirmed_at).then(|| wall.since(self.confirmed_at))?;
        let Some(boot) = self
            .boot
            .as_ref()
            .filter(|boot| Some(&boot.id) == boot_id().as_ref())
        else {
            return Some(by_wall);
        };
        let by_boot = monotonic.checked_sub(Duration::from_millis(boot.confirmed_at_millis))?;
        Some(by_wall.max(by_boot))
    }
}

fn whole_millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

fn boot_id() -> Option<String> {
    Some(fs::read_to_string(BOOT_ID).ok()?.trim().to_owned())
}

/// Whoever opens a pipe waits for somebody to write into it.
pub(crate) fn must_be_file(metadata: &Metadata) -> io::Result<()> {
    if metadata.is_file() {
        Ok(())
    } else {
        Err(io::Error::other("it is not a regular file"))
    }
}

/// Into a file that was not there before, so that no link is followed.
fn write_durably(path: &Path, content: &[u8]) -> io::Result<()> {
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(content)?;
    file.sync_all()
}
