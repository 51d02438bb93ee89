use axum::body::Body;
use axum::response::IntoResponse;
use http::StatusCode;

use super::*;

#[derive(Debug)]
struct Note {
    title: String,
    body: Option<String>,
}

impl FromFields for Note {
    fn from_fields(fields: &mut Fields) -> Option<Self> {
        let title = fields.required("title", |text| match text {
            "" => Err("must not be empty"),
            text => Ok(text.to_owned()),
        });
        let body = fields.optional("body", str::parse::<String>);
        Some(Self {
            title: title?,
            body: body?,
        })
    }
}

async fn extract(content_type: Option<&str>, body: &[u8]) -> Result<Note, Problem> {
    let mut request = http::Request::post("/")
        .body(Body::from(body.to_vec()))
        .unwrap();
    if let Some(value) = content_type {
        request
            .headers_mut()
            .insert(header::CONTENT_TYPE, value.parse().unwrap());
    }
    Json::<Note>::from_request(request, &())
        .await
        .map(|Json(note)| note)
}

fn errors(problem: Problem) -> Vec<(String, String)> {
    let text = format!("{problem:?}");
    assert!(text.contains("errors"), "{text}");
    problem
        .into_fields()
        .into_iter()
        .map(|error| (error.field, error.message))
        .collect()
}

