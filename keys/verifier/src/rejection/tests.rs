use super::*;

fn rejection(refusal: Refusal) -> AuthRejection {
    let challenge = Arc::new(Challenge::for_realm("posts"));
    AuthRejection {
        refusal,
        challenge,
        request_id: None,
    }
}

#[test]
fn a_wait_is_rounded_up_to_whole_seconds() {
    for (millis, seconds) in [(1, "1"), (1000, "1"), (1001, "2"), (4200, "5")] {
        let retry_after = Duration::from_millis(millis);
        let response = rejection(Refusal::Unavailable { retry_after }).into_response();
        assert_eq!(response.headers()[RETRY_AFTER], seconds);
    }
}

#[test]
fn a_problem_without_a_request_id_has_no_such_member() {
    assert_eq!(
        rejection(Refusal::InvalidToken).problem(),
        r#"{"type":"about:blank","title":"Unauthorized","status":401,"detail":"The access token is not valid."}"#
    );
}
