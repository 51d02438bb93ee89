//! Somebody who logs in, writes and reads all the while, and remembers what was acknowledged.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use e2e::{Answer, Client};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::task::JoinSet;

use super::record::{Moment, Record};
use super::site::Addresses;
use crate::key_ring::kid_of;

const CUSTOMERS: usize = 6;

/// Before something is tried again that may be tried again.
const SOON: Duration = Duration::from_millis(50);

/// Posts made with one access token, and refreshes of one login.
const POSTS_OF_A_TOKEN: usize = 8;
const REFRESHES_OF_A_LOGIN: usize = 3;

pub(super) struct Customer {
    name: String,
    addresses: Addresses,
    record: Arc<Record>,
    /// Of a customer who stays with one replica as long as it lives.
    kept: Option<Client>,
    /// Title and id of every post that was acknowledged.
    acknowledged: BTreeMap<String, String>,
}

struct Tokens {
    access: String,
    refresh: String,
}

/// Why there is no answer to go on with.
enum Refused {
    /// The token's key was revoked.
    Revoked,
    /// It is in the record.
    Failed,
}

struct Call<'a> {
    method: Method,
    url: String,
    token: Option<&'a str>,
    key: Option<&'a str>,
    body: Option<Value>,
    expected: u16,
}

impl Customer {
    /// Some, each on connections of its own, until the record is closed.
    pub(super) fn several_at_work(addresses: &Addresses, record: &Arc<Record>) -> JoinSet<Self> {
        let mut customers = JoinSet::new();
        for number in 0..CUSTOMERS {
            customers.spawn(Self::new(number, addresses.clone(), Arc::clone(record)).work());
        }
        customers
    }

    fn new(number: usize, addresses: Addresses, record: Arc<Record>) -> Self {
        Self {
            name: format!("customer-{number}"),
            addresses,
            record,
            kept: (number % 2 == 1).then(Client::new),
            acknowledged: BTreeMap::new(),
        }
    }

    /// Until the record is closed; what was begun is finished.
    async fn work(mut self) -> Self {
        let _refused_is_recorded = self.register().await;
        while !self.record.is_over() {
            let _refused_is_recorded = self.spend_a_login().await;
        }
        self
    }

    async fn register(&self) -> Result<(), Refused> {
        let register = Call::post(&self.addresses.auth, "/api/register", self.credentials());
        self.answer(register.expecting(201)).await.map(drop)
    }

    async fn spend_a_login(&mut self) -> Result<(), Refused> {
        let login = Call::post(&self.addresses.auth, "/api/login", self.credentials());
        let mut tokens = self.tokens(login).await?;
        for _ in 0..REFRESHES_OF_A_LOGIN {
            self.spend(&tokens.access).await?;
            let body = json!({ "refresh_token": tokens.refresh });
            tokens = self
                .tokens(Call::post(&self.addresses.auth, "/api/refresh", body))
                .await?;
        }
        Ok(())
    }

    async fn spend(&mut self, token: &str) -> Result<(), Refused> {
        for _ in 0..POSTS_OF_A_TOKEN {
            if self.record.is_over() {
                break;
            }
            let title = format!("{} of {}", self.acknowledged.len(), self.name);
            let id = self.create_twice_at_once(token, &title).await?;
            self.acknowledged.insert(title.clone(), id.clone());
            let path = format!("/api/posts/{id}");
            let read = self
                .answer(Call::get(&self.addresses.posts, &path, token))
                .await?;
            if read.json()["title"] != title {
                self.record
                    .failed(format!("{title} was read as {}", read.text));
            }
            self.answer(Call::get(
                &self.addresses.posts,
                "/api/posts?order=desc",
                token,
            ))
            .await?;
        }
        Ok(())
    }

    /// The same request to two replicas, as a client does that has given up waiting: one post.
    async fn create_twice_at_once(&self, token: &str, title: &str) -> Result<String, Refused> {
        let create = || self.answer(Call::create(&self.addresses.posts, token, title));
        let (one, other) = tokio::join!(create(), create());
        let [one, other] = [one?, other?].map(|answer| answer.json()["id"].to_string());
        if one != other {
            self.record.failed(format!("{title} is {one} and {other}"));
        }
        Ok(one.trim_matches('"').to_owned())
    }

    async fn tokens(&self, call: Call<'_>) -> Result<Tokens, Refused> {
        let asked = self.record.moment();
        let answer = self.answer(call).await?.json();
        let text = |name: &str| answer[name].as_str().expect("there is a token").to_owned();
        self.record
            .saw_signature(kid_of(&text("access_token")), asked);
        Ok(Tokens {
            access: text("access_token"),
            refresh: text("refresh_token"),
        })
    }

