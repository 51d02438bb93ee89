//! Giving up rights after the settings are known, so that a hole in the program opens little.
//!
//! No core dumps (keys are in memory), no new privileges, and by Landlock only the folders that
//! the service names and what the system's own libraries read. It binds the calling thread and
//! those it starts, so it comes before the runtime ([`crate::runtime::run`]).

use std::fs::DirBuilder;
use std::io;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};

use landlock::{
    ABI, Access, AccessFs, BitFlags, CompatLevel, Compatible, Ruleset, RulesetAttr,
    RulesetCreatedAttr, RulesetError, RulesetStatus, Scope, path_beneath_rules,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, set_dumpable_behavior, setrlimit};

/// The newest rights to give up that are known here; an older kernel enforces those it knows.
const KNOWN: ABI = ABI::V6;

/// What name resolution, trust anchors, time zones and the C library read, and how much memory
/// there may be. Where systems keep their trust anchors, `/etc/ssl` often has links alone.
const SYSTEM: [&str; 21] = [
    "/etc/ca-certificates",
    "/etc/gai.conf",
    "/etc/host.conf",
    "/etc/hosts",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/etc/nsswitch.conf",
    "/etc/resolv.conf",
    "/etc/ssl",
    "/etc/pki",
    "/run/systemd/resolve",
    "/usr/lib",
    "/usr/lib64",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
    "/nix/store",
    "/var/lib/ca-certificates",
    "/lib",
    "/lib64",
    "/proc/self",
    "/sys/fs/cgroup",
];

/// The files and folders that stay reachable.
#[derive(Debug, Clone, Default)]
pub struct Sandbox {
    readable: Vec<PathBuf>,
    writable: Vec<PathBuf>,
}

/// The process keeps its rights, because giving them up failed.
#[derive(Debug, thiserror::Error)]
pub enum SandboxError {
    /// A folder that should stay writable cannot be made.
    #[error("cannot make the folder {}: {source}", path.display())]
    Folder {
        /// The folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The process could not be made undumpable.
    #[error("cannot switch core dumps off: {0}")]
    CoreDumps(#[from] rustix::io::Errno),
    /// The kernel refused the rules.
    #[error("cannot restrict file access: {0}")]
    Landlock(#[from] RulesetError),
}

impl Sandbox {
    /// Only what the system's own libraries need.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Keeps a file, or a folder and all in it, readable. One that may be replaced later has to be
    /// named by its folder.
    #[must_use]
    pub fn reading(mut self, path: impl Into<PathBuf>) -> Self {
        self.readable.push(path.into());
        self
    }

    /// Keeps a folder and all in it writable; it is made (0700) when it is not there.
    #[must_use]
    pub fn writing(mut self, folder: impl Into<PathBuf>) -> Self {
        self.writable.push(folder.into());
        self
    }

    /// Keeps the folder of a file writable, for files that are replaced or have others beside them.
    #[must_use]
    pub fn writing_beside(self, file: &Path) -> Self {
        self.writing(folder_of(file))
    }

    /// Keeps the folder of a file readable, for files that are replaced.
    #[must_use]
    pub fn reading_beside(self, file: &Path) -> Self {
        self.reading(folder_of(file))
    }

    /// Gives up everything else, for good, and says so in one log line. A kernel without Landlock
    /// leaves file access as it is.
    ///
    /// # Errors
    /// A right could not be given up although the kernel knows how.
    pub fn enter(self) -> Result<(), SandboxError> {
        self.writable.iter().try_for_each(|folder| make(folder))?;
        forbid_core_dumps()?;
        rustix::thread::set_no_new_privs(true)?;
        let files = match self.restrict_files()? {
            RulesetStatus::FullyEnforced => "enforced",
            RulesetStatus::PartiallyEnforced => "enforced as far as this kernel can",
            RulesetStatus::NotEnforced => "not restricted: this kernel has no Landlock",
        };
        tracing::info!(
            files,
            core_dumps = false,
            new_privileges = false,
            "sandboxed"
        );
        Ok(())
    }

    fn restrict_files(&self) -> Result<RulesetStatus, RulesetError> {
        let status = Ruleset::default()
            .set_compatibility(CompatLevel::BestEffort)
            .handle_access(AccessFs::from_all(KNOWN))?
            .scope(Scope::Signal)?
            .create()?
            .add_rules(path_beneath_rules(SYSTEM, read_only()))?
            .add_rules(path_beneath_rules(trust_anchors(), read_only()))?
            .add_rules(path_beneath_rules(&self.readable, read_only()))?
            .add_rules(path_beneath_rules(&self.writable, read_and_write()))?
            .restrict_self()?;
        Ok(status.ruleset)
    }
}

/// Where an administrator says that the system's trust anchors are, as OpenSSL has it.
fn trust_anchors() -> Vec<PathBuf> {
    let file = std::env::var_os("SSL_CERT_FILE").map(PathBuf::from);
    let folders = std::env::var_os("SSL_CERT_DIR");
    let folders = folders.iter().flat_map(std::env::split_paths);
    file.into_iter().chain(folders).collect()
}

/// Nothing is ever executed.
fn read_only() -> BitFlags<AccessFs> {
    AccessFs::from_read(KNOWN) & !AccessFs::Execute
}

fn read_and_write() -> BitFlags<AccessFs> {
    let devices = AccessFs::MakeChar | AccessFs::MakeBlock | AccessFs::IoctlDev;
    AccessFs::from_all(KNOWN) & !(devices | AccessFs::Execute)
}

/// A limit of zero does not stop a core handler that is a program; not being dumpable does, and
/// keeps other processes of the same user from reading the memory.
fn forbid_core_dumps() -> Result<(), rustix::io::Errno> {
    setrlimit(
        Resource::Core,
        Rlimit {
            current: Some(0),
            maximum: Some(0),
        },
    )?;
    set_dumpable_behavior(DumpableBehavior::NotDumpable)
}

fn folder_of(file: &Path) -> PathBuf {
    match file.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder.to_owned(),
        _ => PathBuf::from("."),
    }
}

fn make(folder: &Path) -> Result<(), SandboxError> {
    let made = DirBuilder::new().recursive(true).mode(0o700).create(folder);
    made.map_err(|source| SandboxError::Folder {
        path: folder.to_owned(),
        source,
    })
}
