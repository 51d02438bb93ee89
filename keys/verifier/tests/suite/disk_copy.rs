//! The disk copy: it serves a restart, and makes nothing younger or better than it is.

use std::fs;
use std::path::Path;
use std::time::Duration;

use tempfile::TempDir;
use token::Clock as _;
use verifier::Verifier;

use crate::support::fake_issuer::Answer;
use crate::support::log::Log;
use crate::support::{World, serving};

/// A world, a verifier of it that has run and stopped, and the copy that it left.
async fn after_a_run() -> (World, TempDir) {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    restarted(&world, folder.path()).refresh().await;
    world.issuer.answers(Answer::Hangs);
    (world, folder)
}

fn restarted(world: &World, folder: &Path) -> Verifier {
    world
        .builder()
        .cache_file(folder.join("posts").join("jwks.json"))
        .fetch_limit(Duration::from_millis(200))
        .build()
        .unwrap()
}

fn copy(folder: &Path) -> std::path::PathBuf {
    folder.join("posts").join("jwks.json")
}

async fn code(verifier: &Verifier, token: &str) -> &'static str {
    verifier
        .verify(token)
        .await
        .map_or_else(|error| error.code(), |_| "ok")
}

#[tokio::test]
async fn a_restart_serves_while_the_issuer_is_down() {
    let (world, folder) = after_a_run().await;
    let verifier = restarted(&world, folder.path());
    assert_eq!(code(&verifier, &world.token(0)).await, "ok");
    world.issuer.has_had(2).await;
    assert_eq!(code(&verifier, &world.token(1)).await, "unknown_key");
}

#[tokio::test]
async fn a_restart_serves_before_the_issuer_has_answered_or_failed_to() {
    let (world, folder) = after_a_run().await;
    let patient = world.builder().cache_file(copy(folder.path()));
    let verifier = patient.build().unwrap();
    assert_eq!(code(&verifier, &world.token(0)).await, "ok");
    assert_eq!(verifier.readiness().issuers()[0].problem, None);
}

#[tokio::test]
async fn the_copy_is_confirmed_anew_after_a_twentieth_of_max_stale() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    let written = || fs::read_to_string(copy(folder.path())).unwrap();
    let first = written();
    world.advance(179);
    verifier.refresh().await;
    assert_eq!(written(), first);
    world.advance(1);
    verifier.refresh().await;
    assert_ne!(written(), first);
}

#[tokio::test]
async fn a_restart_does_not_renew_max_stale() {
    let (world, folder) = after_a_run().await;
    world.advance(1800);
    assert_eq!(
        code(&restarted(&world, folder.path()), &world.token(0)).await,
        "ok"
    );
    world.advance(1799);
    assert_eq!(
        code(&restarted(&world, folder.path()), &world.token(0)).await,
        "ok"
    );
    world.advance(1);
    let verifier = restarted(&world, folder.path());
    assert_eq!(
        code(&verifier, &world.token(0)).await,
        "key_set_unavailable"
    );
}

#[tokio::test]
async fn a_confirmation_without_a_change_reaches_the_copy() {
    let (world, folder) = after_a_run().await;
    world.issuer.answers(serving(&[0]));
    world.advance(1800);
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    world.issuer.answers(Answer::Hangs);
    world.advance(3599);
    assert_eq!(
        code(&restarted(&world, folder.path()), &world.token(0)).await,
        "ok"
    );
}

#[tokio::test]
async fn a_wall_clock_set_back_does_not_extend_the_copy() {
    let (world, folder) = after_a_run().await;
    let start = world.clock.now();
    world.advance(3600);
    for wall in [
        start,
        start + Duration::from_mins(1),
        start - Duration::from_secs(1),
    ] {
        world.clock.set_wall(wall);
        let verifier = restarted(&world, folder.path());
        assert_eq!(
            code(&verifier, &world.token(0)).await,
            "key_set_unavailable"
        );
    }
}

#[tokio::test]
async fn the_copy_of_another_issuer_or_url_is_ignored() {
    let (world, folder) = after_a_run().await;
    let other = World::new().await;
    other.issuer.answers(Answer::Resets);
    let verifier = restarted(&other, folder.path());
    assert_eq!(
        code(&verifier, &other.token(0)).await,
        "key_set_unavailable"
    );
    let elsewhere = world.builder().cache_file(copy(folder.path()));
    let elsewhere = elsewhere.jwks_url(format!("{}/elsewhere", other.issuer.url()));
    let verifier = elsewhere.build().unwrap();
    assert_eq!(
        code(&verifier, &world.token(0)).await,
        "key_set_unavailable"
    );
}

