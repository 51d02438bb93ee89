use super::*;

fn verdict(generation: u64) -> Verdict {
    let claims = Claims {
        issuer: String::new(),
        subject: "jack".to_owned(),
        audience: vec![],
        issued_at: Timestamp::from_unix_seconds(0),
        not_before: None,
        expires_at: Timestamp::from_unix_seconds(900),
        token_id: None,
        client_id: None,
        scope: token::Scope::default(),
        name: None,
        session_id: None,
    };
    Verdict {
        issuer: 0,
        generation,
        verified_at: Timestamp::from_unix_seconds(10),
        expires_at: claims.expires_at,
        claims: Arc::new(claims),
    }
}

/// A token of the first set, told from others by this byte.
fn in_one_set(number: u8) -> Fingerprint {
    let mut bytes = [0; 16];
    bytes[4] = number;
    Fingerprint(bytes)
}

fn generation(verdicts: &Verdicts, token: &Fingerprint) -> Option<u64> {
    verdicts.get(token).map(|verdict| verdict.generation)
}

#[test]
fn a_token_is_remembered_from_its_second_visit() {
    let (verdicts, token) = (Verdicts::new(), Fingerprint(rand::random()));
    verdicts.offer(token, &verdict(1));
    assert_eq!(generation(&verdicts, &token), None);
    verdicts.offer(token, &verdict(2));
    assert_eq!(generation(&verdicts, &token), Some(2));
}

#[test]
fn five_thousand_tokens_in_turn_are_remembered() {
    let verdicts = Verdicts::new();
    let tokens: Vec<_> = (0..5000).map(|_| Fingerprint(rand::random())).collect();
    for _visit in 0..2 {
        for (number, token) in (0..).zip(&tokens) {
            verdicts.offer(*token, &verdict(number));
        }
    }
    let remembered =
        (0..)
            .zip(&tokens)
            .filter(|(number, token)| match generation(&verdicts, token) {
                None => false,
                found => found == Some(*number),
            });
    assert!(remembered.count() >= 4975, "all but one in two hundred");
}

#[test]
fn a_token_is_taken_for_no_other_of_its_set() {
    let verdicts = Verdicts::new();
    verdicts.insert(in_one_set(1), verdict(1));
    assert_eq!(generation(&verdicts, &in_one_set(1)), Some(1));
    assert_eq!(generation(&verdicts, &in_one_set(2)), None);
}

#[test]
fn a_full_set_forgets_one_token_for_each_that_comes() {
    let verdicts = Verdicts::new();
    for number in 0..8 {
        verdicts.insert(in_one_set(number), verdict(number.into()));
    }
    let held = |verdicts: &Verdicts| {
        let held = (0..=8).filter(|&number| verdicts.get(&in_one_set(number)).is_some());
        held.count()
    };
    assert_eq!(held(&verdicts), 8);
    verdicts.insert(in_one_set(8), verdict(8));
    assert_eq!(held(&verdicts), 8);
    assert_eq!(generation(&verdicts, &in_one_set(8)), Some(8));
}

#[test]
fn a_newer_verdict_takes_the_place_of_the_older() {
    let verdicts = Verdicts::new();
    (0..8).for_each(|number| verdicts.insert(in_one_set(number), verdict(0)));
    verdicts.insert(in_one_set(5), verdict(1));
    let generations = (0..8).map(|number| generation(&verdicts, &in_one_set(number)));
    assert_eq!(generations.flatten().sum::<u64>(), 1);
    assert_eq!(generation(&verdicts, &in_one_set(5)), Some(1));
}

#[test]
fn a_verdict_holds_from_when_it_was_reached_until_exp() {
    let holds = |seconds| verdict(0).holds_at(Timestamp::from_unix_seconds(seconds));
    assert_eq!([9, 10, 899, 900].map(holds), [false, true, true, false]);
}
