//! Whatever happens to an account, a login, a program or a key leaves one line in the audit log,
//! which says who, from where and in which request, and never a secret.

use std::{
    io::Write,
    path::Path,
    process::{Output, Stdio},
};

use e2e::{Client, Program, until};
use reqwest::Method;
use serde_json::{Value, json};

const ADDRESS: &str = "203.0.113.7";

#[tokio::test]
async fn every_event_of_a_request_is_one_line_with_its_user_address_and_request() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let mut story = Story::begin(folder.path());
    let jack = story.log_in("login", "jack", "jack_password").await;
    let next = story.refresh("refresh", &jack).await;
    story.refresh("refresh-repeated", &jack).await;
    story.refresh("refresh", &next).await;
    story.refresh("refresh-reused", &jack).await;
    story.refresh("refresh-refused", &jack).await;
    let robert = story.log_in("login", "robert", "robert_password").await;
    story.json("logout", "robert", "/api/logout", &robert).await;
    story.make_an_account().await;
    story.guess_passwords().await;
    story.ask_for_too_much().await;
    story.speak_as_a_program(folder.path()).await;
    story.make_too_many_accounts().await;
    story.check().await;
}

#[tokio::test]
async fn every_change_by_an_operator_is_one_line() {
    let folder = tempfile::tempdir().expect("a temporary folder can be made");
    let secret = "difference engine";
    for (line, event) in [
        ("users add ada", "user-added"),
        ("users passwd ada", "password-set"),
        ("users disable ada", "user-disabled"),
        ("users enable ada", "user-enabled"),
        ("sessions revoke ada", "sessions-revoked"),
        ("users delete ada --yes", "user-deleted"),
        ("clients add reports", "client-added"),
        ("clients disable reports", "client-disabled"),
        ("keys rotate", "key-added"),
        ("keys rotate --now", "key-added"),
        (
            "keys reseal --new-sealing-key-file=new.key",
            "keys-resealed",
        ),
    ] {
        let output = operate(folder.path(), line, secret);
        let log = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{line}: {log}");
        let told = log.lines().filter(|told| told.contains(event)).count();
        assert_eq!(told, 1, "{line}: {log}");
        assert!(!log.contains(secret), "{line}: {log}");
        let shown = String::from_utf8_lossy(&output.stdout);
        let credential = shown
            .lines()
            .find_map(|shown| shown.strip_prefix("client_secret"));
        let leaked = credential.is_some_and(|credential| log.contains(credential.trim()));
        assert!(!leaked, "{line}");
    }
}

fn operate(folder: &Path, line: &str, input: &str) -> Output {
    let mut command = Program::command("auth", folder);
    let streams = command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = streams
        .args(line.split(' '))
        .spawn()
        .expect("auth can be started");
    // A command that asks for nothing may have closed the pipe.
    let _ = child
        .stdin
        .take()
        .expect("it is piped")
        .write_all(input.as_bytes());
    child.wait_with_output().expect("it ends")
}

/// Requests with what is to be read of each in the log.
struct Story {
    auth: Program,
    client: Client,
    expected: Vec<Line>,
    secrets: Vec<String>,
}

struct Line {
    request_id: String,
    event: &'static str,
    who: String,
}

impl Story {
    fn begin(folder: &Path) -> Self {
        let options = [
            "--demo",
            "--trusted-proxies=127.0.0.0/8",
            "--address-failures=12",
        ];
        Self {
            auth: Program::serve("auth", folder, &options),
            client: Client::new(),
            expected: Vec::new(),
            secrets: vec![
                "a wrong password".to_owned(),
                "analytical engine".to_owned(),
            ],
        }
    }

    /// Sends a request that is to leave a line about `who`, and gives the answer.
    async fn send(
        &mut self,
        event: &'static str,
        who: &str,
        request: reqwest::RequestBuilder,
    ) -> Value {
        let request_id = format!("request-{}", self.expected.len());
        let request = request
            .header("x-request-id", &request_id)
            .header("x-forwarded-for", ADDRESS);
        let answer = request.send().await.expect("auth answers");
        let text = answer.text().await.expect("the answer is whole");
        self.expected.push(Line {
            request_id,
            event,
            who: who.to_owned(),
        });
        let answer: Value = serde_json::from_str(&text).unwrap_or_default();
        for member in ["access_token", "refresh_token"] {
            self.secrets
                .extend(answer[member].as_str().map(ToOwned::to_owned));
        }
        answer
    }

    fn post(&self, path: &str, kind: &str, body: String) -> reqwest::RequestBuilder {
        let request = self
            .client
            .request(Method::POST, &format!("{}{path}", self.auth.url()));
        request.header("content-type", kind).body(body)
    }

    async fn json(&mut self, event: &'static str, who: &str, path: &str, body: &Value) -> Value {
        let request = self.post(path, "application/json", body.to_string());
        self.send(event, who, request).await
    }

