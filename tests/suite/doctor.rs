//! `auth doctor` and `posts doctor` beside what they look at.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use e2e::{Pair, Program, until};
use rusqlite::Connection;
use serde_json::Value;

/// What a doctor found.
struct Report {
    document: Value,
}

impl Report {
    /// Of a doctor who is not in the way of the service that runs.
    fn of(name: &str, folder: &Path, options: &[&str]) -> Self {
        let output = Program::command(name, folder)
            .args(["doctor", "--json", "--listen=127.0.0.1:0"])
            .args(options)
            .output()
            .expect("the program can be started");
        let document: Value = serde_json::from_slice(&output.stdout).expect("it is JSON");
        assert_eq!(output.status.success(), document["sound"] == true);
        Self { document }
    }

    fn verdict(&self, subject: &str) -> &str {
        self.entry(subject)["verdict"].as_str().expect("a verdict")
    }

    fn detail(&self, subject: &str) -> &str {
        self.entry(subject)["detail"].as_str().expect("a detail")
    }

    fn entry(&self, subject: &str) -> &Value {
        let findings = self.document["findings"].as_array().expect("a list");
        let mut found = findings.iter().filter(|entry| entry["subject"] == subject);
        found
            .next()
            .unwrap_or_else(|| panic!("nothing on {subject}: {}", self.document))
    }

    #[track_caller]
    fn is_bad(&self, subject: &str, words: &str) {
        assert_eq!(self.document["sound"], false, "{}", self.document);
        assert_eq!(self.verdict(subject), "bad", "{}", self.document);
        assert!(
            self.detail(subject).contains(words),
            "{}",
            self.detail(subject)
        );
    }
}

fn auth_doctor(pair: &Pair, options: &[&str]) -> Report {
    let issuer = format!("--issuer={}", pair.auth_url());
    let always = [issuer.as_str(), "--ops-listen=127.0.0.1:0"];
    Report::of("auth", pair.folder(), &[&always, options].concat())
}

fn posts_doctor(pair: &Pair, options: &[&str]) -> Report {
    posts_doctor_of(&pair.auth_url(), pair, options)
}

fn posts_doctor_of(issuer: &str, pair: &Pair, options: &[&str]) -> Report {
    let issuer = format!("--issuer={issuer}");
    let ops = pair.posts.as_ref().map(|posts| posts.ops.to_string());
    let ops = format!("--ops-listen={}", ops.as_deref().unwrap_or("127.0.0.1:0"));
    let always = [issuer.as_str(), ops.as_str()];
    Report::of("posts", pair.folder(), &[&always, options].concat())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn beside_a_healthy_pair_both_doctors_find_everything_good() {
    let pair = Pair::start().await;
    let jack = pair.client.login(&pair.auth_url(), "jack").await;
    let list = format!("{}/api/posts", pair.posts_url());
    assert_eq!(pair.client.get(&list, Some(&jack)).await.status, 200);
    until("posts has counted", async || {
        posts_doctor(&pair, &[]).verdict("key-set age") == "good"
    })
    .await;
    for (report, subjects) in [
        (
            auth_doctor(&pair, &[]),
            &[
                "version",
                "issuer",
                "audiences",
                "times",
                "database",
                "database file",
                "sealing key",
                "running",
                "named",
                "clocks",
                "weak keys",
                "key ids",
            ][..],
        ),
        (
            posts_doctor(&pair, &[]),
            &[
                "version",
                "times",
                "database",
                "issuer",
                "keys",
                "clocks",
                "--max-stale",
                "issuer's name",
                "audience",
                "issuer's version",
                "weak keys",
                "key-set copy",
                "key-set age",
                "tokens",
            ],
        ),
    ] {
        assert_eq!(report.document["sound"], true, "{}", report.document);
        for subject in subjects {
            assert_eq!(report.verdict(subject), "good", "{}", report.document);
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn tokens_that_would_be_refused_are_foretold() {
    let pair = Pair::start().await;
    let report = posts_doctor(&pair, &["--audience=reports"]);
    report.is_bad("audience", "add reports to its --audiences");
    // Behind its stable address the issuer has another of its own.
    let direct = pair.auth.as_ref().expect("auth is running").url();
    let report = posts_doctor_of(&direct, &pair, &[]);
    report.is_bad("issuer's name", &pair.auth_url());
    let report = posts_doctor(&pair, &["--max-stale=60s"]);
    report.is_bad("--max-stale", "max-age");
    let report = posts_doctor(&pair, &["--leeway=2h"]);
    report.is_bad("times", "--max-token-life");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_that_was_announced_this_moment_is_no_gap() {
    let pair = Pair::start().await;
    let rotate = Program::command("auth", pair.folder())
        .args(["keys", "rotate"])
        .status()
        .expect("the program can be started");
    assert!(rotate.success());
    let report = auth_doctor(&pair, &[]);
    assert_eq!(report.verdict("key ids"), "good", "{}", report.document);
    assert!(report.detail("key ids").starts_with("2 keys"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_key_set_and_a_database_that_do_not_belong_together_are_told_apart() {
    let pair = Pair::start().await;
    let database = pair.folder().join("var/auth/auth.db");
    let copy = pair.folder().join("copy.db");
    let with = |change: &str| {
        let main = Connection::open(&database).expect("it is there");
        let _ = fs::remove_file(&copy);
        main.execute("VACUUM INTO ?1", [copy.to_str()])
            .expect("it can be copied");
        let copied = Connection::open(&copy).expect("it was made");
        copied.execute_batch(change).expect("the table is there");
        let url = format!("--database-url=sqlite://{}", copy.display());
        auth_doctor(&pair, &[&url])
    };
    with("DELETE FROM signing_keys").is_bad("key ids", "not in this database");
    with("UPDATE signing_keys SET revoked_at = 1").is_bad("key ids", "still served");
    let another = "INSERT INTO signing_keys SELECT 'another', 9, modulus, exponent, sealed,
                   published_at, activates_at, retires_at, leaves_at, revoked_at FROM signing_keys";
    with(another).is_bad("key ids", "not served, though they sign or will: another");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_copy_of_the_key_set_that_others_may_write_or_that_differs_is_told() {
    let mut pair = Pair::start().await;
    let copy = pair.folder().join("var/posts/jwks.json");
    let folder = copy.parent().expect("it has one");
    let open = |path: &Path, mode| {
        fs::set_permissions(path, fs::Permissions::from_mode(mode)).expect("it is ours");
    };
    until("posts keeps a copy", async || copy.exists()).await;
    pair.posts.take().expect("posts is running").kill();
    open(folder, 0o755);
    open(&copy, 0o666);
    posts_doctor(&pair, &[]).is_bad("key-set copy", "chmod go-w");
    open(&copy, 0o600);

    let text = fs::read_to_string(&copy).expect("it is there");
    let kid = text
        .split("\"kid\":\"")
        .nth(1)
        .and_then(|rest| rest.get(..43));
    let other = text.replace(kid.expect("it holds a key"), &"x".repeat(43));
    fs::write(&copy, other).expect("it is ours");
    let report = posts_doctor(&pair, &[]);
    assert_eq!(
        report.verdict("key-set copy"),
        "note",
        "{}",
        report.document
    );
    assert!(
        report.detail("key-set copy").contains("lacks"),
        "{}",
        report.document
    );
    fs::write(&copy, "{}").expect("it is ours");
    posts_doctor(&pair, &[]).is_bad("key-set copy", "remove it");
}
