//! What a crash leaves of a file that was being created: a draft with a secret in it.

use std::ffi::OsStr;
use std::fs;
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};

use tracing::{info, warn};

use super::file::directory_of;

const ENDING: &str = ".new";

/// Where a file is written before it gets its name. Unlike any other draft: processes of several
/// hosts may share the directory.
pub(super) fn draft_of(path: &Path) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(format!(".{:016x}{ENDING}", rand::random::<u64>()));
    path.with_file_name(name)
}

/// Removes the drafts of a file that is there, and other names of the same file: none of them can
/// become it any more.
pub(super) fn remove(path: &Path) {
    match drafts(path) {
        Ok(drafts) => drafts.iter().for_each(|draft| remove_one(draft)),
        Err(error) => {
            warn!(path = %path.display(), %error, "cannot look for drafts of the sealing key");
        }
    }
}

/// The creator of a draft may be alive, and removes it as well.
fn remove_one(draft: &Path) {
    let draft_path = draft.display();
    match fs::remove_file(draft) {
        Ok(()) => {
            info!(draft = %draft_path, "removed a draft of the sealing key that a crash had left");
        }
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => {
            warn!(draft = %draft_path, %error, "a crash has left a draft of the sealing key: remove it");
        }
    }
}

fn drafts(path: &Path) -> io::Result<Vec<PathBuf>> {
    let file = identity(path)?;
    let mut drafts = Vec::new();
    for entry in fs::read_dir(directory_of(path))? {
        let entry = entry?;
        let (draft, name) = (entry.path(), entry.file_name());
        let Some(of) = drafted(&name) else { continue };
        if Some(OsStr::new(of)) == path.file_name() || identity(&draft).is_ok_and(|it| it == file) {
            drafts.push(draft);
        }
    }
    Ok(drafts)
}

/// The name of the file that a name is the draft of.
fn drafted(name: &OsStr) -> Option<&str> {
    let (of, random) = name.to_str()?.strip_suffix(ENDING)?.rsplit_once('.')?;
    let is_random = random.len() == 16 && random.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_random.then_some(of)
}

fn identity(path: &Path) -> io::Result<(u64, u64)> {
    let metadata = fs::symlink_metadata(path)?;
    Ok((metadata.dev(), metadata.ino()))
}
