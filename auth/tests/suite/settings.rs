//! The options, their defaults, and what is told when they are wrong.

use std::time::Duration;

use auth::settings::DatabaseSettings;

use crate::harness::check;

#[test]
fn the_defaults_are_those_of_the_contract() {
    let settings = check(&["auth"]).unwrap();
    assert_eq!(settings.listen.to_string(), "127.0.0.1:4000");
    assert_eq!(settings.ops_listen.to_string(), "127.0.0.1:4100");
    assert!(settings.issuer.is_none());
    assert_eq!(settings.audiences, ["posts"]);
    assert_eq!(
        settings.database,
        DatabaseSettings::Sqlite("var/auth/auth.db".into())
    );
    assert_eq!(
        settings.keys.sealing_key_file.to_str(),
        Some("var/auth/sealing.key")
    );
    let schedule = settings.keys.schedule.settings();
    let days = |days: u64| Duration::from_hours(24 * days);
    assert_eq!(schedule.token_ttl, Duration::from_mins(15));
    assert_eq!(schedule.jwks_max_age, Duration::from_mins(1));
    assert_eq!(schedule.leeway, Duration::from_secs(30));
    assert_eq!(schedule.rotate_every, Some(days(30)));
    assert_eq!(schedule.announce_for, Duration::from_hours(24));
    assert_eq!(settings.keys.key_bits.get(), 2048);
    let lifetimes = settings.logins.lifetimes;
    assert_eq!((lifetimes.idle, lifetimes.absolute), (days(7), days(30)));
    let limits = settings.logins.throttle;
    assert_eq!((limits.name.get(), limits.address.get()), (5, 30));
    let hash = settings.hasher.parameters;
    assert_eq!((hash.memory, hash.passes, hash.lanes), (19_456, 2, 1));
    assert!(!settings.demo);
}

#[test]
fn every_bad_option_is_told_at_once_and_by_name() {
    let line = [
        "auth",
        "--listen=nowhere",
        "--ops-listen=1",
        "--issuer=auth.example.com",
        "--audiences=,",
        "--database-url=mysql://x",
        "--token-ttl=soon",
        "--refresh-ttl=0s",
        "--session-ttl=1w",
        "--jwks-max-age=x",
        "--leeway=x",
        "--rotate-every=sometimes",
        "--announce-for=x",
        "--key-bits=1024",
        "--free-failures=0",
        "--address-failures=many",
        "--trusted-proxies=everybody",
        "--registration=maybe",
        "--tls-cert=cert.pem",
        "--log-format=xml",
    ];
    let told = check(&line).unwrap_err();
    for option in line
        .iter()
        .skip(1)
        .map(|option| option.split('=').next().unwrap())
    {
        let option = if option == "--tls-cert" {
            "--tls-key"
        } else {
            option
        };
        assert!(
            told.contains(&format!("{option}: ")),
            "{option} is not in:\n{told}"
        );
    }
}

#[test]
fn settings_that_would_break_a_promise_are_refused() {
    for (options, blamed) in [
        (["--announce-for=80s", "--leeway=30s"], "--announce-for"),
        (
            ["--rotate-every=24h", "--announce-for=24h"],
            "--rotate-every",
        ),
        (["--refresh-ttl=31d", "--session-ttl=30d"], "--refresh-ttl"),
        (["--demo", "--listen=0.0.0.0:4000"], "--listen"),
        (["--demo", "--ops-listen=[::]:4100"], "--ops-listen"),
        (["--demo", "--ops-listen=127.0.0.1:4000"], "--ops-listen"),
    ] {
        let told = check(&["auth", options[0], options[1]]).unwrap_err();
        assert!(told.contains(blamed), "{options:?}: {told}");
    }
}

#[test]
fn a_bad_address_of_postgresql_is_refused_without_repeating_its_password() {
    let url = "--database-url=postgres://auth:secret@db.example.com/auth?sslmode=prefer";
    let told = check(&["auth", url]).unwrap_err();
    assert!(
        told.contains("--database-url") && told.contains("sslmode"),
        "{told}"
    );
    assert!(!told.contains("secret"), "{told}");
}

#[test]
fn rotation_can_be_left_to_the_operator() {
    let settings = check(&["auth", "--rotate-every=never"]).unwrap();
    assert_eq!(settings.keys.schedule.rotate_every(), None);
}

#[test]
fn an_inequality_is_told_beside_an_option_that_cannot_be_read() {
    let line = [
        "auth",
        "--token-ttl=soon",
        "--announce-for=1s",
        "--leeway=x",
    ];
    let told = check(&line).unwrap_err();
    for option in ["--token-ttl: `soon`", "--leeway: `x`"] {
        assert!(told.contains(option), "{told}");
    }
    assert!(
        !told.contains("--announce-for"),
        "its bound is not known: {told}"
    );
    let line = ["auth", "--token-ttl=soon", "--announce-for=1s"];
    let told = check(&line).unwrap_err();
    assert!(told.contains("--announce-for: 1s is too short"), "{told}");
}