#[tokio::test]
async fn a_good_body_becomes_the_type() {
    let note = extract(Some("application/json"), br#"{"title":"a","x":[{}]}"#)
        .await
        .unwrap();
    assert_eq!((note.title.as_str(), note.body), ("a", None));
}

#[tokio::test]
async fn only_one_json_content_type_is_read() {
    let good = br#"{"title":"a"}"#;
    for content_type in [
        "application/json",
        "Application/JSON",
        "application/json; charset=utf-8",
    ] {
        assert!(
            extract(Some(content_type), good).await.is_ok(),
            "{content_type}"
        );
    }
    for content_type in [
        None,
        Some("text/plain"),
        Some("application/merge-patch+json"),
        Some("application/jsonx"),
        Some(""),
    ] {
        let problem = extract(content_type, good).await.unwrap_err();
        assert_eq!(
            problem.status(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
            "{content_type:?}"
        );
    }
}

#[tokio::test]
async fn a_content_coding_is_refused_and_the_one_that_is_read_is_named() {
    for (coding, is_read) in [
        ("identity", true),
        ("Identity", true),
        ("gzip", false),
        ("", false),
    ] {
        let request = http::Request::post("/")
            .header(header::CONTENT_TYPE, "application/json")
            .header(header::CONTENT_ENCODING, coding)
            .body(Body::from(r#"{"title":"a"}"#));
        let read = Json::<Note>::from_request(request.unwrap(), &()).await;
        assert_eq!(read.is_ok(), is_read, "{coding}");
        if let Err(problem) = read {
            let answer = problem.into_response();
            assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
            assert_eq!(answer.headers()[header::ACCEPT_ENCODING], "identity");
        }
    }
}

#[tokio::test]
async fn what_is_not_json_is_400_and_what_is_but_does_not_fit_is_422() {
    let deep = [b"[".repeat(100_000), b"]".repeat(100_000)].concat();
    let deep_member = [
        br#"{"title":"a","x":"#.to_vec(),
        deep.clone(),
        b"}".to_vec(),
    ]
    .concat();
    let table: &[(&[u8], StatusCode)] = &[
        (b"", StatusCode::BAD_REQUEST),
        (b"{", StatusCode::BAD_REQUEST),
        (b"nope", StatusCode::BAD_REQUEST),
        (b"{'title':'a'}", StatusCode::BAD_REQUEST),
        (br#"{"title":"a",}"#, StatusCode::BAD_REQUEST),
        (br#"{"title":"a"} x"#, StatusCode::BAD_REQUEST),
        (br#"{"title":"a"}{"title":"b"}"#, StatusCode::BAD_REQUEST),
        (br#"{"title":"a","title":"b"}"#, StatusCode::BAD_REQUEST),
        (
            br#"{"title":"a","\u0074itle":"b"}"#,
            StatusCode::BAD_REQUEST,
        ),
        (b"\xef\xbb\xbf{\"title\":\"a\"}", StatusCode::BAD_REQUEST),
        (b"{\"title\":\"\xff\"}", StatusCode::BAD_REQUEST),
        (br#"{"title":"\ud800"}"#, StatusCode::BAD_REQUEST),
        (br#"{"title":NaN}"#, StatusCode::BAD_REQUEST),
        (b"{\"title\":\"a\nb\"}", StatusCode::BAD_REQUEST),
        (b"null", StatusCode::UNPROCESSABLE_ENTITY),
        (b"[]", StatusCode::UNPROCESSABLE_ENTITY),
        (b"\"title\"", StatusCode::UNPROCESSABLE_ENTITY),
        (b"17", StatusCode::UNPROCESSABLE_ENTITY),
        (b" -1e999 ", StatusCode::UNPROCESSABLE_ENTITY),
        (b"{}", StatusCode::UNPROCESSABLE_ENTITY),
        (br#"{"title":null}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (br#"{"title":1e999}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (br#"{"title":""}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (br#"{"title":{"a":"b"}}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (
            br#"{"title":"a","body":true}"#,
            StatusCode::UNPROCESSABLE_ENTITY,
        ),
        (br#"{"title":"a","x":01}"#, StatusCode::BAD_REQUEST),
        (br#"{"title":"a","x":[1e]}"#, StatusCode::BAD_REQUEST),
        (br#"{"Title":"a"}"#, StatusCode::UNPROCESSABLE_ENTITY),
        (&deep, StatusCode::UNPROCESSABLE_ENTITY),
    ];
    for (body, expected) in table {
        let problem = extract(Some("application/json"), body).await.unwrap_err();
        let shown = String::from_utf8_lossy(&body[..body.len().min(40)]);
        assert_eq!(problem.status(), *expected, "{shown}");
        let names_fields = !problem.into_fields().is_empty();
        assert_eq!(
            names_fields,
            *expected != StatusCode::BAD_REQUEST,
            "{shown}"
        );
    }
    let huge_number = br#"{"title":"a","x":-1e999}"#.to_vec();
    for good in [deep_member, huge_number] {
        assert!(extract(Some("application/json"), &good).await.is_ok());
    }
}

#[tokio::test]
async fn all_wrong_fields_are_named_at_once() {
    let problem = extract(Some("application/json"), br#"{"title":7,"body":[]}"#)
        .await
        .unwrap_err();
    let wrong = "must be a string".to_owned();
    assert_eq!(
        errors(problem),
        [("title".into(), wrong.clone()), ("body".into(), wrong)]
    );
}

#[tokio::test]
async fn a_merge_patch_tells_absent_from_null() {
    #[derive(Debug)]
    struct Patch(Change<String>, Change<String>);
    impl FromFields for Patch {
        fn from_fields(fields: &mut Fields) -> Option<Self> {
            let first = fields.change("first", str::parse::<String>);
            let second = fields.change("second", str::parse::<String>);
            Some(Self(first?, second?))
        }
    }
    let request = |content_type: &str| {
        http::Request::patch("/")
            .header(header::CONTENT_TYPE, content_type)
            .body(Body::from(r#"{"second":null}"#))
            .unwrap()
    };
    let patch =
        MergePatch::<Patch>::from_request(request("application/merge-patch+json"), &()).await;
    assert!(
        matches!(patch, Ok(MergePatch(Patch(Change::Keep, Change::Remove)))),
        "{patch:?}"
    );
    let refused = MergePatch::<Patch>::from_request(request("application/json"), &()).await;
    assert_eq!(
        refused.unwrap_err().status(),
        StatusCode::UNSUPPORTED_MEDIA_TYPE
    );
}
