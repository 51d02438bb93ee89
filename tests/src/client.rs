//! A client as curl is one: calls, and answers read whole.

use reqwest::{Certificate, ClientBuilder, Method, StatusCode, header::HeaderMap};
use serde_json::{Value, json};

/// Sends requests; remembers nothing but its connections.
#[derive(Clone)]
pub struct Client(reqwest::Client);

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// The status.
    pub status: StatusCode,
    /// The headers.
    pub headers: HeaderMap,
    /// The body as text.
    pub text: String,
}

impl Answer {
    /// Reads a response to its end.
    ///
    /// # Errors
    /// When it breaks off.
    pub async fn read(response: reqwest::Response) -> Result<Self, reqwest::Error> {
        let (status, headers) = (response.status(), response.headers().clone());
        Ok(Self {
            status,
            headers,
            text: response.text().await?,
        })
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it is not JSON.
    #[must_use]
    pub fn json(&self) -> Value {
        serde_json::from_str(&self.text)
            .unwrap_or_else(|error| panic!("{error} in {} {:?}", self.status, self.text))
    }

    /// A header's value, or the empty string.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .unwrap_or_default()
    }
}

impl Default for Client {
    fn default() -> Self {
        Self::new()
    }
}

impl Client {
    /// A client that believes no proxy variable.
    ///
    /// # Panics
    /// When TLS cannot be set up.
    #[must_use]
    pub fn new() -> Self {
        Self::built(|builder| builder)
    }

    /// A client that trusts the certificates of this authority, given as PEM, and no others.
    ///
    /// # Panics
    /// When it is no certificate.
    #[must_use]
    pub fn trusting(authority: &str) -> Self {
        let authority = Certificate::from_pem(authority.as_bytes()).expect("it is a certificate");
        Self::built(|builder| builder.tls_certs_only([authority]))
    }

    fn built(configure: impl FnOnce(ClientBuilder) -> ClientBuilder) -> Self {
        // The second client of a process finds the provider installed already.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
        let builder = configure(reqwest::Client::builder().no_proxy());
        Self(builder.build().expect("the client is sound"))
    }

    /// Sends a request with an optional bearer token and JSON body; `Err` when no answer came.
    ///
    /// # Errors
    /// When the connection fails before the whole answer is read.
    pub async fn try_send(
        &self,
        method: Method,
        url: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Result<Answer, reqwest::Error> {
        let mut request = self.0.request(method, url);
        if let Some(token) = token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if let Some(body) = body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        Answer::read(request.send().await?).await
    }

    /// As [`Client::try_send`], for calls that must be answered.
    ///
    /// # Panics
    /// When no answer came.
    pub async fn send(
        &self,
        method: Method,
        url: &str,
        token: Option<&str>,
        body: Option<&Value>,
    ) -> Answer {
        self.try_send(method, url, token, body)
            .await
            .unwrap_or_else(|error| panic!("no answer from {url}: {error:?}"))
    }

    /// `GET`, perhaps with a token.
    pub async fn get(&self, url: &str, token: Option<&str>) -> Answer {
        self.send(Method::GET, url, token, None).await
    }

    /// Logs a demo user in at `auth_url` and gives the access token.
    ///
    /// # Panics
    /// When the login is refused.
    pub async fn login(&self, auth_url: &str, username: &str) -> String {
        let url = format!("{auth_url}/api/login");
        let answer = self
            .send(Method::POST, &url, None, Some(&login_body(username)))
            .await;
        assert_eq!(answer.status, 200, "login of {username}: {}", answer.text);
        answer.json()["access_token"]
            .as_str()
            .expect("a login answers a token")
            .to_owned()
    }

    /// A request to be shaped further, for calls with headers of their own.
    pub fn request(&self, method: Method, url: &str) -> reqwest::RequestBuilder {
        self.0.request(method, url)
    }
}

/// The login of a demo user, whose password is the name and `_password`.
#[must_use]
pub fn login_body(username: &str) -> Value {
    json!({ "username": username, "password": format!("{username}_password") })
}
