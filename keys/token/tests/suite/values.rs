//! The small types: moments, clocks, key ids, scopes, the policy, codes.

use std::time::{Duration, SystemTime};

use token::{
    Clock, Kid, ManualClock, Rejection, Scope, SystemClock, Timestamp, UnverifiedToken, verify,
};

use crate::accepted::with_claim;
use crate::issuer::{AUDIENCE, GOOD_CLAIMS, ISSUER, KNOWN, NOW, now, policy};

#[test]
fn a_moment_counts_whole_milliseconds_and_saturates() {
    let moment = Timestamp::from_unix_millis(1500);
    assert_eq!((moment.unix_seconds(), moment.unix_millis()), (1, 1500));
    assert_eq!(Timestamp::from_unix_millis(-1).unix_seconds(), -1);
    assert_eq!(
        moment + Duration::from_millis(500),
        Timestamp::from_unix_seconds(2)
    );
    assert_eq!(
        moment - Duration::from_millis(500),
        Timestamp::from_unix_seconds(1)
    );
    assert_eq!(
        Timestamp::from_unix_seconds(i64::MAX) + Duration::MAX,
        Timestamp::from_unix_millis(i64::MAX)
    );
    assert_eq!(
        Timestamp::from_unix_seconds(i64::MIN) - Duration::MAX,
        Timestamp::from_unix_millis(i64::MIN)
    );
    assert_eq!(
        format!("{moment:?} {:?}", Timestamp::from_unix_millis(-1)),
        "1.500 -1.999"
    );
}

#[test]
fn the_time_since_a_later_moment_is_zero() {
    let (early, late) = (
        Timestamp::from_unix_millis(i64::MIN),
        Timestamp::from_unix_millis(7),
    );
    assert_eq!(early.since(late), Duration::ZERO);
    assert_eq!(late.since(late), Duration::ZERO);
    assert_eq!(
        Timestamp::from_unix_millis(9).since(late),
        Duration::from_millis(2)
    );
    let range = Timestamp::from_unix_millis(i64::MAX).since(early);
    assert_eq!(range, Duration::from_millis(u64::MAX));
}

#[test]
fn a_moment_is_written_as_its_milliseconds() {
    let moment = Timestamp::from_unix_millis(1500);
    assert_eq!(serde_json::to_string(&moment).unwrap(), "1500");
    assert_eq!(serde_json::from_str::<Timestamp>("1500").unwrap(), moment);
}

#[test]
fn the_system_clock_shows_the_present_and_never_steps_back() {
    let system = || SystemTime::UNIX_EPOCH.elapsed().unwrap().as_millis();
    let millis = || u128::try_from(SystemClock.now().unix_millis()).unwrap();
    let (before, shown, after) = (system(), millis(), system());
    assert!(
        (before..=after).contains(&shown),
        "{before} {shown} {after}"
    );
    let first = SystemClock.monotonic();
    let second = SystemClock.monotonic();
    assert!(Duration::ZERO < first && first <= second);
}

#[test]
fn a_manual_clock_moves_when_it_is_moved_and_its_clones_with_it() {
    let clock = ManualClock::new(now());
    let clone = clock.clone();
    clock.advance(Duration::from_millis(1500));
    assert_eq!(clone.now(), Timestamp::from_unix_millis(NOW * 1000 + 1500));
    assert_eq!(clone.monotonic(), Duration::from_millis(1500));
    clone.set_wall(Timestamp::from_unix_seconds(5));
    assert_eq!(
        (clock.now().unix_seconds(), clock.monotonic().as_millis()),
        (5, 1500)
    );
    clock.advance(Duration::from_secs(1));
    assert_eq!(
        (clock.now().unix_seconds(), clock.monotonic().as_millis()),
        (6, 2500)
    );
}

#[test]
fn a_key_id_is_1_to_256_visible_characters() {
    let longest = "k".repeat(256);
    for good in ["0", "!~", r#"a"\b"#, longest.as_str()] {
        let kid: Kid = good.parse().unwrap();
        assert_eq!((kid.as_str(), kid.to_string()), (good, good.to_owned()));
        let json = serde_json::to_string(&kid).unwrap();
        assert_eq!(json, serde_json::to_string(good).unwrap());
        assert_eq!(serde_json::from_str::<Kid>(&json).unwrap(), kid);
    }
    let too_long = "k".repeat(257);
    for bad in [
        "",
        " ",
        "a b",
        "a\n",
        "a\0",
        "\u{7f}",
        "ключ",
        too_long.as_str(),
    ] {
        assert!(Kid::new(bad).is_err(), "{bad:?}");
        assert!(serde_json::from_str::<Kid>(&serde_json::to_string(bad).unwrap()).is_err());
    }
}

#[test]
fn a_key_id_is_found_in_a_map_by_its_text() {
    let kid = Kid::new("a").unwrap();
    let map = std::collections::HashMap::from([(kid.clone(), 1)]);
    assert_eq!((map.get("a"), map.get("b")), (Some(&1), None));
    assert_eq!(
        (AsRef::<str>::as_ref(&kid), format!("{kid:?}")),
        ("a", "Kid(a)".to_owned())
    );
}