#[tokio::test]
async fn a_copy_that_was_tampered_with_is_refused_and_the_log_says_so() {
    type Tampering = fn(&str) -> String;
    let table: [(&str, Tampering); 6] = [
        ("empty", |_| String::new()),
        ("truncated", |text| text[..text.len() / 2].to_owned()),
        ("private members", |text| {
            text.replace(r#""kty":"#, r#""d":"AQAB","kty":"#)
        }),
        ("a member twice", |text| {
            text.replace(r#""kty":"#, r#""kty":"RSA","kty":"#)
        }),
        ("a small exponent", |text| text.replace("AQAB", "Aw")),
        ("a bare key set", |_| crate::support::key_set(&[0])),
    ];
    for (name, tamper) in table {
        let (world, folder) = after_a_run().await;
        let log = Log::of_warnings();
        let path = copy(folder.path());
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, tamper(&text)).unwrap();
        let verifier = restarted(&world, folder.path());
        assert_eq!(
            code(&verifier, &world.token(0)).await,
            "key_set_unavailable",
            "{name}"
        );
        let refused = log
            .lines()
            .iter()
            .filter(|line| line.contains("disk copy"))
            .count();
        assert_eq!(refused, 1, "{name}: {:#?}", log.lines());
    }
}

#[tokio::test]
async fn a_withdrawn_key_stays_withdrawn_after_a_restart() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let verifier = restarted(&world, folder.path());
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    world.advance(91);
    world.issuer.answers(serving(&[1]));
    verifier.refresh().await;
    world.issuer.answers(serving(&[0, 1]));
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    assert_eq!(code(&verifier, &world.token(0)).await, "unknown_key");
    assert_eq!(code(&verifier, &world.token(1)).await, "ok");
}

/// Whether the second key comes back after a restart in whose first answer it is missing. The last
/// write of the copy is `held` seconds after its first.
async fn comes_back(held: u64, change: impl Fn(String) -> String) -> bool {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let verifier = restarted(&world, folder.path());
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    world.advance(held);
    world.issuer.answers(serving(&[1, 0]));
    verifier.refresh().await;
    let written = fs::read_to_string(copy(folder.path())).unwrap();
    fs::write(copy(folder.path()), change(written)).unwrap();
    world.issuer.answers(serving(&[0]));
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    code(&verifier, &world.token(1)).await == "ok"
}

#[tokio::test]
async fn a_restart_makes_no_key_older_or_younger() {
    assert!(comes_back(90, |copy| copy).await);
    assert!(!comes_back(91, |copy| copy).await);
}

#[tokio::test]
async fn a_copy_that_does_not_say_how_long_its_keys_were_held_makes_them_new() {
    let without = |copy: String| copy.replace("held_for_millis", "unknown_member");
    assert!(comes_back(91, without).await);
}

#[tokio::test]
async fn a_wall_clock_set_forward_over_a_restart_makes_no_key_older() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    world.issuer.answers(serving(&[0, 1]));
    restarted(&world, folder.path()).refresh().await;
    world
        .clock
        .set_wall(world.clock.now() + Duration::from_mins(30));
    world.issuer.answers(serving(&[0]));
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    world.issuer.answers(serving(&[0, 1]));
    verifier.refresh().await;
    assert_eq!(code(&verifier, &world.token(1)).await, "ok");
}

#[tokio::test]
async fn a_copy_of_a_large_set_is_read_whole() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let key = |number: usize| {
        crate::support::jwk(1).replace("\"kid\":\"", &format!("\"kid\":\"{number}-"))
    };
    let others: Vec<_> = (0..99).map(key).collect();
    let set = format!(
        r#"{{"keys":[{},{}]}}"#,
        others.join(","),
        crate::support::jwk(0)
    );
    world.issuer.answers(Answer::set(set));
    restarted(&world, folder.path()).refresh().await;
    world.issuer.answers(Answer::Hangs);
    let verifier = restarted(&world, folder.path());
    assert_eq!(verifier.refresh().await.keys(), 100);
    assert_eq!(code(&verifier, &world.token(0)).await, "ok");
}

