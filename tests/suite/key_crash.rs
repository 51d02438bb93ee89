//! auth and its `keys` commands are killed between any two steps and at any moment: the ring is
//! as before the change or as after it, and every token that was signed goes on verifying.

use std::{
    fs,
    os::unix::process::ExitStatusExt,
    path::Path,
    thread,
    time::{Duration, SystemTime},
};

use e2e::{Client, Program, full_run, until};
use rustix::process::Signal;

use crate::key_ring::{Key, KeyRing, LEAST_WAIT_MILLIS, SECONDS, kid_of, private_key};

/// Where a change that makes a key can be made to die.
const MAKING: &[&str] = &[
    "loaded",
    "generated",
    "edited",
    "ring-written",
    "key-written",
    "swapped",
];

/// Where a change that takes what there is can be made to die.
const TAKING: &[&str] = &["loaded", "edited", "ring-written", "key-written", "swapped"];

#[tokio::test]
async fn a_rotation_killed_between_any_two_steps_is_whole_or_not_begun() {
    kill_everywhere(&["rotate"], MAKING).await;
}

#[tokio::test]
async fn a_hurried_rotation_killed_between_any_two_steps_is_whole_or_not_begun() {
    kill_everywhere(&["rotate", "--now"], MAKING).await;
}

#[tokio::test]
async fn a_revocation_killed_between_any_two_steps_is_whole_or_not_begun() {
    kill_everywhere(&["revoke", "ACTIVE"], MAKING).await;
}

#[tokio::test]
async fn an_import_killed_between_any_two_steps_is_whole_or_not_begun() {
    kill_everywhere(&["import", "key.pem"], TAKING).await;
}

#[tokio::test]
async fn a_resealing_killed_between_any_two_steps_is_whole_or_not_begun() {
    let reseal = ["reseal", "--new-sealing-key-file", "new.key"];
    kill_everywhere(&reseal, &["sealing-key-drafted", "sealing-key-linked"]).await;
    kill_everywhere(&reseal, TAKING).await;
}

async fn kill_everywhere(words: &[&str], places: &[&str]) {
    let first = KeyRing::started();
    for place in places {
        kill_at(first.copied(), words, place).await;
    }
}

/// The server that runs on, and the next one, find a ring to work with.
async fn kill_at(ring: KeyRing, words: &[&str], place: &str) {
    let words = fill_in(&ring, words);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let server = ring.serve(&SECONDS);
    let witness = Witness::new(&server).await;
    let before = ring.states();
    let mut command = ring.command(&words);
    let status = command
        .env("KEYSTORE_FAILPOINT", place)
        .output()
        .expect("auth starts")
        .status;
    assert_eq!(
        status.signal(),
        Some(Signal::KILL.as_raw()),
        "{words:?} came by {place}; was auth built with failpoints, as scripts/test does?"
    );
    if place != "swapped" {
        assert_eq!(ring.states(), before, "half a change, at {place}");
    }
    witness.holds(&ring, &server).await;
    server.kill();
    let server = ring.serve(&sealed_with(&ring));
    // A second attempt is as good as a first.
    let again = ring
        .command(&words)
        .args(sealing_key(&ring))
        .output()
        .expect("auth starts");
    assert!(
        again.status.success(),
        "{words:?} after a crash at {place}: {again:?}"
    );
    witness.holds(&ring, &server).await;
    assert_eq!(
        drafts(ring.path()),
        [""; 0],
        "a crash at {place} left a draft"
    );
}

/// Sealing keys in the making, in the folder itself and in that of the data.
fn drafts(folder: &Path) -> Vec<String> {
    let folders = [folder.to_owned(), folder.join("var/auth")];
    let files = folders.iter().flat_map(|folder| {
        let files = fs::read_dir(folder).expect("a server has run there");
        files.map(|file| file.expect("it can be read").file_name())
    });
    let drafts = files.filter(|name| Path::new(name).extension().is_some_and(|it| it == "new"));
    drafts
        .map(|name| name.to_string_lossy().into_owned())
        .collect()
}

fn fill_in(ring: &KeyRing, words: &[&str]) -> Vec<String> {
    fs::write(ring.path().join("key.pem"), private_key().0).expect("the folder is writable");
    let active = ring.active().kid;
    let filled = words
        .iter()
        .map(|word| if *word == "ACTIVE" { &active } else { *word });
    filled.map(str::to_owned).collect()
}

