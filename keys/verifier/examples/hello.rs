//! A whole protected service: `cargo run -p verifier --example hello -- http://127.0.0.1:4000 posts`,
//! then `curl -H "Authorization: Bearer $TOKEN" http://127.0.0.1:4002/hello`.

use std::error::Error;

use axum::Router;
use axum::routing::get;
use tokio::net::TcpListener;
use verifier::{Caller, Verifier};

async fn hello(caller: Caller) -> String {
    format!("hello {}\n", caller.subject)
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let issuer = arguments
        .next()
        .unwrap_or("http://127.0.0.1:4000".to_owned());
    let audience = arguments.next().unwrap_or("posts".to_owned());

    let verifier = Verifier::new(&issuer, &audience)?;
    let app = Router::new()
        .route("/hello", get(hello))
        .with_state(verifier);
    axum::serve(TcpListener::bind("127.0.0.1:4002").await?, app).await?;
    Ok(())
}
