use http::HeaderValue;

use super::*;

fn headers(lines: &[(&'static str, &'static str)]) -> HeaderMap {
    let pairs = lines.iter().map(|&(name, value)| {
        (
            name.parse::<http::HeaderName>().unwrap(),
            HeaderValue::from_static(value),
        )
    });
    let mut headers = HeaderMap::new();
    pairs.for_each(|(name, value)| {
        headers.append(name, value);
    });
    headers
}

#[test]
fn json_is_told_by_its_subtype() {
    let table = [
        ("application/json", true),
        ("application/jwk-set+json", true),
        ("Application/JSON; charset=utf-8", true),
        ("application/jwk-set+json;x=y", true),
        ("text/json", false),
        ("text/html", false),
        ("application/jsonp", false),
        ("application/octet-stream", false),
        ("json", false),
        ("", false),
    ];
    for (value, expected) in table {
        assert_eq!(
            is_json(&headers(&[("content-type", value)])),
            expected,
            "{value}"
        );
    }
    assert!(!is_json(&HeaderMap::new()));
}

#[test]
fn max_age_and_age_are_read_as_caches_read_them() {
    type Lines = &'static [(&'static str, &'static str)];
    let table: [(Lines, Option<u64>, u64); 18] = [
        (
            &[("cache-control", "public, max-age=60, stale-if-error=3600")],
            Some(60),
            0,
        ),
        (&[("cache-control", "MAX-AGE = 60")], Some(60), 0),
        (&[("cache-control", "max-age=\"60\"")], Some(60), 0),
        (
            &[("cache-control", "public"), ("cache-control", "max-age=5")],
            Some(5),
            0,
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "20")],
            Some(60),
            20,
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "61")],
            Some(60),
            61,
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "x")],
            Some(60),
            0,
        ),
        (
            &[("cache-control", "max-age=60"), ("age", "-1")],
            Some(60),
            0,
        ),
        (&[("age", "7")], None, 7),
        (&[("age", "7, 20")], None, 7),
        (&[("age", "7"), ("age", "20")], None, 7),
        (&[("cache-control", "max-age=5, max-age=60")], Some(5), 0),
        (
            &[("cache-control", "max-age=99999999999999999999")],
            Some(u64::from(u32::MAX)),
            0,
        ),
        (&[("cache-control", "max-age=-1")], None, 0),
        (&[("cache-control", "max-age=")], None, 0),
        (&[("cache-control", "s-maxage=60")], None, 0),
        (&[("cache-control", "no-store")], None, 0),
        (&[], None, 0),
    ];
    for (lines, max_age, age) in table {
        let expected = Freshness {
            max_age: max_age.map(Duration::from_secs),
            age: Duration::from_secs(age),
        };
        assert_eq!(freshness(&headers(lines)), expected, "{lines:?}");
    }
}

#[test]
fn an_entity_tag_is_kept_when_it_is_short_text() {
    assert_eq!(
        validator(&headers(&[("etag", "\"a\"")])),
        Some(Validator("\"a\"".to_owned()))
    );
    assert_eq!(validator(&HeaderMap::new()), None);
    for (length, kept) in [(256, true), (257, false)] {
        let tag = HeaderValue::try_from("x".repeat(length)).unwrap();
        assert_eq!(
            validator(&HeaderMap::from_iter([(ETAG, tag)])).is_some(),
            kept
        );
    }
}
