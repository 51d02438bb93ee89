//! What protection costs: CPU time of the server's thread per request, over real connections, for a
//! bare handler, for tokens that are all distinct, and for 5,000 tokens in turn. The bare handler is
//! sent the same requests, `Authorization` header and all, so that reading it is not in the share.
//!
//! `cargo run --release -p verifier --example request_cost`

use std::error::Error;
use std::io::{Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use axum::Router;
use axum::routing::get;
use rustix::time::{ClockId, clock_gettime};
use verifier::testing::TestIssuer;
use verifier::{Caller, Verifier};

const TOKENS: usize = 5000;
const ROUNDS: usize = 7;
const CONNECTIONS: usize = 20;

type Outcome<T> = Result<T, Box<dyn Error>>;

/// The same work as [`protected`], for a caller who is taken at their word.
async fn bare() -> String {
    format!("hello {}", std::hint::black_box("jack-1234"))
}

async fn protected(caller: Caller) -> String {
    format!("hello {}", caller.subject)
}

/// The CPU time of the thread that answers, in nanoseconds.
async fn cpu() -> String {
    thread_cpu().as_nanos().to_string()
}

#[expect(clippy::print_stdout, reason = "the result of the measurement")]
fn main() -> Outcome<()> {
    let issuer = TestIssuer::new("https://auth.example.com", "posts");
    let tokens: Vec<_> = (0..TOKENS)
        .map(|number| issuer.token(&format!("jack-{number}")))
        .collect();
    let mut costs = [vec![], vec![], vec![], vec![]];
    for _ in 0..ROUNDS {
        let mut clients = Clients::connect(serve(issuer.verifier())?)?;
        let each = [
            clients.cost("/bare", &tokens)?,
            clients.cost("/protected", &tokens)?,
            clients.cost("/protected", &tokens)?,
            one_verification(&issuer, &tokens[0])?,
        ];
        costs
            .iter_mut()
            .zip(each)
            .for_each(|(costs, cost)| costs.push(cost));
    }
    let [bare, distinct, repeated, verification] = costs.map(median);
    println!("bare handler      {bare:6.2} µs of CPU per request");
    println!("distinct tokens   {distinct:6.2} µs");
    println!(
        "repeated tokens   {repeated:6.2} µs = {:.2} x bare (reach: 1.20)",
        repeated / bare
    );
    println!("one verification  {verification:6.2} µs");
    let share = (distinct - bare) / verification;
    println!("distinct = bare + {share:.2} verifications (reach: 1.25)");
    Ok(())
}

/// A server on a thread of its own.
fn serve(verifier: Verifier) -> Outcome<SocketAddr> {
    let (sender, address) = mpsc::channel();
    thread::spawn(move || {
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()?;
        runtime.block_on(async {
            let app = Router::new()
                .route("/bare", get(bare))
                .route("/protected", get(protected))
                .route("/cpu", get(cpu))
                .with_state(verifier);
            let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await?;
            let _ = sender.send(listener.local_addr()?);
            axum::serve(listener, app).await
        })
    });
    Ok(address.recv()?)
}

/// Connections that take turns, each with one request under way.
struct Clients(Vec<TcpStream>);

impl Clients {
    fn connect(address: SocketAddr) -> Outcome<Self> {
        let streams = (0..CONNECTIONS).map(|_| TcpStream::connect(address));
        let streams = streams.collect::<Result<Vec<_>, _>>()?;
        streams
            .iter()
            .try_for_each(|stream| stream.set_nodelay(true))?;
        Ok(Self(streams))
    }

    /// Microseconds of the server's CPU time per request, one request for each token.
    #[expect(clippy::cast_precision_loss, reason = "a count of thousands")]
    fn cost(&mut self, path: &str, tokens: &[String]) -> Outcome<f64> {
        let before = self.server_cpu()?;
        for tokens in tokens.chunks(CONNECTIONS) {
            for (stream, token) in self.0.iter_mut().zip(tokens) {
                write!(stream, "{}", request(path, token))?;
            }
            for (stream, _) in self.0.iter_mut().zip(tokens) {
                let answer = read_answer(stream)?;
                assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
            }
        }
        let spent = self.server_cpu()? - before;
        Ok(spent / 1000.0 / tokens.len() as f64)
    }

    fn server_cpu(&mut self) -> Outcome<f64> {
        write!(self.0[0], "{}", request("/cpu", "none"))?;
        let answer = read_answer(&mut self.0[0])?;
        Ok(answer.rsplit("\r\n").next().unwrap_or_default().parse()?)
    }
}

fn request(path: &str, token: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {token}\r\n\r\n")
}

fn read_answer(stream: &mut TcpStream) -> Outcome<String> {
    let mut buffer = [0; 2048];
    let length = stream.read(&mut buffer)?;
    Ok(String::from_utf8(buffer[..length].to_vec())?)
}

/// Microseconds for the signature alone, with the key parsed and held.
#[expect(clippy::cast_precision_loss, reason = "a count of thousands")]
fn one_verification(issuer: &TestIssuer, token: &str) -> Outcome<f64> {
    use base64::Engine as _;
    let (signed, signature) = token.rsplit_once('.').ok_or("a token")?;
    let signature = base64::engine::general_purpose::URL_SAFE_NO_PAD.decode(signature)?;
    let before = thread_cpu();
    for _ in 0..TOKENS {
        assert!(std::hint::black_box(issuer.key()).verify(signed.as_bytes(), &signature));
    }
    let spent = thread_cpu().saturating_sub(before);
    Ok(spent.as_nanos() as f64 / 1000.0 / TOKENS as f64)
}

fn thread_cpu() -> Duration {
    Duration::try_from(clock_gettime(ClockId::ThreadCPUTime)).unwrap_or_default()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}
