//! A foreign verifier that runs beside a service and is asked about one token after another.

use std::process::Stdio;

use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader, Lines},
    process::{Child, ChildStdin, ChildStdout},
    sync::Mutex,
};

use crate::foreign_clients::Foreign;

/// What runs each.
const VERIFIERS: [(&str, &str, &str); 2] = [
    ("jose", "node", "jose_stream.mjs"),
    ("PyJWT", "python3", "pyjwt_stream.py"),
];

/// A verifier with a key set that it fetches, keeps and renews as it likes.
pub(crate) struct ForeignVerifier {
    pub(crate) name: &'static str,
    pipes: Mutex<(ChildStdin, Lines<BufReader<ChildStdout>>)>,
    /// Killed when dropped.
    _child: Child,
}

impl ForeignVerifier {
    /// For tokens of `issuer` to posts; or why they cannot be installed here.
    pub(crate) async fn all(issuer: &str) -> Result<Vec<Self>, String> {
        let foreign = Foreign::installed().await?;
        let start = |verifier| Self::start(verifier, &foreign, issuer);
        Ok(VERIFIERS.map(start).into())
    }

    fn start(
        (name, interpreter, script): (&'static str, &str, &str),
        foreign: &Foreign,
        issuer: &str,
    ) -> Self {
        let mut child = foreign
            .command(interpreter, script)
            .arg(format!("{issuer}/.well-known/jwks.json"))
            .args([issuer, "posts"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .kill_on_drop(true)
            .spawn()
            .expect("what was installed can be started");
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        Self {
            name,
            pipes: Mutex::new((stdin, BufReader::new(stdout).lines())),
            _child: child,
        }
    }

    /// The token's subject, or why it is refused.
    pub(crate) async fn verify(&self, token: &str) -> Result<String, String> {
        let mut pipes = self.pipes.lock().await;
        let (stdin, answers) = &mut *pipes;
        let line = format!("{token}\n");
        stdin.write_all(line.as_bytes()).await.expect("it reads on");
        let answer = answers.next_line().await.expect("it writes text");
        let answer = answer.expect("it answers each token");
        match answer.strip_prefix("refused ") {
            Some(why) => Err(why.to_owned()),
            None => Ok(answer),
        }
    }
}
