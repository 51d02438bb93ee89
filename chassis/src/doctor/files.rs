//! Who may read and who may change a file.

use std::fs::{self, Metadata};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;

use super::Finding;

const READ_OR_WRITE_BY_OTHERS: u32 = 0o077;
const WRITE_BY_OTHERS: u32 = 0o022;
const STICKY: u32 = 0o1000;

/// A file that nobody but its owner may read, by its own mode or by that of its folder.
#[must_use]
pub fn private(path: &Path) -> Finding {
    let shown = path.display();
    match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            Finding::good(format!("{shown} is made at the first start"))
        }
        Err(error) => Finding::bad(format!("{shown} cannot be read: {error}")),
        Ok(file) if has(&file, READ_OR_WRITE_BY_OTHERS) && !is_in_private_folder(path) => {
            Finding::bad(format!(
                "{shown} is open to others (mode {:04o}): chmod 600 {shown}",
                mode(&file)
            ))
        }
        Ok(file) => owned(path, &file).unwrap_or_else(|| {
            Finding::good(format!("{shown} is there, and nobody else can read it"))
        }),
    }
}

/// A file that everybody may read, and nobody but its owner may change or replace.
#[must_use]
pub fn unchangeable(path: &Path) -> Finding {
    let shown = path.display();
    let file = match fs::metadata(path) {
        Ok(file) => file,
        Err(error) => return Finding::bad(format!("{shown} cannot be read: {error}")),
    };
    if has(&file, WRITE_BY_OTHERS) && !is_in_private_folder(path) {
        let mode = mode(&file);
        return Finding::bad(format!(
            "{shown} can be changed by others (mode {mode:04o}): chmod go-w {shown}"
        ));
    }
    match folder(path) {
        Some((shown, folder)) if has(&folder, WRITE_BY_OTHERS) && !has(&folder, STICKY) => {
            let mode = mode(&folder);
            Finding::bad(format!(
                "{} can be replaced by others, who may write to its folder (mode {mode:04o}): \
                 chmod go-w {shown}",
                path.display()
            ))
        }
        _ => owned(path, &file).unwrap_or_else(|| {
            Finding::good(format!("{shown} is there, and nobody else can change it"))
        }),
    }
}

/// What belongs to somebody else, who is not root either, is theirs to change.
fn owned(path: &Path, file: &Metadata) -> Option<Finding> {
    let (uid, us) = (file.uid(), rustix::process::geteuid().as_raw());
    let foreign = uid != 0 && us != 0 && uid != us;
    foreign.then(|| {
        Finding::note(format!(
            "{} belongs to another user (uid {uid}): is this run as the service is?",
            path.display()
        ))
    })
}

fn is_in_private_folder(path: &Path) -> bool {
    folder(path).is_some_and(|(_, folder)| !has(&folder, READ_OR_WRITE_BY_OTHERS))
}

fn folder(path: &Path) -> Option<(String, Metadata)> {
    let folder = path.parent()?;
    let folder = if folder.as_os_str().is_empty() {
        Path::new(".")
    } else {
        folder
    };
    Some((folder.display().to_string(), fs::metadata(folder).ok()?))
}

fn has(file: &Metadata, bits: u32) -> bool {
    mode(file) & bits != 0
}

fn mode(file: &Metadata) -> u32 {
    file.permissions().mode() & 0o7777
}

#[cfg(test)]
mod tests {
    use super::*;

    fn set(path: &Path, mode: u32) {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
    }

    #[test]
    fn modes_of_a_file_and_its_folder_are_told_with_what_to_do() {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("key");
        fs::write(&file, "x").unwrap();
        for (in_folder, of_file, read, changed) in [
            (0o755, 0o600, false, false),
            (0o755, 0o644, true, false),
            (0o755, 0o620, true, true),
            (0o700, 0o666, false, false),
            (0o777, 0o600, false, true),
            (0o1777, 0o600, false, false),
        ] {
            set(folder.path(), in_folder);
            set(&file, of_file);
            let (private, unchangeable) = (private(&file), unchangeable(&file));
            assert_eq!(private.is_bad(), read, "{in_folder:o} {of_file:o}");
            assert_eq!(unchangeable.is_bad(), changed, "{in_folder:o} {of_file:o}");
            for finding in [private, unchangeable] {
                assert_eq!(finding.is_bad(), finding.detail.contains(": chmod "));
            }
        }
    }
}