#[test]
fn a_scope_holds_whole_tokens() {
    let scope: Scope = "posts:read posts:write".parse().unwrap();
    assert!(scope.contains("posts:read") && scope.contains("posts:write"));
    for other in [
        "posts",
        "posts:",
        "read",
        "POSTS:READ",
        "",
        " ",
        "posts:read posts:write",
    ] {
        assert!(!scope.contains(other), "{other:?}");
    }
    assert_eq!(
        scope.iter().collect::<Vec<_>>(),
        ["posts:read", "posts:write"]
    );
    assert_eq!(
        (scope.to_string().as_str(), scope.is_empty()),
        (scope.as_str(), false)
    );
    assert_eq!(
        serde_json::to_string(&scope).unwrap(),
        r#""posts:read posts:write""#
    );
    assert_eq!(
        serde_json::from_str::<Scope>(r#""posts:read posts:write""#).unwrap(),
        scope
    );
}

#[test]
fn an_empty_scope_allows_nothing() {
    let scope = Scope::default();
    assert!(scope.is_empty() && !scope.contains("") && scope.iter().next().is_none());
    assert_eq!("".parse(), Ok(scope));
}

#[test]
fn a_scope_that_rfc_6749_does_not_allow_is_none() {
    for bad in [
        " ", "a  b", " a", "a ", "a\tb", "a\"b", "a\\b", "ä", "a\u{7f}",
    ] {
        assert!(bad.parse::<Scope>().is_err(), "{bad:?}");
        assert!(serde_json::from_str::<Scope>(&serde_json::to_string(bad).unwrap()).is_err());
    }
}

#[test]
fn a_policy_says_what_it_demands() {
    let policy = policy();
    assert_eq!((policy.issuer(), policy.audience()), (ISSUER, AUDIENCE));
    let defaults = (Duration::from_secs(30), Duration::from_hours(1));
    assert_eq!((policy.leeway(), policy.max_token_life()), defaults);
}

/// Leeway, moment of the verification, and whether the good token (900 s from `NOW`) holds then.
const MOMENTS: &[(u64, i64, bool)] = &[
    (0, NOW, true),
    (0, NOW + 899, true),
    (0, NOW + 900, false),
    (0, NOW - 1, false),
    (30, NOW + 929, true),
    (30, NOW + 930, false),
    (30, NOW - 30, true),
    (30, NOW - 31, false),
    (300, NOW + 1199, true),
    (300, NOW + 1200, false),
];

#[test]
fn a_token_holds_within_the_leeway_on_either_side() {
    for (leeway, at, holds) in MOMENTS {
        let policy = policy().with_leeway(Duration::from_secs(*leeway));
        let at = Timestamp::from_unix_seconds(*at);
        let verdict = verify(&KNOWN.good_token(), &KNOWN.keys(), &policy, at);
        assert_eq!(verdict.is_ok(), *holds, "{leeway} s, {at:?}: {verdict:?}");
    }
}

#[test]
fn the_longest_life_is_the_policy_s() {
    let verdict = |seconds| {
        let policy = policy().with_max_token_life(Duration::from_secs(seconds));
        verify(&KNOWN.good_token(), &KNOWN.keys(), &policy, now()).map(|claims| claims.subject)
    };
    assert_eq!(verdict(900), Ok("jack".to_owned()));
    assert_eq!(verdict(899), Err(Rejection::LifeTooLong));
}

#[test]
fn an_unverified_token_tells_key_and_issuer_to_look_up() {
    let token = KNOWN.good_token();
    let token = UnverifiedToken::parse(&token).unwrap();
    assert_eq!(token.unverified_kid(), KNOWN.kid());
    assert_eq!(token.unverified_issuer().as_deref(), Some(ISSUER));
    let issuer_of = |claims: &str| {
        let token = KNOWN.token(&KNOWN.good_header(), claims);
        UnverifiedToken::parse(&token).unwrap().unverified_issuer()
    };
    for claims in ["", "[]", "{}", r#"{"iss":1}"#, r#"{"iss":"a","iss":"b"}"#] {
        assert_eq!(issuer_of(claims), None, "{claims}");
    }
    assert_eq!(
        issuer_of(r#"{"iss":"https:\/\/evil.example"}"#).as_deref(),
        Some("https://evil.example")
    );
}

#[test]
fn a_rejection_names_the_claim_in_the_log_and_not_in_its_code() {
    let of = |claims: &str| {
        let token = KNOWN.token(&KNOWN.good_header(), claims);
        verify(&token, &KNOWN.keys(), &policy(), now()).unwrap_err()
    };
    let missing = of(&with_claim("exp", None));
    assert_eq!(
        (missing.code(), missing.to_string().as_str()),
        ("claim_missing", "the claim exp is missing")
    );
    let invalid = of(&GOOD_CLAIMS.replace(r#""jack""#, "7"));
    assert_eq!(invalid, Rejection::ClaimInvalid("sub"));
}
