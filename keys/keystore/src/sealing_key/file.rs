//! A file for one secret: read only when nobody else can, created whole or not at all.

use std::fs::{self, DirBuilder, File, Metadata, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::drafts::draft_of;
use crate::failpoint;

/// Fifteen keys of 64 characters; a larger file is something else.
const MAX_BYTES: usize = 1024;

const OTHERS: u32 = 0o077;
const WRITABLE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// Why a sealing-key file is not used.
#[derive(Debug, thiserror::Error)]
pub enum SealingKeyError {
    /// There is none.
    #[error(
        "the sealing-key file {} does not exist: put its copy there, or for a new database a new \
         key (`openssl rand -base64 32`), mode 0600",
        path.display()
    )]
    Missing {
        /// Where it was looked for.
        path: PathBuf,
    },
    /// It holds something else.
    #[error(
        "{} is not a sealing key: it must hold 32 random bytes, raw or as base64 or hexadecimal \
         text (for example from `openssl rand -base64 32`), or several such keys, a line each",
        path.display()
    )]
    Malformed {
        /// Which file.
        path: PathBuf,
    },
    /// Others can read or write it.
    #[error(
        "the sealing-key file {} is open to other users (mode {mode:04o}): make sure that nobody \
         has read it, then `chmod 600` it",
        path.display()
    )]
    Exposed {
        /// Which file.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// Others could put a file of their own in its place.
    #[error(
        "the directory {} of the sealing-key file can be written by other users (mode {mode:04o})",
        path.display()
    )]
    ExposedDirectory {
        /// Which directory.
        path: PathBuf,
        /// Its permission bits.
        mode: u32,
    },
    /// It belongs to somebody else.
    #[error("{} belongs to another user (uid {uid})", path.display())]
    ForeignOwner {
        /// Which file or directory.
        path: PathBuf,
        /// Whose it is.
        uid: u32,
    },
    /// The file system refuses.
    #[error("the sealing-key file {} cannot be used: {source}", path.display())]
    Io {
        /// Which file.
        path: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The system has no randomness to give.
    #[error("no randomness to make the sealing key {} of", path.display())]
    NoRandomness {
        /// The file that was to be made.
        path: PathBuf,
    },
}

/// The contents of a file that only its owner can read, in a directory that only its owner can
/// change.
pub(super) fn read_private(path: &Path) -> Result<Zeroizing<Vec<u8>>, SealingKeyError> {
    let file = File::open(path).map_err(|source| missing_or_io(path, source))?;
    let metadata = file.metadata().map_err(|source| io_error(path, source))?;
    check_file(path, &metadata)?;
    check_directory(directory_of(path))?;
    // Room for all of it from the start: a vector that grows leaves copies behind.
    let mut contents = Zeroizing::new(Vec::with_capacity(MAX_BYTES + 1));
    file.take(MAX_BYTES as u64 + 1)
        .read_to_end(&mut contents)
        .map_err(|source| io_error(path, source))?;
    if contents.len() > MAX_BYTES {
        return Err(malformed(path));
    }
    Ok(contents)
}

/// Creates a file, mode 0600, durably. When another process creates it at the same moment, that
/// file stays as it is.
pub(super) fn create_private(path: &Path, contents: &[u8]) -> Result<(), SealingKeyError> {
    let directory = directory_of(path);
    create_directory(directory).map_err(|source| io_error(directory, source))?;
    check_directory(directory)?;
    write_then_link(path, contents).map_err(|source| io_error(path, source))
}

/// A reader must never see half a key, and a file that is there must never be replaced: the
/// file is written under another name, and linked under its own only if that is free.
fn write_then_link(path: &Path, contents: &[u8]) -> io::Result<()> {
    let draft = draft_of(path);
    let written = write_new(&draft, contents);
    failpoint::reach("sealing-key-drafted");
    let linked = written.and_then(|()| fs::hard_link(&draft, path));
    failpoint::reach("sealing-key-linked");
    // Whoever finds the file in its place removes the drafts of all others.
    match fs::remove_file(&draft) {
        Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
        _ => {}
    }
    match linked {
        Err(error) if !path.exists() => return Err(error),
        _ => {}
    }
    File::open(directory_of(path))?.sync_all()
}

fn write_new(path: &Path, contents: &[u8]) -> io::Result<()> {
    let mut file = OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)?;
    file.write_all(contents)?;
    file.sync_all()
}

fn create_directory(directory: &Path) -> io::Result<()> {
    DirBuilder::new()
        .recursive(true)
        .mode(0o700)
        .create(directory)
}

fn check_file(path: &Path, metadata: &Metadata) -> Result<(), SealingKeyError> {
    if !metadata.is_file() {
        return Err(malformed(path));
    }
    check_owner(path, metadata)?;
    let mode = metadata.mode() & 0o7777;
    if mode & OTHERS != 0 {
        return Err(SealingKeyError::Exposed {
            path: path.to_owned(),
            mode,
        });
    }
    Ok(())
}

fn check_directory(directory: &Path) -> Result<(), SealingKeyError> {
    let metadata = fs::metadata(directory).map_err(|source| io_error(directory, source))?;
    let mode = metadata.mode() & 0o7777;
    // In a sticky directory, such as /tmp, others can add files but not replace this one.
    if mode & WRITABLE_BY_OTHERS != 0 && mode & STICKY == 0 {
        return Err(SealingKeyError::ExposedDirectory {
            path: directory.to_owned(),
            mode,
        });
    }
    check_owner(directory, &metadata)
}

fn check_owner(path: &Path, metadata: &Metadata) -> Result<(), SealingKeyError> {
    let uid = metadata.uid();
    if uid == 0 || uid == rustix::process::geteuid().as_raw() {
        return Ok(());
    }
    Err(SealingKeyError::ForeignOwner {
        path: path.to_owned(),
        uid,
    })
}

pub(super) fn directory_of(path: &Path) -> &Path {
    path.parent()
        .filter(|parent| !parent.as_os_str().is_empty())
        .unwrap_or(Path::new("."))
}

fn missing_or_io(path: &Path, source: io::Error) -> SealingKeyError {
    match source.kind() {
        ErrorKind::NotFound => SealingKeyError::Missing {
            path: path.to_owned(),
        },
        _ => io_error(path, source),
    }
}

fn malformed(path: &Path) -> SealingKeyError {
    SealingKeyError::Malformed {
        path: path.to_owned(),
    }
}

fn io_error(path: &Path, source: io::Error) -> SealingKeyError {
    SealingKeyError::Io {
        path: path.to_owned(),
        source,
    }
}
