//! The build script of both programs: how they are linked.

use std::process::Command;

/// The first glibc that reads packed relocations. An older one does not start such a program.
const SINCE: (u32, u32) = (2, 36);

/// Relocations are half a megabyte that the loader reads before `main`; packed, a hundredth of it.
#[expect(clippy::print_stdout, reason = "how a build script speaks to Cargo")]
fn main() {
    println!("cargo::rerun-if-changed=../scripts/link.rs");
    if is_for_this_system() && glibc().is_some_and(|version| version >= SINCE) {
        println!("cargo::rustc-link-arg-bins=-Wl,-z,pack-relative-relocs");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "how Cargo speaks to a build script"
)]
fn is_for_this_system() -> bool {
    std::env::var("TARGET").is_ok_and(|target| std::env::var("HOST") == Ok(target))
}

/// Of this system; `None` on one with another C library.
fn glibc() -> Option<(u32, u32)> {
    let said = Command::new("getconf")
        .arg("GNU_LIBC_VERSION")
        .output()
        .ok()?;
    let said = String::from_utf8(said.stdout).ok()?;
    let (major, minor) = said.trim().strip_prefix("glibc ")?.split_once('.')?;
    Some((major.parse().ok()?, minor.parse().ok()?))
}
