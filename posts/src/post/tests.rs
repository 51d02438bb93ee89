use super::*;

fn post() -> Post {
    Post {
        id: "01900000-0000-7000-8000-000000000001".parse().unwrap(),
        title: "a \"title\"".parse().unwrap(),
        body: Body::default(),
        author: Author::known("jack"),
        created_at: Timestamp::from_unix_millis(1_700_000_000_120),
        updated_at: Timestamp::from_unix_millis(1_700_000_000_000),
        version: Version::FIRST,
    }
}

#[test]
fn a_title_is_counted_in_characters_and_a_body_in_bytes() {
    assert_eq!("".parse::<Title>(), Err(InvalidTitle));
    assert!("ß".repeat(200).parse::<Title>().is_ok());
    assert_eq!("a".repeat(201).parse::<Title>(), Err(InvalidTitle));
    assert!("".parse::<Body>().is_ok());
    assert!("a".repeat(MAX_BODY_BYTES).parse::<Body>().is_ok());
    assert_eq!(
        "ß".repeat(MAX_BODY_BYTES / 2 + 1).parse::<Body>(),
        Err(InvalidBody)
    );
}

#[test]
fn an_id_has_one_spelling() {
    let id = "0190b5a4-0000-7abc-8000-000000000001";
    assert_eq!(id.parse::<PostId>().unwrap().to_string(), id);
    for other in [
        id.to_uppercase(),
        id.replace('-', ""),
        format!("{{{id}}}"),
        format!("urn:uuid:{id}"),
        "1".into(),
        String::new(),
    ] {
        assert_eq!(other.parse::<PostId>(), Err(InvalidPostId), "{other}");
    }
}

#[test]
fn a_change_leaves_alone_what_it_does_not_name() {
    let change = Change {
        title: None,
        body: Some("new".parse().unwrap()),
    };
    let draft = change.apply(&post());
    assert_eq!(draft.title.as_str(), "a \"title\"");
    assert_eq!(draft.body.as_str(), "new");
}
