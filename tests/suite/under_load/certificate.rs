//! The certificate is replaced while clients connect anew all the time, and none of them notices.

use std::{
    io,
    net::SocketAddr,
    path::Path,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use e2e::{Program, full_run, until};
use rcgen::{CertifiedKey, KeyPair};
use rustls::{
    ClientConfig, RootCertStore,
    client::Resumption,
    crypto::aws_lc_rs,
    pki_types::{CertificateDer, ServerName},
};
use tokio::{net::TcpStream, task::JoinSet};
use tokio_rustls::{TlsConnector, client::TlsStream};

use super::conversation::{Outcome, ask, request};

const CLIENTS: usize = 8;

type Pair = CertifiedKey<KeyPair>;

/// What the clients have met.
#[derive(Default)]
struct Record {
    over: AtomicBool,
    answered: AtomicUsize,
    failures: Mutex<Vec<String>>,
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_certificate_replaced_under_load_costs_no_connection() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let pairs: Vec<Pair> = (0..if full_run() { 12 } else { 3 })
        .map(|_| pair())
        .collect();
    install(folder.path(), &pairs[0]);
    let auth = Program::serve(
        "auth",
        folder.path(),
        &["--demo", "--tls-cert=cert.pem", "--tls-key=key.pem"],
    );
    let record = Arc::new(Record::default());
    let mut clients = JoinSet::new();
    for number in 0..CLIENTS {
        // Every other client resumes its sessions, also across a change of the certificate.
        let resumption = match number % 2 {
            0 => Resumption::default(),
            _ => Resumption::disabled(),
        };
        let connector = trusting(&pairs, resumption);
        clients.spawn(connect_and_ask(auth.public, connector, Arc::clone(&record)));
    }
    for (pair, next) in pairs.iter().zip(&pairs[1..]) {
        a_broken_pair_changes_nothing(&auth, folder.path(), pair).await;
        install(folder.path(), next);
        until("the newest certificate is shown", async || {
            shown(&auth, &pairs).await == *next.cert.der()
        })
        .await;
    }
    record.over.store(true, Ordering::Relaxed);
    clients.join_all().await;
    let answered = record.answered.load(Ordering::Relaxed);
    let failures = record.failures.lock().expect("no holder panics");
    println!("{answered} connections, {} failures", failures.len());
    assert!(failures.is_empty(), "{failures:#?}");
    assert!(answered >= CLIENTS, "{answered} connections");
    assert!(auth.stop().success());
}

fn pair() -> Pair {
    rcgen::generate_simple_self_signed(["localhost".to_owned()]).expect("the name is one")
}

/// The key first, as a tool that renews certificates may do: for a moment the two do not match.
fn install(folder: &Path, pair: &Pair) {
    write(folder, "key.pem", &pair.signing_key.serialize_pem());
    write(folder, "cert.pem", &pair.cert.pem());
}

fn write(folder: &Path, name: &str, content: &str) {
    std::fs::write(folder.join(name), content).expect("the folder is ours");
}

async fn a_broken_pair_changes_nothing(auth: &Program, folder: &Path, current: &Pair) {
    let refusals = || {
        let log = auth.log();
        let refusals = log
            .iter()
            .filter(|line| line.contains("the new certificate is not used"));
        refusals.count()
    };
    let before = refusals();
    write(folder, "key.pem", "not a key");
    until("the broken pair is refused", async || refusals() > before).await;
    let pairs = std::slice::from_ref(current);
    assert_eq!(shown(auth, pairs).await, *current.cert.der());
}

/// The certificate that a client gets which has never been there.
async fn shown(auth: &Program, pairs: &[Pair]) -> CertificateDer<'static> {
    let connector = trusting(pairs, Resumption::disabled());
    let stream = connect(auth.public, &connector)
        .await
        .expect("it is trusted");
    let chain = stream.get_ref().1.peer_certificates();
    chain.expect("a server shows its certificate")[0].clone()
}

fn trusting(pairs: &[Pair], resumption: Resumption) -> TlsConnector {
    let mut roots = RootCertStore::empty();
    for pair in pairs {
        let certificate = pair.cert.der().clone();
        roots.add(certificate).expect("it was just made");
    }
    let mut config = ClientConfig::builder_with_provider(Arc::new(aws_lc_rs::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("the provider has them")
        .with_root_certificates(roots)
        .with_no_client_auth();
    config.resumption = resumption;
    TlsConnector::from(Arc::new(config))
}

async fn connect(
    address: SocketAddr,
    connector: &TlsConnector,
) -> io::Result<TlsStream<TcpStream>> {
    let name = ServerName::try_from("localhost").expect("it is one");
    let stream = TcpStream::connect(address).await?;
    connector.connect(name, stream).await
}

async fn connect_and_ask(address: SocketAddr, connector: TlsConnector, record: Arc<Record>) {
    let key_set = request("GET /.well-known/jwks.json", &[], "");
    while !record.over.load(Ordering::Relaxed) {
        let failure = match connect(address, &connector).await {
            Err(error) => format!("no handshake: {error}"),
            Ok(mut stream) => match ask(&mut stream, &key_set).await {
                Outcome::Answered(reply) if reply.status == 200 => {
                    record.answered.fetch_add(1, Ordering::Relaxed);
                    continue;
                }
                outcome => outcome.to_string(),
            },
        };
        record
            .failures
            .lock()
            .expect("no holder panics")
            .push(failure);
    }
}
