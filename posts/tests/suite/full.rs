//! A storage that is full, where the machine lets a test make one (Linux, as root).
use std::path::Path;
use std::process::Command;

use serde_json::json;
use token::{ManualClock, Timestamp};

use crate::harness::Posts;
use crate::storage;

/// Makes the folder a file system of this many bytes, or changes the size of the one it is.
fn mount(folder: &Path, options: &str) -> bool {
    let mut mount = Command::new("mount");
    mount
        .args(["-t", "tmpfs", "-o", options, "tmpfs"])
        .arg(folder);
    mount.output().is_ok_and(|output| output.status.success())
}

/// Gives the file system back, also when the test fails.
struct Mounted<'a>(&'a Path);

impl Drop for Mounted<'_> {
    fn drop(&mut self) {
        // Lazily: the database may still have it open.
        let _best_effort = Command::new("umount").arg("-l").arg(self.0).output();
    }
}

#[tokio::test]
async fn a_full_storage_refuses_writes_in_words_and_recovers_without_a_restart() {
    // A server's storage is not the test's to fill.
    if storage::is_postgres() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().to_owned();
    if !mount(&path, "size=1m") {
        eprintln!("skipped: this machine lets no test mount a small file system");
        return;
    }
    let _mounted = Mounted(&path);
    let clock = ManualClock::new(Timestamp::from_unix_seconds(1_800_000_000));
    let posts = Posts::restart(folder, clock, &[]).await;
    let jack = posts.user("jack");
    let draft = json!({ "title": "large", "body": "x".repeat(60_000) });

    let mut written = 0;
    let refused = loop {
        let answer = jack.post(&draft).await;
        if answer.status != 201 {
            break answer;
        }
        written += 1;
        assert!(written < 100, "a megabyte holds no hundred of these");
    };
    assert_eq!(refused.problem(507)["type"], "/docs#storage-full");
    assert_eq!(jack.titles("/api/posts?limit=100").await.len(), written);

    assert!(mount(&path, "remount,size=16m"));
    assert_eq!(jack.post(&draft).await.status, 201);
    assert_eq!(jack.titles("/api/posts?limit=100").await.len(), written + 1);
}