/// The sealing key that opens the ring: after a change that was whole, the new one.
fn sealing_key(ring: &KeyRing) -> Option<&'static str> {
    let new = "--sealing-key-file=new.key";
    let opens = ring.path().join("new.key").exists()
        && ring
            .keys(&["reseal", "--new-sealing-key-file=new.key", new])
            .status
            .success();
    opens.then_some(new)
}

fn sealed_with(ring: &KeyRing) -> Vec<&'static str> {
    SECONDS.into_iter().chain(sealing_key(ring)).collect()
}

/// A token signed before anything happened.
struct Witness {
    client: Client,
    token: String,
}

impl Witness {
    async fn new(server: &Program) -> Self {
        let client = Client::new();
        let token = client.login(&server.url(), "jack").await;
        Self { client, token }
    }

    /// There is one active key, it waited as long as it must, it signs, and what was signed
    /// before verifies unless its key was revoked.
    async fn holds(&self, ring: &KeyRing, server: &Program) {
        let active = ring.active();
        waited_long_enough(
            &active,
            ring.list().iter().any(|key| key.state == "revoked"),
        );
        let me = format!("{}/api/me", server.url());
        until("the server follows", async || {
            let token = self.client.login(&server.url(), "lina").await;
            kid_of(&token) == ring.active().kid
                && self.client.get(&me, Some(&token)).await.status == 200
        })
        .await;
        let states = ring.states();
        let revoked = states
            .get(&kid_of(&self.token))
            .is_some_and(|state| state == "revoked");
        let expected = if revoked { 401 } else { 200 };
        assert_eq!(
            self.client.get(&me, Some(&self.token)).await.status,
            expected,
            "{states:?}"
        );
    }
}

/// A key that did not begin the ring, and did not replace a revoked one, was published first.
fn waited_long_enough(key: &Key, emergency: bool) {
    let waited = millis(&key.activates_at) - millis(&key.published_at);
    assert!(
        waited == 0 || emergency || waited >= LEAST_WAIT_MILLIS,
        "{key:?}"
    );
}

/// Milliseconds of the minute and hour: enough to tell two moments of one test apart.
fn millis(time: &str) -> i64 {
    let clock = time
        .split('T')
        .nth(1)
        .unwrap_or_default()
        .trim_end_matches('Z');
    let mut parts = clock
        .split(':')
        .map(|part| part.parse::<f64>().unwrap_or_default());
    let mut next = || parts.next().unwrap_or_default();
    let seconds = next() * 3600.0 + next() * 60.0 + next();
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a day has 86 400 000 milliseconds"
    )]
    let millis = (seconds * 1000.0).round() as i64;
    millis
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn killed_at_any_moment_the_ring_keeps_one_active_key_that_signs() {
    let kills = if full_run() { 200 } else { 10 };
    let ring = KeyRing::started();
    let mut server = ring.serve(&SECONDS);
    let mut witness = Witness::new(&server).await;
    let mut killed = 0;
    for turn in 0.. {
        let active = ring.active().kid;
        let words: &[&str] = match turn % 4 {
            0 => &["rotate", "--now"],
            1 => &["rotate"],
            2 => &["revoke", &active],
            _ => &["list"],
        };
        let mut command = ring.begin(words);
        thread::sleep(moment(turn, 150));
        if command.try_wait().expect("a child can be asked").is_none() {
            killed += 1;
        }
        let _ = command.kill();
        let _ = command.wait();
        if turn % 5 == 4 {
            thread::sleep(moment(turn, 60));
            server.kill();
            killed += 1;
            server = ring.serve(&SECONDS);
            witness.holds(&ring, &server).await;
            witness = Witness::new(&server).await;
        }
        if killed >= kills {
            break;
        }
    }
    witness.holds(&ring, &server).await;
    ring.done(&["rotate", "--now"]);
    until("a further rotation is signed with", async || {
        ring.list().iter().all(|key| key.state != "announced")
    })
    .await;
    witness.holds(&ring, &server).await;
    println!("{killed} kills");
}

/// Another moment each turn and each run.
fn moment(turn: u64, most_millis: u64) -> Duration {
    let now = SystemTime::UNIX_EPOCH.elapsed().unwrap_or_default();
    Duration::from_millis((u64::from(now.subsec_nanos()) / 1000 + turn * 37) % most_millis)
}
