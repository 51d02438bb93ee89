//! A wall clock that a test sets while a program runs by it. Only that one: what the program takes
//! for the time that passes goes on as it does.

use std::{
    fs::File,
    os::unix::fs::FileExt,
    path::{Path, PathBuf},
    process::Command,
};

use tempfile::TempDir;

use crate::Program;

const SOURCE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/wall_clock.c");

/// What the shim ends a program with whose vDSO it cannot change.
const SEALED: i32 = 71;

/// The clock of every program that is started by [`WallClock::command`].
pub struct WallClock {
    shift: File,
    folder: TempDir,
}

impl WallClock {
    /// A clock that shows the time; none where the kernel has sealed the code that programs read it
    /// from. Its shim is made by the C compiler that the build needs, too.
    ///
    /// # Panics
    /// There is no C compiler.
    #[must_use]
    pub fn new() -> Option<Self> {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let compiled = Command::new("cc")
            .args(["-shared", "-fPIC", "-O1", "-o"])
            .arg(library(folder.path()))
            .args([SOURCE, "-ldl"])
            .status()
            .expect("there is a C compiler");
        assert!(compiled.success(), "{SOURCE} cannot be compiled");
        let shift = File::create(shift(folder.path())).expect("the folder is writable");
        let clock = Self { shift, folder };
        clock.set(0);
        if clock.is_sealed() {
            eprintln!("skipped: this kernel lets nobody set the clock of one process");
            return None;
        }
        Some(clock)
    }

    fn is_sealed(&self) -> bool {
        let mut anything = Command::new("true");
        let tried = self.shifted(&mut anything).status();
        tried.expect("it starts").code() == Some(SEALED)
    }

    /// Sets the clock so many seconds ahead of the time, or back behind it.
    ///
    /// # Panics
    /// Never: the file is there as long as this.
    pub fn set(&self, seconds: i64) {
        let bytes = seconds.to_ne_bytes();
        self.shift.write_all_at(&bytes, 0).expect("it is open");
    }

    /// As [`Program::command`], by this clock.
    #[must_use]
    pub fn command(&self, name: &str, folder: &Path) -> Command {
        let mut command = Program::command(name, folder);
        self.shifted(&mut command);
        command
    }

    fn shifted<'a>(&self, command: &'a mut Command) -> &'a mut Command {
        let folder = self.folder.path();
        command
            .env("LD_PRELOAD", library(folder))
            .env("WALL_CLOCK_SHIFT", shift(folder))
    }

    /// As [`Program::serve`], by this clock.
    #[must_use]
    pub fn serve(&self, name: &str, folder: &Path, options: &[&str]) -> Program {
        let listening = ["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
        let options = [&listening, options].concat();
        Program::serve_by(self.command(name, folder), name, &options)
    }
}

fn library(folder: &Path) -> PathBuf {
    folder.join("wall_clock.so")
}

fn shift(folder: &Path) -> PathBuf {
    folder.join("shift")
}
