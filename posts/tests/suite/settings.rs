//! The command line, as an operator meets it.
use std::process::{Command, Output, Stdio};

use chassis::database::postgres::testing;

/// Runs the program in an empty folder with none of the test's own environment.
fn posts(arguments: &[&str], environment: &[(&str, &str)]) -> (Output, tempfile::TempDir) {
    let folder = tempfile::tempdir().unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_posts"))
        .args(arguments)
        .current_dir(folder.path())
        .env_clear()
        .envs(environment.iter().copied())
        .output()
        .unwrap();
    (output, folder)
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8(bytes.to_vec()).unwrap()
}

#[test]
fn every_bad_setting_is_told_at_once_and_nothing_is_started() {
    let environment = [
        ("POSTS_LEEWAY", "soon"),
        ("POSTS_REQUIRE_IF_MATCH", "perhaps"),
        ("POSTS_JWKS_FILE", ""),
    ];
    let arguments = [
        "serve",
        "--listen=nowhere",
        "--ops-listen=127.0.0.1",
        "--issuer=http://auth.example.com",
        "--database-url=postgres://localhost/posts?sslmode=prefer",
        "--max-stale=1",
        "--min-refetch=x",
        "--max-token-life=-1s",
        "--reject-with=418",
        "--trusted-proxies=everybody",
        "--cors-origin=*",
        "--cors-origin=null",
        "--public-url=posts",
        "--tls-cert=a.pem",
        "--log-format=xml",
        "--ca-file=missing.pem",
        "--jwks-cache-file=",
    ];
    let (output, folder) = posts(&arguments, &environment);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    for option in [
        "--listen",
        "--ops-listen",
        "--issuer",
        "--database-url",
        "--max-stale",
        "--min-refetch",
        "--max-token-life",
        "--reject-with",
        "--trusted-proxies",
        "--cors-origin",
        "--public-url",
        "--tls-key",
        "--log-format",
        "--leeway",
        "--require-if-match",
        "--ca-file",
        "--jwks-cache-file",
        "--jwks-file",
    ] {
        assert!(
            told.contains(&format!("{option}: ")),
            "{option} is not named in\n{told}"
        );
    }
    assert!(told.contains("sslmode"), "{told}");
    assert!(told.contains("`*`") && told.contains("`null`"), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_certificate_that_cannot_be_used_is_told_before_anything_is_made() {
    let other = tempfile::NamedTempFile::new().unwrap();
    let there = other.path().to_str().unwrap();
    for certificate in ["missing.pem", there] {
        let files = ["serve", "--tls-key=missing.key", "--tls-cert", certificate];
        let (output, folder) = posts(&files, &[]);
        assert_eq!(output.status.code(), Some(2), "{output:?}");
        let told = text(&output.stderr);
        assert!(told.contains("--tls-cert: "), "{told}");
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}

#[test]
fn help_shows_every_option_with_its_default_and_its_variable() {
    let (output, _folder) = posts(&["serve", "--help"], &[]);
    assert!(output.status.success());
    let help = text(&output.stdout)
        .split_whitespace()
        .collect::<Vec<_>>()
        .join(" ");
    for (option, default) in [
        ("listen", "127.0.0.1:4001"),
        ("ops-listen", "127.0.0.1:4101"),
        ("issuer", "http://127.0.0.1:4000"),
        ("jwks-url", ""),
        ("jwks-file", ""),
        ("audience", "posts"),
        ("jwks-cache-file", "var/posts/jwks.json"),
        ("max-stale", "1h"),
        ("min-refetch", "10s"),
        ("leeway", "30s"),
        ("max-token-life", "1h"),
        ("ca-file", ""),
        ("allow-insecure-issuer", ""),
        ("database-url", "sqlite://var/posts/posts.db"),
        ("cors-origin", ""),
        ("require-if-match", ""),
        ("reject-with", "401"),
        ("tls-cert", ""),
        ("tls-key", ""),
        ("demo", ""),
        ("log-format", "text"),
        ("log", "info"),
        ("otlp-endpoint", ""),
        ("no-sandbox", ""),
    ] {
        let variable = format!("[env: POSTS_{}", option.replace('-', "_").to_uppercase());
        assert!(
            help.contains(&format!("--{option} ")),
            "--{option} is not in\n{help}"
        );
        assert!(help.contains(&variable), "{variable} is not in\n{help}");
        if !default.is_empty() {
            assert!(
                help.contains(&format!("[default: {default}]")),
                "{default} is not in\n{help}"
            );
        }
    }
    for secret in ["secret", "password", "sealing"] {
        assert!(!help.to_lowercase().contains(secret), "{help}");
    }
}

#[test]
fn an_insecure_issuer_is_accepted_only_when_that_is_asked_for() {
    let (output, _folder) = posts(&["serve", "--issuer=http://10.0.0.1"], &[]);
    assert_eq!(output.status.code(), Some(2));
    let told = text(&output.stderr);
    assert!(told.contains("--issuer: "), "{told}");
    assert!(told.contains("or --allow-insecure-issuer is set"), "{told}");
}

#[test]
fn a_misspelt_variable_is_told_by_every_command() {
    let environment = [("POSTS_DATABASE_ULR", "postgres://x"), ("POSTSMAN", "x")];
    for arguments in [
        &["migrate"][..],
        &["doctor"],
        &["serve", "--listen=nowhere"],
    ] {
        let (output, _folder) = posts(arguments, &environment);
        let told = text(&output.stderr);
        assert!(told.contains("warning: POSTS_DATABASE_ULR "), "{told}");
        assert!(!told.contains("POSTSMAN"), "{told}");
    }
}

#[test]
fn migrate_may_run_twice() {
    let (output, folder) = posts(&["migrate"], &[]);
    assert!(output.status.success(), "{output:?}");
    let again = Command::new(env!("CARGO_BIN_EXE_posts"))
        .arg("migrate")
        .current_dir(folder.path())
        .output()
        .unwrap();
    assert!(again.status.success(), "{again:?}");
    assert!(folder.path().join("var/posts/posts.db").exists());
}

#[test]
fn an_empty_database_may_be_migrated_by_many_processes_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let file = format!("sqlite://{}", folder.path().join("new/posts.db").display());
    migrate_at_once(&file);
    if let Some(database) = testing::database_at_once() {
        migrate_at_once(database.url());
    }
}

fn migrate_at_once(url: &str) {
    let start = |_| {
        let mut posts = Command::new(env!("CARGO_BIN_EXE_posts"));
        posts.args(["migrate", "--database-url", url]).env_clear();
        posts.stdout(Stdio::piped()).stderr(Stdio::piped());
        posts.spawn().unwrap()
    };
    let all: Vec<_> = (0..6).map(start).collect();
    for process in all {
        let output = process.wait_with_output().unwrap();
        assert!(output.status.success(), "{url}: {output:?}");
    }
}

#[test]
fn doctor_names_what_is_in_the_way_and_changes_nothing() {
    // Nothing listens on the discard port of loopback.
    let arguments = [
        "doctor",
        "--issuer=http://127.0.0.1:9",
        "--listen=127.0.0.1:0",
    ];
    let (output, folder) = posts(&arguments, &[]);
    assert_eq!(output.status.code(), Some(1), "{output:?}");
    let told = text(&output.stdout);
    assert!(
        told.contains("no usable key set of http://127.0.0.1:9 can be had: "),
        "{told}"
    );
    let good = |subject| told.lines().any(|line| line.starts_with(subject));
    assert!(good("BAD   keys ") && good("good  database "), "{told}");
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
}

#[test]
fn a_database_of_a_newer_program_is_refused_in_words() {
    let (output, folder) = posts(&["migrate"], &[]);
    assert!(output.status.success(), "{output:?}");
    let file = folder.path().join("var/posts/posts.db");
    let newer = "UPDATE refinery_schema_history SET version = 1000000";
    rusqlite::Connection::open(&file)
        .unwrap()
        .execute(newer, [])
        .unwrap();

    for command in ["migrate", "doctor", "serve"] {
        let mut posts = Command::new(env!("CARGO_BIN_EXE_posts"));
        posts.arg(command).current_dir(folder.path());
        if command != "migrate" {
            posts.args(["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"]);
        }
        let output = posts.output().unwrap();
        assert_eq!(output.status.code(), Some(1), "{output:?}");
        let told = text(&output.stdout) + &text(&output.stderr);
        assert!(told.contains("schema version 1000000"), "{told}");
    }
}
