use std::time::Duration;

use super::*;
use crate::verifier::Verifier;

fn problems(builder: Builder) -> Vec<&'static str> {
    let error = builder.build().err();
    let problems = error
        .map(|error| error.problems().to_vec())
        .unwrap_or_default();
    problems.iter().map(|problem| problem.setting).collect()
}

#[test]
fn keys_come_over_tls_or_from_this_machine() {
    let table = [
        ("https://auth.example.com", true),
        ("https://auth.example.com:8443/tenant/", true),
        ("http://127.0.0.1:4000", true),
        ("http://127.255.0.1", true),
        ("http://[::1]:4000", true),
        ("http://localhost:4000", true),
        ("http://auth.example.com", false),
        ("http://localhost.example.com", false),
        ("http://10.0.0.1", false),
        ("http://0.0.0.0", false),
        ("http://[::2]", false),
        ("ftp://127.0.0.1", false),
        ("file:///etc/jwks.json", false),
        ("auth.example.com", false),
        ("", false),
        ("https://user:secret@auth.example.com", false),
        ("https://user@auth.example.com", false),
        ("https://auth.example.com/?a=b", false),
        ("https://auth.example.com/#a", false),
    ];
    for (issuer, fits) in table {
        let expected = if fits { vec![] } else { vec!["issuer"] };
        assert_eq!(
            problems(Verifier::builder(issuer, "posts")),
            expected,
            "{issuer}"
        );
    }
}

#[test]
fn the_flag_lets_http_in_and_nothing_else() {
    let insecure = |issuer| problems(Verifier::builder(issuer, "posts").allow_insecure_issuer());
    assert_eq!(insecure("http://auth.internal"), Vec::<&str>::new());
    assert_eq!(insecure("ftp://auth.internal"), ["issuer"]);
}

#[test]
fn what_is_no_url_is_repeated_unless_a_password_may_be_in_it() {
    let told = |issuer| {
        let error = Verifier::builder(issuer, "posts").build();
        error.map(drop).unwrap_err().to_string()
    };
    let repeated = told("auth.example.com");
    assert!(
        repeated.starts_with("issuer: `auth.example.com` is no URL: "),
        "{repeated}"
    );
    let kept = told("https://user:secret@:4000");
    assert!(kept.starts_with("issuer: is no URL: "), "{kept}");
    assert!(!kept.contains("secret"), "{kept}");
}

#[test]
fn http_is_refused_with_the_setting_that_would_let_it_in() {
    let error = Verifier::builder("http://auth.internal", "posts").build();
    let told = error.map(drop).unwrap_err().to_string();
    assert_eq!(
        told,
        "issuer: `http://auth.internal` must be https://, unless its host is loopback or \
         allow_insecure_issuer is set"
    );
}

#[test]
fn an_explicit_url_for_the_keys_is_held_to_the_same() {
    let with_url = |url: &str| Verifier::builder("https://auth.example.com", "posts").jwks_url(url);
    assert_eq!(
        problems(with_url("https://keys.example.com/set?v=1")),
        Vec::<&str>::new()
    );
    assert_eq!(
        problems(with_url("http://keys.example.com/set")),
        ["jwks_url"]
    );
    assert_eq!(problems(with_url("nonsense")), ["jwks_url"]);
    assert_eq!(
        problems(with_url("https://a.example").jwks_file("/set.json")),
        ["jwks_file"]
    );
}

#[test]
fn all_problems_are_told_at_once() {
    let builder = Verifier::builder("http://a.example", "")
        .also("http://a.example", "posts")
        .max_stale(Duration::ZERO)
        .min_refetch(Duration::ZERO)
        .max_token_life(Duration::ZERO)
        .fetch_limit(Duration::ZERO)
        .realm("say \"please\"")
        .resource_metadata("here")
        .reject_with(StatusCode::OK);
    let expected = [
        "max_stale",
        "min_refetch",
        "max_token_life",
        "fetch_limit",
        "issuer",
        "audience",
        "issuer",
        "issuer",
        "realm",
        "resource_metadata",
        "reject_with",
    ];
    assert_eq!(problems(builder), expected);
}

#[test]
fn a_ca_file_must_be_there_and_hold_certificates() {
    let folder = tempfile::tempdir().unwrap();
    let empty = folder.path().join("empty.pem");
    std::fs::write(&empty, "").unwrap();
    for path in [folder.path().join("missing.pem"), empty] {
        let builder = Verifier::builder("https://auth.example.com", "posts").ca_file(path);
        assert_eq!(problems(builder), ["ca_file"]);
    }
}

#[test]
fn the_key_set_is_found_beneath_the_issuer() {
    let table = [
        (
            "https://a.example",
            "https://a.example/.well-known/jwks.json",
        ),
        (
            "https://a.example/",
            "https://a.example/.well-known/jwks.json",
        ),
        (
            "https://a.example/t/1",
            "https://a.example/t/1/.well-known/jwks.json",
        ),
        (
            "https://a.example/t/1/",
            "https://a.example/t/1/.well-known/jwks.json",
        ),
    ];
    for (issuer, expected) in table {
        assert_eq!(
            well_known(Url::parse(issuer).unwrap()).unwrap().as_str(),
            expected
        );
    }
}

#[test]
fn an_audience_may_have_what_a_realm_may_not() {
    let builder = Verifier::builder("https://a.example", "bücher \"neu\"");
    assert_eq!(problems(builder), Vec::<&str>::new());
}

#[test]
fn two_issuers_do_not_share_one_copy() {
    let builder = Verifier::builder("https://a.example", "posts")
        .cache_file("/var/lib/keys.json")
        .also("https://b.example", "posts")
        .cache_file("/var/lib/keys.json");
    assert_eq!(problems(builder), ["cache_file"]);
}

#[test]
fn a_password_in_a_url_is_not_repeated() {
    for url in [
        "https://jack:secret@a.example:x",
        "ftp://jack:secret@a",
        "https://jack:secret@a",
    ] {
        let error = Verifier::builder(url, "posts").jwks_url(url).build();
        let told = error.map(drop).unwrap_err().to_string();
        assert!(!told.contains("secret"), "{told}");
    }
}
