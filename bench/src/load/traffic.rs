//! What is asked, request after request.

use std::sync::Arc;

use serde_json::Value;

/// A source of requests, told of every answer.
pub(crate) trait Traffic {
    /// The next request for `connection`; `None` when there is nothing left to ask.
    fn request(&mut self, connection: usize) -> Option<&[u8]>;

    /// Takes the answer to the last request of `connection`.
    fn answered(&mut self, connection: usize, head: &[u8], body: &[u8]);
}

/// One request that goes round through tokens.
pub(crate) struct Rotation {
    head: Vec<u8>,
    body: Vec<u8>,
    tokens: Arc<[String]>,
    next: usize,
    turns: Turns,
    scratch: Vec<u8>,
}

/// Whether a token may be shown a second time.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(crate) enum Turns {
    Once,
    Endless,
}

impl Rotation {
    /// `GET path` with one of `tokens` after the other.
    pub(crate) fn get(path: &str, tokens: Arc<[String]>, turns: Turns) -> Self {
        let head = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ");
        Self::new(head, "\r\n\r\n".to_owned(), tokens, turns)
    }

    /// `GET path` without a token.
    pub(crate) fn anonymous(path: &str) -> Self {
        let whole = format!("GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
        Self::new(
            whole,
            String::new(),
            Arc::new([String::new()]),
            Turns::Endless,
        )
    }

    /// `POST path` with a JSON body, with one of `tokens` after the other.
    pub(crate) fn post(path: &str, json: &Value, tokens: Arc<[String]>) -> Self {
        let json = json.to_string();
        let head = format!("POST {path} HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer ");
        let rest = format!("\r\n{}", json_body(&json));
        Self::new(head, rest, tokens, Turns::Endless)
    }

    /// `POST path` with a JSON body and no token.
    pub(crate) fn anonymous_post(path: &str, json: &Value) -> Self {
        let whole = post_without_token(path, &json.to_string());
        Self::new(
            whole,
            String::new(),
            Arc::new([String::new()]),
            Turns::Endless,
        )
    }

    fn new(head: String, rest: String, tokens: Arc<[String]>, turns: Turns) -> Self {
        Self {
            head: head.into_bytes(),
            body: rest.into_bytes(),
            tokens,
            next: 0,
            turns,
            scratch: Vec::with_capacity(4096),
        }
    }
}

impl Traffic for Rotation {
    fn request(&mut self, _connection: usize) -> Option<&[u8]> {
        if self.next == self.tokens.len() && self.turns == Turns::Endless {
            self.next = 0;
        }
        let token = self.tokens.get(self.next)?;
        self.next += 1;
        self.scratch.clear();
        self.scratch.extend_from_slice(&self.head);
        self.scratch.extend_from_slice(token.as_bytes());
        self.scratch.extend_from_slice(&self.body);
        Some(&self.scratch)
    }

    fn answered(&mut self, _connection: usize, _head: &[u8], _body: &[u8]) {}
}

/// Asks what another traffic asks, and keeps the last answer.
pub(crate) struct Capture<'a> {
    asking: &'a mut dyn Traffic,
    pub(crate) head: String,
    pub(crate) body: String,
}

impl<'a> Capture<'a> {
    pub(crate) fn of(asking: &'a mut dyn Traffic) -> Self {
        let (head, body) = (String::new(), String::new());
        Self { asking, head, body }
    }
}

impl Traffic for Capture<'_> {
    fn request(&mut self, connection: usize) -> Option<&[u8]> {
        self.asking.request(connection)
    }

    fn answered(&mut self, connection: usize, head: &[u8], body: &[u8]) {
        self.head = String::from_utf8_lossy(head).into_owned();
        self.body = String::from_utf8_lossy(body).into_owned();
        self.asking.answered(connection, head, body);
    }
}

/// Refreshes logins: each connection holds one, and shows the token its last answer gave it.
pub(crate) struct RefreshChain {
    tokens: Vec<String>,
    scratch: Vec<u8>,
}

impl RefreshChain {
    /// Goes on with these refresh tokens, one for each connection.
    pub(crate) fn new(tokens: Vec<String>) -> Self {
        let scratch = Vec::new();
        Self { tokens, scratch }
    }
}

impl Traffic for RefreshChain {
    fn request(&mut self, connection: usize) -> Option<&[u8]> {
        let token = self.tokens.get(connection)?;
        let json = format!(r#"{{"refresh_token":"{token}"}}"#);
        self.scratch = post_without_token("/api/refresh", &json).into_bytes();
        Some(&self.scratch)
    }

    fn answered(&mut self, connection: usize, _head: &[u8], body: &[u8]) {
        if let Some(token) = refresh_token(body) {
            self.tokens[connection] = token;
        }
    }
}

/// The refresh token in the answer to a login or a refresh.
pub(crate) fn refresh_token(body: &[u8]) -> Option<String> {
    let answer: Value = serde_json::from_slice(body).ok()?;
    Some(answer.get("refresh_token")?.as_str()?.to_owned())
}

fn post_without_token(path: &str, json: &str) -> String {
    let body = json_body(json);
    format!("POST {path} HTTP/1.1\r\nHost: localhost\r\n{body}")
}

fn json_body(json: &str) -> String {
    let length = json.len();
    format!("Content-Type: application/json\r\nContent-Length: {length}\r\n\r\n{json}")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(traffic: &mut impl Traffic) -> Option<String> {
        let request = traffic.request(0)?;
        Some(String::from_utf8(request.to_vec()).unwrap())
    }

    #[test]
    fn a_rotation_shows_each_token_in_turn() {
        let tokens: Arc<[String]> = Arc::new(["a".to_owned(), "b".to_owned()]);
        let mut endless = Rotation::get("/p", Arc::clone(&tokens), Turns::Endless);
        let shown: Vec<_> = (0..3).filter_map(|_| ask(&mut endless)).collect();
        assert!(shown[0].ends_with("Bearer a\r\n\r\n"), "{shown:?}");
        assert!(shown[1].ends_with("Bearer b\r\n\r\n"), "{shown:?}");
        assert_eq!(shown[2], shown[0]);
    }

    #[test]
    fn tokens_to_be_shown_once_run_out() {
        let mut once = Rotation::get("/p", Arc::new(["a".to_owned()]), Turns::Once);
        assert!(ask(&mut once).is_some());
        assert_eq!(ask(&mut once), None);
    }

    #[test]
    fn a_refresh_shows_the_token_of_the_last_answer() {
        let mut chain = RefreshChain::new(vec!["first".to_owned()]);
        assert!(
            ask(&mut chain)
                .unwrap()
                .ends_with(r#"{"refresh_token":"first"}"#)
        );
        chain.answered(0, b"", br#"{"refresh_token":"second"}"#);
        assert!(
            ask(&mut chain)
                .unwrap()
                .ends_with(r#"{"refresh_token":"second"}"#)
        );
    }
}
