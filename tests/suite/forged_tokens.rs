//! What a forger can make without the private key is refused.

use e2e::{Forger, Pair};

#[tokio::test]
async fn forged_tokens_are_refused_and_the_good_one_is_not() {
    let pair = Pair::start().await;
    let list = format!("{}/api/posts", pair.posts_url());
    let good = pair.client.login(&pair.auth_url(), "jack").await;
    let key_set = format!("{}/.well-known/jwks.json", pair.auth_url());
    let key_set = pair.client.get(&key_set, None).await;
    let modulus = key_set.json()["keys"][0]["n"]
        .as_str()
        .expect("a key has a modulus")
        .to_owned();
    let forger = Forger::of(&good);

    let forgeries = [
        ("signed by a stranger", forger.by_a_stranger()),
        (
            "signed by a stranger under an unknown kid",
            forger.by_a_stranger_under("unknown"),
        ),
        ("alg none", forger.unsigned("none")),
        ("alg None", forger.unsigned("None")),
        ("alg RS256 without a signature", forger.unsigned("RS256")),
        (
            "HS256 keyed by the modulus as published",
            forger.keyed_by(modulus.as_bytes()),
        ),
        (
            "HS256 keyed by the key set as served",
            forger.keyed_by(key_set.text.as_bytes()),
        ),
        (
            "HS256 keyed by a public key in DER",
            forger.keyed_by(&forger.strangers_public_key()),
        ),
        (
            "the good one with its last part cut off",
            good[..=good.rfind('.').unwrap()].to_owned(),
        ),
        ("the good one with a letter more", format!("{good}A")),
    ];
    for (what, token) in &forgeries {
        let answer = pair.client.get(&list, Some(token)).await;
        assert_eq!(answer.status, 401, "{what}: {}", answer.text);
        let challenge = answer.header("www-authenticate");
        assert!(
            challenge.contains(r#"error="invalid_token""#),
            "{what}: {challenge}"
        );
    }
    assert_eq!(pair.client.get(&list, Some(&good)).await.status, 200);
}
