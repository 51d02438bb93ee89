//! The wall clock of a running program is set. The rules are held to random clocks elsewhere; this
//! holds both programs to them with the clock of the operating system.

use std::{path::Path, process::Command, slice::from_ref};

use e2e::{Client, Program, WallClock, until};
use serde_json::Value;
use tokio::time::Instant;

use crate::key_ring::{LEAST_WAIT_MILLIS, kid_of};

const HOUR: i64 = 3_600;
const DAY: i64 = 24 * HOUR;

/// What `auth keys` says, by the clock of the server.
struct Ring<'a> {
    clock: &'a WallClock,
    folder: &'a Path,
}

impl Ring<'_> {
    fn told(&self, words: &[&str]) -> Vec<u8> {
        let mut command: Command = self.clock.command("auth", self.folder);
        let output = command.arg("keys").args(words).output().expect("it starts");
        assert!(output.status.success(), "{words:?}: {output:?}");
        output.stdout
    }

    /// The ids of the keys in this state.
    fn in_state(&self, state: &str) -> Vec<String> {
        let list: Value = serde_json::from_slice(&self.told(&["list", "--json"])).expect("JSON");
        let keys = list.as_array().expect("a list").iter();
        keys.filter(|key| key["state"] == state)
            .map(|key| key["kid"].as_str().expect("a text").to_owned())
            .collect()
    }
}

async fn status(client: &Client, url: &str, token: &str) -> u16 {
    client.get(url, Some(token)).await.status.as_u16()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn posts_judges_tokens_by_the_time_that_was_set_and_holds_its_keys_by_the_time_that_passed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let (Some(of_auth), Some(of_posts)) = (WallClock::new(), WallClock::new()) else {
        return;
    };
    let auth = of_auth.serve("auth", folder.path(), &["--demo"]);
    let issuer = format!("--issuer={}", auth.url());
    let posts = of_posts.serve("posts", folder.path(), &["--demo", &issuer]);
    let client = Client::new();
    let list = format!("{}/api/posts", posts.url());
    let today = client.login(&auth.url(), "jack").await;
    assert_eq!(status(&client, &list, &today).await, 200);

    // Its verdict is remembered, and does not outlive the token by any clock.
    of_posts.set(HOUR);
    let answer = client.get(&list, Some(&today)).await;
    assert_eq!(answer.status, 401, "{}", answer.text);
    assert!(answer.header("www-authenticate").contains("invalid_token"));
    of_posts.set(-HOUR);
    assert_eq!(
        status(&client, &list, &today).await,
        401,
        "issued in an hour"
    );
    of_posts.set(0);
    assert_eq!(status(&client, &list, &today).await, 200);

    // A year is more than --max-stale; nobody is asked for the keys any more.
    for year in [365 * DAY, -365 * DAY] {
        of_auth.set(year);
        of_posts.set(year);
        let of_that_year = client.login(&auth.url(), "jack").await;
        assert_eq!(status(&client, &list, &of_that_year).await, 200, "{year}");
        assert_eq!(status(&client, &list, &today).await, 401, "{year}");
    }
    of_posts.set(365 * DAY);
    of_auth.set(365 * DAY);
    let next_year = client.login(&auth.url(), "jack").await;
    auth.kill();
    assert_eq!(status(&client, &list, &next_year).await, 200);
    let ready = format!("{}/readyz", posts.url());
    assert_eq!(client.get(&ready, None).await.status, 200);
    of_posts.set(0);
    assert_eq!(status(&client, &list, &today).await, 200);
    assert!(posts.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_forward_lets_no_key_sign_before_its_wait_has_passed() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let Some(clock) = WallClock::new() else {
        return;
    };
    let schedule = [
        "--demo",
        "--rotate-every=never",
        "--announce-for=30m",
        "--jwks-max-age=1s",
        "--leeway=1s",
    ];
    let auth = clock.serve("auth", folder.path(), &schedule);
    let ring = Ring {
        clock: &clock,
        folder: folder.path(),
    };
    let client = Client::new();
    let old = kid_of(&client.login(&auth.url(), "jack").await);
    let begun = Instant::now();
    ring.told(&["rotate"]);
    let announced = ring.in_state("announced");
    until("the server publishes the next key", async || {
        published(&client, &auth).await.contains(&announced[0])
    })
    .await;
    clock.set(HOUR);
    until("another key signs", async || {
        kid_of(&client.login(&auth.url(), "jack").await) != old
    })
    .await;
    let waited = begun.elapsed();
    let least = u128::try_from(LEAST_WAIT_MILLIS).expect("it is positive");
    assert!(waited.as_millis() >= least, "it signs after {waited:?}");
    let active = kid_of(&client.login(&auth.url(), "jack").await);
    assert_eq!(from_ref(&active), &announced[..]);

    // And back, behind the activation: what has happened has happened.
    clock.set(-HOUR);
    assert_eq!(kid_of(&client.login(&auth.url(), "jack").await), active);
    assert_eq!(ring.in_state("active"), from_ref(&active));
    let next = ring.told(&["rotate"]);
    assert!(String::from_utf8_lossy(&next).contains("is announced"));
    assert_eq!(ring.in_state("active"), [active]);
    assert_eq!(ring.in_state("announced").len(), 1);
    assert!(auth.stop().success());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_clock_set_over_a_due_rotation_and_back_skips_none_and_hurries_none() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let Some(clock) = WallClock::new() else {
        return;
    };
    let auth = clock.serve("auth", folder.path(), &["--demo"]);
    let ring = Ring {
        clock: &clock,
        folder: folder.path(),
    };
    let client = Client::new();
    let old = kid_of(&client.login(&auth.url(), "jack").await);
    clock.set(31 * DAY);
    until("the rotation that is due begins", async || {
        ring.in_state("announced").len() == 1
    })
    .await;
    assert_eq!(kid_of(&client.login(&auth.url(), "jack").await), old);
    assert_eq!(ring.in_state("active"), from_ref(&old));
    for back in [0, -31 * DAY] {
        clock.set(back);
        assert_eq!(kid_of(&client.login(&auth.url(), "jack").await), old);
        assert_eq!(ring.in_state("active"), from_ref(&old), "{back}");
        assert_eq!(ring.in_state("announced").len(), 1, "{back}");
    }
    assert!(auth.stop().success());
}

async fn published(client: &Client, auth: &Program) -> String {
    let url = format!("{}/.well-known/jwks.json", auth.url());
    client.get(&url, None).await.text
}
