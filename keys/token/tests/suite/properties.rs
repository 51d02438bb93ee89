//! What holds for any token and any key set, and not only for those somebody thought of.

use proptest::prelude::*;
use token::{KeySet, Rejection, UnverifiedToken, verify};

use crate::issuer::{AUDIENCE, ISSUER, KNOWN, NOW, encode, now, policy};

#[test]
fn a_token_with_any_one_bit_changed_is_refused() {
    let (keys, policy, good) = (KNOWN.keys(), policy(), KNOWN.good_token());
    let mut tried = 0;
    for (at, bit) in (0..good.len()).flat_map(|at| (0..8).map(move |bit| (at, bit))) {
        let mut bytes = good.clone().into_bytes();
        bytes[at] ^= 1 << bit;
        let Ok(changed) = String::from_utf8(bytes) else {
            continue;
        };
        tried += 1;
        assert!(
            verify(&changed, &keys, &policy, now()).is_err(),
            "bit {bit} of byte {at}"
        );
    }
    assert_eq!(tried, good.len() * 7, "the eighth bit alone makes no text");
}

#[test]
fn every_proper_part_of_a_token_is_refused() {
    let (keys, policy, good) = (KNOWN.keys(), policy(), KNOWN.good_token());
    for end in 0..good.len() {
        assert!(
            verify(&good[..end], &keys, &policy, now()).is_err(),
            "up to {end}"
        );
        assert!(
            verify(&good[end + 1..], &keys, &policy, now()).is_err(),
            "from {end}"
        );
    }
}

/// The claims a policy looks at, as values.
#[derive(Clone, Debug)]
struct Sample {
    issuer: &'static str,
    audience: Vec<&'static str>,
    iat: i64,
    nbf: Option<i64>,
    exp: i64,
}

fn sample() -> impl Strategy<Value = Sample> {
    let issuer = prop_oneof![9 => Just(ISSUER), 1 => Just("https://evil.example")];
    let audience = prop::collection::vec(prop_oneof![Just(AUDIENCE), Just("other")], 1..3);
    let near = NOW - 4000..NOW + 100;
    let nbf = prop::option::of(NOW - 100..NOW + 100);
    (issuer, audience, near, nbf, -10..4000_i64).prop_map(|(issuer, audience, iat, nbf, life)| {
        Sample {
            issuer,
            audience,
            iat,
            nbf,
            exp: iat + life,
        }
    })
}

impl Sample {
    fn claims(&self) -> String {
        let nbf = self
            .nbf
            .map(|nbf| format!(r#","nbf":{nbf}"#))
            .unwrap_or_default();
        format!(
            r#"{{"iss":"{}","sub":"jack","aud":{:?},"iat":{},"exp":{}{nbf}}}"#,
            self.issuer, self.audience, self.iat, self.exp
        )
    }

    /// The policy said once more, in other words.
    fn is_good(&self) -> bool {
        let life = self.exp - self.iat;
        let started = self.iat.max(self.nbf.unwrap_or(self.iat)) - NOW <= 30;
        let not_over = NOW - self.exp < 30;
        let ours = self.issuer == ISSUER && self.audience.contains(&AUDIENCE);
        ours && (1..=3600).contains(&life) && started && not_over
    }
}

proptest! {
    #[test]
    fn a_token_is_accepted_if_and_only_if_its_claims_are_within_the_policy(sample in sample()) {
        let token = KNOWN.token(&KNOWN.good_header(), &sample.claims());
        let verdict = verify(&token, &KNOWN.keys(), &policy(), now());
        prop_assert_eq!(verdict.is_ok(), sample.is_good(), "{:?}", verdict);
        if let Ok(claims) = verdict {
            prop_assert_eq!(claims.issued_at.unix_seconds(), sample.iat);
            prop_assert_eq!(claims.expires_at.unix_seconds(), sample.exp);
            prop_assert_eq!(claims.audience, sample.audience);
        }
    }

    #[test]
    fn any_text_gets_a_verdict(text in r"\PC*|[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*\.[A-Za-z0-9_-]*") {
        prop_assert!(verify(&text, &KNOWN.keys(), &policy(), now()).is_err());
    }

    #[test]
    fn any_header_gets_a_verdict(header in ".*", claims in prop::collection::vec(any::<u8>(), 0..99)) {
        let token = KNOWN.sign_parts(&encode(header), &encode(claims));
        prop_assert!(verify(&token, &KNOWN.keys(), &policy(), now()).is_err());
    }

    #[test]
    fn any_claims_get_a_verdict(claims in prop::collection::vec(any::<u8>(), 0..300)) {
        let token = KNOWN.sign_parts(&encode(KNOWN.good_header()), &encode(&claims));
        let parsed = UnverifiedToken::parse(&token).unwrap();
        let _ = parsed.unverified_issuer();
        let verdict = parsed.verify(&KNOWN.key, &policy(), now());
        prop_assert_ne!(verdict, Err(Rejection::BadSignature));
    }

    #[test]
    fn any_bytes_get_a_verdict_as_a_key_set(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(KeySet::parse(&bytes).is_err());
    }

    #[test]
    fn a_key_set_with_a_byte_changed_gets_a_verdict(at in any::<prop::sample::Index>(), to in any::<u8>()) {
        let mut json = KNOWN.keys().to_json().into_bytes();
        let at = at.index(json.len());
        json[at] = to;
        if let Ok(set) = KeySet::parse(&json) {
            prop_assert_eq!(set.len(), 1);
            prop_assert!(KeySet::parse(set.to_json().as_bytes()).is_ok());
        }
    }
}
