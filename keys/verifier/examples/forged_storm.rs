//! Whether a storm of forged kids slows good tokens down: how long a good token takes when nothing
//! else happens, and with 10,000 forged kids between, as a ratio of the 99th percentiles.
//!
//! `cargo run --release -p verifier --example forged_storm`

use std::error::Error;
use std::time::{Duration, Instant};

use axum::Router;
use axum::http::header::CONTENT_TYPE;
use axum::routing::get;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use tokio::net::TcpListener;
use tokio::task::JoinSet;
use verifier::Verifier;
use verifier::testing::TestIssuer;

const FORGED: usize = 10_000;
const GOOD: usize = 10_000;
const ROUNDS: usize = 5;

type Outcome<T> = Result<T, Box<dyn Error>>;

#[tokio::main(flavor = "multi_thread", worker_threads = 2)]
#[expect(clippy::print_stdout, reason = "the result of the measurement")]
async fn main() -> Outcome<()> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let url = format!("http://{}", listener.local_addr()?);
    let issuer = TestIssuer::new(&url, "posts");
    let _serving = serve(listener, issuer.key_set().to_json());
    for (kind, repeated) in [("repeated", true), ("distinct", false)] {
        let (mut ratios, mut last) = (Vec::new(), (Duration::ZERO, Duration::ZERO));
        for _ in 0..ROUNDS {
            let quiet = percentile(&good_tokens(&issuer, repeated, None).await?);
            let storm = percentile(&good_tokens(&issuer, repeated, Some(FORGED)).await?);
            ratios.push(storm.as_secs_f64() / quiet.as_secs_f64());
            last = (quiet, storm);
        }
        ratios.sort_by(f64::total_cmp);
        let (quiet, storm) = last;
        println!(
            "{kind} good tokens: p99 {:.2} x its quiet value (reach: 2.00; {ROUNDS} rounds {:.2} to {:.2}; last {quiet:?} and {storm:?})",
            ratios[ROUNDS / 2],
            ratios[0],
            ratios[ROUNDS - 1],
        );
    }
    Ok(())
}

fn serve(listener: TcpListener, key_set: String) -> JoinSet<std::io::Result<()>> {
    let answer = ([(CONTENT_TYPE, "application/jwk-set+json")], key_set);
    let app = Router::new().route("/.well-known/jwks.json", get(async || answer));
    let mut tasks = JoinSet::new();
    tasks.spawn(async move { axum::serve(listener, app).await });
    tasks
}

/// How long each good token took, while a task of its own sends the forged ones.
#[expect(
    clippy::disallowed_methods,
    reason = "a measurement reads the clock of the machine"
)]
async fn good_tokens(
    issuer: &TestIssuer,
    repeated: bool,
    forged: Option<usize>,
) -> Outcome<Vec<Duration>> {
    let subjects = if repeated { 100 } else { GOOD };
    let tokens: Vec<_> = (0..subjects)
        .map(|number| issuer.token(&format!("jack-{number}")))
        .collect();
    let verifier = verifier_of(issuer)?;
    for token in tokens.iter().take(if repeated { subjects } else { 1 }) {
        verifier.verify(token).await?;
    }
    let mut storm = JoinSet::new();
    if let Some(forged) = forged {
        storm.spawn(send_forged(verifier.clone(), forged));
    }
    let mut times = Vec::with_capacity(GOOD);
    for number in 0..GOOD {
        let start = Instant::now();
        verifier.verify(&tokens[number % subjects]).await?;
        times.push(start.elapsed());
    }
    storm.join_all().await;
    Ok(times)
}

fn verifier_of(issuer: &TestIssuer) -> Outcome<Verifier> {
    let claims = issuer.claims("jack");
    let url = claims["iss"].as_str().ok_or("an issuer")?;
    Ok(Verifier::builder(url, "posts")
        .min_refetch(Duration::from_millis(10))
        .build()?)
}

async fn send_forged(verifier: Verifier, forged: usize) {
    for number in 0..forged {
        let header = format!(r#"{{"alg":"RS256","typ":"at+jwt","kid":"forged-{number}"}}"#);
        let token = format!("{}.e30.c2ln", URL_SAFE_NO_PAD.encode(header));
        assert!(verifier.verify(&token).await.is_err(), "a forged token");
        tokio::task::yield_now().await;
    }
}

fn percentile(times: &[Duration]) -> Duration {
    let mut sorted = times.to_vec();
    sorted.sort_unstable();
    sorted[sorted.len() * 99 / 100]
}