#[tokio::test]
async fn a_failed_attempt_after_a_restart_leaves_the_time_of_confirmation() {
    let (world, folder) = after_a_run().await;
    world.advance(1800);
    restarted(&world, folder.path()).refresh().await;
    world.advance(1799);
    let verifier = restarted(&world, folder.path());
    assert_eq!(code(&verifier, &world.token(0)).await, "ok");
    world.advance(1);
    let verifier = restarted(&world, folder.path());
    assert_eq!(
        code(&verifier, &world.token(0)).await,
        "key_set_unavailable"
    );
}

#[tokio::test]
async fn the_copy_grows_old_also_after_the_set_has_become_too_old_to_use() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    world.issuer.answers(Answer::Resets);
    for _ in 0..10 {
        world.advance(3600);
        verifier.refresh().await;
    }
    let patient = world.builder().cache_file(copy(folder.path()));
    let patient = patient.max_stale(Duration::from_hours(24)).build().unwrap();
    let readiness = patient.refresh().await;
    assert_eq!(readiness.age(), Some(Duration::from_hours(10)));
    assert_eq!(code(&patient, &world.token(0)).await, "ok");
}

#[tokio::test]
async fn a_restart_asks_for_the_set_whole_and_relies_on_no_tag_of_the_copy() {
    let (world, folder) = after_a_run().await;
    world.issuer.answers(serving(&[0]));
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    assert!(!world.issuer.last_head().contains("if-none-match: "));
    verifier.refresh().await;
    assert!(world.issuer.last_head().contains("if-none-match: "));
}

#[cfg(unix)]
#[tokio::test]
async fn a_pipe_in_the_place_of_the_copy_holds_nothing_up() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    fs::create_dir(folder.path().join("posts")).unwrap();
    crate::support::make_pipe(&copy(folder.path()));
    let log = Log::of_warnings();
    let verifier = restarted(&world, folder.path());
    assert_eq!(code(&verifier, &world.token(0)).await, "ok");
    let is_refused = |line: &String| line.contains("not used") && line.contains("regular file");
    assert!(log.lines().iter().any(is_refused), "{:#?}", log.lines());
}

#[cfg(unix)]
#[tokio::test]
async fn a_link_that_somebody_planted_beside_the_copy_is_not_written_through() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let theirs = folder.path().join("theirs");
    fs::write(&theirs, "untouched").unwrap();
    fs::create_dir(folder.path().join("posts")).unwrap();
    let planted = format!("jwks.json.{}.tmp", std::process::id());
    std::os::unix::fs::symlink(&theirs, folder.path().join("posts").join(planted)).unwrap();
    restarted(&world, folder.path()).refresh().await;
    assert_eq!(fs::read_to_string(&theirs).unwrap(), "untouched");
    assert!(
        fs::read_to_string(copy(folder.path()))
            .unwrap()
            .contains("keys")
    );
}

#[tokio::test]
async fn a_first_start_without_a_copy_is_nothing_to_log() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    let log = Log::of_warnings();
    restarted(&world, folder.path()).refresh().await;
    assert_eq!(log.lines(), Vec::<String>::new());
}

#[tokio::test]
async fn nothing_but_the_copy_is_left_behind() {
    let (_world, folder) = after_a_run().await;
    let files = fs::read_dir(folder.path().join("posts")).unwrap();
    let names: Vec<_> = files.map(|file| file.unwrap().file_name()).collect();
    assert_eq!(names, ["jwks.json"]);
}

#[tokio::test]
async fn a_copy_that_cannot_be_written_is_logged_and_hurts_nobody() {
    let (world, folder) = (World::new().await, tempfile::tempdir().unwrap());
    fs::write(
        folder.path().join("posts"),
        "a file where the folder should be",
    )
    .unwrap();
    let log = Log::of_warnings();
    let verifier = restarted(&world, folder.path());
    verifier.refresh().await;
    assert_eq!(code(&verifier, &world.token(0)).await, "ok");
    for problem in ["not used", "not written"] {
        let is_logged = log.lines().iter().any(|line| line.contains(problem));
        assert!(is_logged, "{problem}: {:#?}", log.lines());
    }
}