    /// Gives what a refresh takes.
    async fn log_in(&mut self, event: &'static str, username: &str, password: &str) -> Value {
        self.secrets.push(password.to_owned());
        let body = json!({ "username": username, "password": password });
        let answer = self.json(event, username, "/api/login", &body).await;
        json!({ "refresh_token": answer["refresh_token"] })
    }

    async fn refresh(&mut self, event: &'static str, token: &Value) -> Value {
        let who = if event == "refresh-refused" {
            ""
        } else {
            "jack"
        };
        let answer = self.json(event, who, "/api/refresh", token).await;
        json!({ "refresh_token": answer["refresh_token"] })
    }

    async fn make_an_account(&mut self) {
        let ada = json!({ "username": "ada", "password": "analytical engine" });
        self.json("register", "ada", "/api/register", &ada).await;
        let answer = self.json("login", "ada", "/api/login", &ada).await;
        let token = answer["access_token"]
            .as_str()
            .expect("a login has one")
            .to_owned();
        let change = json!({ "current": "analytical engine", "new": "difference engine" });
        let request = self.post("/api/password", "application/json", change.to_string());
        self.send("password", "ada", request.bearer_auth(token))
            .await;
        self.secrets.push("difference engine".to_owned());
    }

    async fn guess_passwords(&mut self) {
        let guess = json!({ "username": "lina", "password": "a wrong password" });
        for _ in 0..5 {
            self.json("login-failed", "lina", "/api/login", &guess)
                .await;
        }
        self.json("login-throttled", "lina", "/api/login", &guess)
            .await;
        let in_the_wrong_field = json!({ "username": "lina_password", "password": "lina" });
        self.json("login-failed", "-", "/api/login", &in_the_wrong_field)
            .await;
        self.secrets.push("lina_password".to_owned());
    }

    async fn speak_as_a_program(&mut self, folder: &Path) {
        let added = operate(folder, "clients add reports --json", "");
        let added: Value = serde_json::from_slice(&added.stdout).expect("credentials are JSON");
        let secret = added["client_secret"]
            .as_str()
            .expect("it has one")
            .to_owned();
        self.client("client-token", &secret).await;
        for _ in 0..5 {
            self.client("client-refused", "a wrong password").await;
        }
        self.client("client-throttled", "a wrong password").await;
        self.client_without_credentials().await;
        self.secrets.push(secret);
    }

    async fn client(&mut self, event: &'static str, secret: &str) {
        let form = "grant_type=client_credentials";
        let request = self.post(
            "/oauth/token",
            "application/x-www-form-urlencoded",
            form.into(),
        );
        let request = request.basic_auth("reports@clients", Some(secret));
        self.send(event, "reports@clients", request).await;
    }

    async fn client_without_credentials(&mut self) {
        for unreadable in [None, Some("Basic !"), Some("Bearer reports")] {
            let form = "grant_type=client_credentials";
            let kind = "application/x-www-form-urlencoded";
            let mut request = self.post("/oauth/token", kind, form.into());
            if let Some(header) = unreadable {
                request = request.header("authorization", header);
            }
            self.send("client-refused", "-", request).await;
        }
    }

    async fn ask_for_too_much(&mut self) {
        let body = json!({
            "username": "robert", "password": "robert_password", "scope": "admin",
        });
        self.json("login-not-offered", "robert", "/api/login", &body)
            .await;
    }

    async fn make_too_many_accounts(&mut self) {
        for number in 1..12 {
            let name = format!("ada{number}");
            let account = json!({ "username": name, "password": "analytical engine" });
            self.json("register", &name, "/api/register", &account)
                .await;
        }
        let account = json!({ "username": "ada12", "password": "analytical engine" });
        self.json("register-throttled", "", "/api/register", &account)
            .await;
    }

    async fn check(self) {
        let last = self.expected.last().expect("something has happened");
        // Written before the answer, a line is read from the program a moment later.
        until("the log tells of the last request", async || {
            let tells =
                |line: &String| line.contains(&last.request_id) && line.contains(last.event);
            self.auth.log().iter().any(tells)
        })
        .await;
        let log = self.auth.log();
        for expected in &self.expected {
            let of_request = |line: &Value| line["request_id"] == *expected.request_id;
            let lines: Vec<Value> = log
                .iter()
                .filter_map(|line| serde_json::from_str(line).ok())
                .collect();
            let told: Vec<_> = lines
                .iter()
                .filter(|line| of_request(line) && line["event"].is_string())
                .collect();
            let [line] = told.as_slice() else {
                panic!("{}: {told:#?}", expected.event)
            };
            assert_eq!(line["event"], expected.event, "{line}");
            assert_eq!(line["address"], ADDRESS, "{line}");
            let who = line["user"]
                .as_str()
                .or(line["client"].as_str())
                .unwrap_or_default();
            assert_eq!(who, expected.who, "{line}");
        }
        let first_key = log
            .iter()
            .filter(|line| line.contains("\"event\":\"key-added\""))
            .count();
        assert_eq!(first_key, 1);
        for secret in &self.secrets {
            let leak = log.iter().find(|line| line.contains(secret));
            assert_eq!(leak, None, "{secret}");
        }
    }
}