    /// The expected answer, after as many tries as the database's absence asks for.
    async fn answer(&self, call: Call<'_>) -> Result<Answer, Refused> {
        loop {
            let moment = self.record.moment();
            self.record.requested();
            let answer = call.send(&self.client(&call)).await;
            let failure = match answer {
                Ok(answer) if answer.status == call.expected => return Ok(answer),
                Ok(answer) if answer.status == 503 && self.record.was_down_since(moment) => {
                    self.record.excused();
                    tokio::time::sleep(SOON).await;
                    continue;
                }
                // Its twin is being answered by the same replica.
                Ok(answer) if answer.status == 409 && call.key.is_some() => {
                    tokio::time::sleep(SOON).await;
                    continue;
                }
                Ok(answer) if answer.status == 401 && self.is_of_a_revoked_key(&call) => {
                    return Err(Refused::Revoked);
                }
                Err(error) if self.met_a_farewell(&call, &error, moment) => {
                    self.record.repeated();
                    continue;
                }
                Ok(answer) => format!("{} {}", answer.status, answer.text),
                Err(error) => format!("{error:?}"),
            };
            let Call { method, url, .. } = &call;
            self.record.failed(format!("{method} {url}: {failure}"));
            return Err(Refused::Failed);
        }
    }

    /// Whether a kept connection was closed by a replica that stops while the request was on its
    /// way. HTTP/1.1 cannot rule that out, so clients repeat what may be repeated (RFC 9110
    /// §9.2.2): reads, and writes with a key.
    fn met_a_farewell(&self, call: &Call<'_>, error: &reqwest::Error, sent: Moment) -> bool {
        let is_repeatable = call.method == Method::GET || call.key.is_some();
        let is_kept = self.kept.is_some() && call.url.starts_with(&self.addresses.posts);
        let cause = format!("{error:?}");
        let has_no_answer = ["IncompleteMessage", "ConnectionReset"]
            .iter()
            .any(|name| cause.contains(name));
        is_repeatable && is_kept && has_no_answer && self.record.was_stopping_since(sent)
    }

    fn client(&self, call: &Call<'_>) -> Client {
        let of_posts = call.url.starts_with(&self.addresses.posts);
        self.kept.clone().filter(|_| of_posts).unwrap_or_default()
    }

    fn is_of_a_revoked_key(&self, call: &Call<'_>) -> bool {
        call.token
            .is_some_and(|token| self.record.is_revoked(&kid_of(token)))
    }

    fn credentials(&self) -> Value {
        json!({ "username": self.name, "password": format!("a long word of {}", self.name) })
    }

    /// Reads the whole list, page by page: each acknowledged post is there, and nothing twice.
    pub(super) async fn finds_exactly_what_was_acknowledged(&self) {
        let login = Call::post(&self.addresses.auth, "/api/login", self.credentials());
        let Ok(tokens) = self.tokens(login).await else {
            panic!("{} cannot log in at the end", self.name)
        };
        let mut found = Vec::new();
        let mut next = Some("/api/posts?limit=100".to_owned());
        while let Some(path) = next {
            let call = Call::get(&self.addresses.posts, &path, &tokens.access);
            let Ok(page) = self.answer(call).await else {
                panic!("{} cannot read {path}", self.name)
            };
            let posts = page.json();
            let posts = posts.as_array().expect("a list is an array").iter();
            found.extend(posts.map(|post| (text(post, "title"), text(post, "id"))));
            next = next_page(page.header("link"));
        }
        // A write that the end of the run interrupted may be there without being acknowledged.
        let unique: BTreeMap<_, _> = found.iter().cloned().collect();
        assert_eq!(unique.len(), found.len(), "{} has a post twice", self.name);
        assert_eq!(unique, self.acknowledged, "{}", self.name);
        assert!(!unique.is_empty(), "{} has written nothing", self.name);
    }
}

impl<'a> Call<'a> {
    fn post(address: &str, path: &str, body: Value) -> Self {
        Self {
            method: Method::POST,
            url: format!("{address}{path}"),
            token: None,
            key: None,
            body: Some(body),
            expected: 200,
        }
    }

    fn get(address: &str, path: &str, token: &'a str) -> Self {
        Self {
            method: Method::GET,
            url: format!("{address}{path}"),
            token: Some(token),
            key: None,
            body: None,
            expected: 200,
        }
    }

    /// The title is the key, so that a create without an answer can be repeated.
    fn create(address: &str, token: &'a str, title: &'a str) -> Self {
        Self {
            token: Some(token),
            key: Some(title),
            ..Self::post(address, "/api/posts", json!({ "title": title })).expecting(201)
        }
    }

    fn expecting(self, expected: u16) -> Self {
        Self { expected, ..self }
    }

    async fn send(&self, client: &Client) -> Result<Answer, reqwest::Error> {
        let mut request = client.request(self.method.clone(), &self.url);
        if let Some(token) = self.token {
            request = request.bearer_auth(token);
        }
        if let Some(key) = self.key {
            request = request.header("idempotency-key", key.replace(' ', "-"));
        }
        if let Some(body) = &self.body {
            request = request
                .header("content-type", "application/json")
                .body(body.to_string());
        }
        Answer::read(request.send().await?).await
    }
}

fn text(post: &Value, name: &str) -> String {
    post[name].as_str().expect("it is a text").to_owned()
}

fn next_page(link: &str) -> Option<String> {
    let next = link
        .split(", ")
        .find_map(|link| link.strip_suffix(">; rel=\"next\""))?;
    next.strip_prefix('<').map(str::to_owned)
}
