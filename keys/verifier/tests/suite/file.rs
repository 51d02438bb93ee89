//! Key sets from files, for hosts without a network.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use verifier::Verifier;

use crate::support::log::Log;
use crate::support::{World, jwk, key_set};

async fn with_file(keys: &[usize]) -> (World, TempDir, Verifier) {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let path = folder.path().join("jwks.json");
    fs::write(&path, key_set(keys)).unwrap();
    let verifier = world.builder().jwks_file(&path).build().unwrap();
    (world, folder, verifier)
}

/// As a careful operator does it: whole, and moved into place.
fn replace(folder: &Path, content: &str) {
    fs::write(folder.join("new"), content).unwrap();
    fs::rename(folder.join("new"), folder.join("jwks.json")).unwrap();
}

async fn accepts(verifier: &Verifier, token: &str) -> bool {
    verifier.verify(token).await.is_ok()
}

#[tokio::test]
async fn a_file_is_enough_and_the_network_is_left_alone() {
    let (world, _folder, verifier) = with_file(&[0]).await;
    assert!(accepts(&verifier, &world.token(0)).await);
    assert!(!accepts(&verifier, &world.token(1)).await);
    assert_eq!(world.issuer.requests(), 0);
}

#[tokio::test]
async fn a_changed_file_is_read_again() {
    let (world, folder, verifier) = with_file(&[0]).await;
    assert!(accepts(&verifier, &world.token(0)).await);
    replace(folder.path(), &key_set(&[1]));
    assert!(accepts(&verifier, &world.token(1)).await);
    assert!(!accepts(&verifier, &world.token(0)).await);
}

#[tokio::test]
async fn a_key_that_is_taken_out_of_the_file_is_gone_two_seconds_later() {
    let (world, folder, verifier) = with_file(&[0, 1]).await;
    assert!(accepts(&verifier, &world.token(0)).await);
    replace(folder.path(), &key_set(&[1]));
    world.advance(2);
    let token = world.token(0);
    let gone = async {
        while accepts(&verifier, &token).await {
            tokio::task::yield_now().await;
        }
    };
    let in_time = tokio::time::timeout(Duration::from_secs(20), gone).await;
    in_time.expect("a look at the file is due");
}

#[tokio::test]
async fn what_the_owner_puts_back_into_the_file_is_back() {
    let (world, folder, verifier) = with_file(&[0]).await;
    verifier.refresh().await;
    world.advance(60);
    replace(folder.path(), &key_set(&[1]));
    verifier.refresh().await;
    replace(folder.path(), &key_set(&[0, 1]));
    verifier.refresh().await;
    assert!(accepts(&verifier, &world.token(0)).await);
}

#[tokio::test]
async fn a_file_moved_into_place_with_the_length_and_time_of_the_old_one_is_read() {
    let (world, folder, verifier) = with_file(&[0]).await;
    let (path, new) = (folder.path().join("jwks.json"), folder.path().join("new"));
    assert!(accepts(&verifier, &world.token(0)).await);
    fs::write(&new, key_set(&[1])).unwrap();
    let old = fs::metadata(&path).unwrap();
    let file = fs::File::options().write(true).open(&new).unwrap();
    file.set_modified(old.modified().unwrap()).unwrap();
    assert_eq!(fs::metadata(&new).unwrap().len(), old.len());
    fs::rename(&new, &path).unwrap();
    verifier.refresh().await;
    // A token of the new key would be a reason to read the file anew.
    assert!(!accepts(&verifier, &world.token(0)).await);
}

#[tokio::test]
async fn a_file_may_be_as_large_as_a_key_set_may_be() {
    let (world, folder, verifier) = with_file(&[0]).await;
    let keys = key_set(&[0]);
    let padding = " ".repeat(token::MAX_KEY_SET_BYTES - keys.len());
    replace(folder.path(), &format!("{keys}{padding}"));
    assert!(accepts(&verifier, &world.token(0)).await);
}

#[tokio::test]
async fn the_disk_copy_of_another_file_is_not_used() {
    let (world, folder, _) = with_file(&[0]).await;
    let reading = |name: &str| {
        let builder = world.builder().jwks_file(folder.path().join(name));
        builder
            .cache_file(folder.path().join("copy"))
            .build()
            .unwrap()
    };
    reading("jwks.json").refresh().await;
    assert_eq!(reading("elsewhere.json").refresh().await.keys(), 0);
    fs::remove_file(folder.path().join("jwks.json")).unwrap();
    assert_eq!(reading("jwks.json").refresh().await.keys(), 1);
}

#[tokio::test]
async fn a_file_with_private_members_is_refused_loudly() {
    let log = Log::of_warnings();
    let (world, folder, verifier) = with_file(&[0]).await;
    verifier.refresh().await;
    let private = jwk(1).replacen('{', r#"{"d":"AQAB","#, 1);
    replace(folder.path(), &format!(r#"{{"keys":[{private}]}}"#));
    let readiness = verifier.refresh().await;
    assert!(
        readiness.issuers()[0]
            .problem
            .as_ref()
            .unwrap()
            .contains("private member")
    );
    assert!(
        log.lines()
            .iter()
            .any(|line| line.contains("private_member")),
        "{:#?}",
        log.lines()
    );
    assert!(accepts(&verifier, &world.token(0)).await);
    assert!(!accepts(&verifier, &world.token(1)).await);
}

#[cfg(unix)]
#[tokio::test]
async fn what_is_no_regular_file_holds_nobody_up() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let pipe = folder.path().join("pipe");
    crate::support::make_pipe(&pipe);
    for path in [pipe.as_path(), folder.path()] {
        let verifier = world.builder().jwks_file(path).build().unwrap();
        let error = verifier.verify(&world.token(0)).await.unwrap_err();
        assert_eq!(error.code(), "key_set_unavailable");
        let problem = verifier.readiness().issuers()[0].problem.clone();
        assert!(problem.unwrap().contains("regular file"), "{path:?}");
    }
}

#[tokio::test]
async fn a_file_that_is_missing_or_too_large_gives_no_keys() {
    let (world, folder, verifier) = with_file(&[0]).await;
    replace(
        folder.path(),
        &format!("{}{}", key_set(&[0]), " ".repeat(256 * 1024)),
    );
    let error = verifier.verify(&world.token(0)).await.unwrap_err();
    assert_eq!(error.code(), "key_set_unavailable");
    fs::remove_file(folder.path().join("jwks.json")).unwrap();
    assert_eq!(verifier.refresh().await.keys(), 0);
    replace(folder.path(), &key_set(&[0]));
    assert_eq!(verifier.refresh().await.keys(), 1);
}
