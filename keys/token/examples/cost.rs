//! What the verification of a token costs beside the RSA verification in it, in CPU time:
//! `cargo run --release -p token --example cost`
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a measurement for a terminal"
)]

use std::hint::black_box;
use std::time::Duration;

use aws_lc_rs::rand::SystemRandom;
use aws_lc_rs::rsa::{KeyPair, KeySize};
use aws_lc_rs::signature::{
    KeyPair as _, ParsedPublicKey, RSA_PKCS1_2048_8192_SHA256, RSA_PKCS1_SHA256,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use rustix::time::{ClockId, clock_gettime};
use token::{KeySet, Policy, PublicKey, Timestamp, verify};

const TOKENS: u32 = 1000;
const ROUNDS: usize = 31;

fn main() {
    let pair = KeyPair::generate(KeySize::Rsa2048).unwrap();
    let raw_key =
        ParsedPublicKey::new(&RSA_PKCS1_2048_8192_SHA256, pair.public_key().as_ref()).unwrap();
    let modulus = pair.public_key().modulus();
    let key = PublicKey::from_components(modulus.big_endian_without_leading_zero(), &[1, 0, 1]);
    let keys = KeySet::from_keys(vec![key.unwrap()]).unwrap();
    let kid = keys.kids().next().unwrap().to_string();
    let tokens: Vec<_> = (0..TOKENS)
        .map(|number| token(&pair, &kid, number))
        .collect();
    let policy = Policy::new("https://auth.example.com", "posts");
    let now = Timestamp::from_unix_seconds(1_700_000_000);

    let (mut raw, mut whole) = (Vec::new(), Vec::new());
    for _ in 0..ROUNDS {
        raw.push(cpu_time(|| {
            for (message, signature, _) in &tokens {
                black_box(raw_key.verify_sig(message.as_bytes(), signature)).unwrap();
            }
        }));
        whole.push(cpu_time(|| {
            for (_, _, token) in &tokens {
                black_box(verify(token, &keys, &policy, now)).unwrap();
            }
        }));
    }
    let (raw, whole) = (median(raw), median(whole));
    println!("one RSA-2048 verification: {:.2} µs", micros(raw));
    println!("one token, distinct:       {:.2} µs", micros(whole));
    println!(
        "ratio:                     {:.3}",
        whole.as_secs_f64() / raw.as_secs_f64()
    );
}

/// What is signed, the signature, and both as a token of the size that `auth` issues.
fn token(pair: &KeyPair, kid: &str, number: u32) -> (String, Vec<u8>, String) {
    let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"{kid}"}}"#);
    let claims = format!(
        r#"{{"iss":"https://auth.example.com","sub":"jack","aud":"posts","iat":1700000000,"nbf":1700000000,"exp":1700000900,"jti":"01890a5d-ac96-774b-bcce-{number:012x}","client_id":"login","scope":"posts:read posts:write","name":"jack","sid":"01890a5d-ac96-774b-bcce-b302099a8057"}}"#
    );
    let message = format!(
        "{}.{}",
        URL_SAFE_NO_PAD.encode(header),
        URL_SAFE_NO_PAD.encode(claims)
    );
    let mut signature = vec![0; pair.public_modulus_len()];
    pair.sign(
        &RSA_PKCS1_SHA256,
        &SystemRandom::new(),
        message.as_bytes(),
        &mut signature,
    )
    .unwrap();
    let token = format!("{message}.{}", URL_SAFE_NO_PAD.encode(&signature));
    (message, signature, token)
}

fn cpu_time(work: impl FnOnce()) -> Duration {
    let now = || Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap();
    let start = now();
    work();
    now().saturating_sub(start)
}

fn median(mut times: Vec<Duration>) -> Duration {
    times.sort_unstable();
    times[times.len() / 2] / TOKENS
}

fn micros(time: Duration) -> f64 {
    time.as_secs_f64() * 1e6
}
