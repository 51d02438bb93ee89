//! An issuer behind `https://`, whose certificate posts trusts by a file, by the system, or not.

use std::{
    fs,
    path::{Path, PathBuf},
};

use e2e::{Client, Program, until};
use rcgen::{BasicConstraints, CertificateParams, CertifiedIssuer, IsCa, KeyPair};
use tempfile::TempDir;

use crate::replicas::site::is_ready;

#[tokio::test]
async fn posts_trusts_a_ca_file_or_the_system_and_nobody_else() {
    let (folder, authority) = with_certificate();
    let auth = ["--demo", "--tls-cert=cert.pem", "--tls-key=key.pem"];
    let auth = Program::serve("auth", folder.path(), &auth);
    let issuer = format!("https://{}", auth.public);

    let by_file = posts(folder.path(), "by-file", &issuer, &["--ca-file=../ca.pem"]);
    let by_system = by_system(folder.path(), &issuer);
    let stranger = posts(folder.path(), "stranger", &issuer, &["--min-refetch=1s"]);
    let client = Client::trusting(&authority);
    let token = client.login(&issuer, "jack").await;
    for posts in [&by_file, &by_system] {
        until("it has the keys", async || is_ready(posts).await).await;
        let list = format!("{}/api/posts", posts.url());
        assert_eq!(client.get(&list, Some(&token)).await.status, 200);
    }
    until("it has tried three times", async || {
        attempts(&stranger).await >= 3
    })
    .await;
    let log = stranger.log();
    let told = log.iter().filter(|line| line.contains("UnknownIssuer"));
    assert_eq!(told.count(), 1, "{log:#?}");
    let list = format!("{}/api/posts", stranger.url());
    assert_eq!(client.get(&list, Some(&token)).await.status, 503);
    assert!(!is_ready(&stranger).await);
}

/// How often the key set was asked for.
async fn attempts(posts: &Program) -> u32 {
    let url = format!("http://{}/metrics", posts.ops);
    let metrics = Client::new().get(&url, None).await.text;
    let counted = metrics.lines().filter_map(|line| {
        let series = line.strip_prefix("verifier_refreshes_total{")?;
        series.rsplit(' ').next()?.parse::<u32>().ok()
    });
    counted.sum()
}

/// A folder with `cert.pem` and `key.pem` for loopback and, as `ca.pem`, who vouches for them.
fn with_certificate() -> (TempDir, String) {
    let mut params = CertificateParams::default();
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let key = || KeyPair::generate().expect("a key can be made");
    let authority = CertifiedIssuer::self_signed(params, key()).expect("it vouches for itself");
    let params = CertificateParams::new(["127.0.0.1".to_owned()]).expect("it is an address");
    let key = key();
    let certificate = params.signed_by(&key, &authority).expect("it vouches");
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    for (name, content) in [
        ("ca.pem", authority.pem()),
        ("cert.pem", certificate.pem()),
        ("key.pem", key.serialize_pem()),
    ] {
        fs::write(folder.path().join(name), content).expect("the folder is ours");
    }
    (folder, authority.pem())
}

fn posts(folder: &Path, name: &str, issuer: &str, options: &[&str]) -> Program {
    let issuer = format!("--issuer={issuer}");
    let options = [&["--demo", &issuer], options].concat();
    Program::serve("posts", &own(folder, name), &options)
}

/// What the system trusts is told by a variable, as on a machine whose administrator chose it.
fn by_system(folder: &Path, issuer: &str) -> Program {
    let mut command = Program::command("posts", &own(folder, "by-system"));
    command.env("SSL_CERT_FILE", folder.join("ca.pem"));
    let issuer = format!("--issuer={issuer}");
    let listen = ["--listen=127.0.0.1:0", "--ops-listen=127.0.0.1:0"];
    let options = [&listen[..], &["--demo", &issuer]].concat();
    Program::serve_by(command, "posts", &options)
}

fn own(folder: &Path, name: &str) -> PathBuf {
    let own = folder.join(name);
    fs::create_dir(&own).expect("the folder is ours");
    own
}
