//! Random calls of several users, held against a model that a page of code can describe.
use std::cell::Cell;
use std::collections::HashMap;
use std::time::Duration;

use http::Method;
use proptest::prelude::*;
use proptest::test_runner::{Config, TestRunner};
use reqwest::RequestBuilder;
use serde_json::{Value, json};

use crate::harness::{Answer, Caller, Posts, Send};

const USERS: usize = 3;

/// One of the users of a case.
type User = usize;

/// One call. Targets and versions are picked among those that there are by then.
#[derive(Clone, Debug)]
enum Call {
    Create {
        draft: Value,
        key: Option<u8>,
    },
    List {
        newest_first: bool,
        limit: usize,
    },
    Read {
        target: usize,
        condition: Condition,
    },
    Put {
        target: usize,
        condition: Condition,
        draft: Value,
    },
    Patch {
        target: usize,
        condition: Condition,
        change: Value,
    },
    Delete {
        target: usize,
        condition: Condition,
    },
    Wait {
        hours: u64,
    },
}

#[derive(Clone, Copy, Debug)]
enum Condition {
    None,
    Match,
    MatchAny,
    MatchStale,
    NoneMatch,
    NoneMatchStale,
}

/// A post as the model knows it; `None` instead of it when it was deleted.
#[derive(Clone)]
struct Known {
    owner: User,
    json: Value,
    etag: String,
}

struct Model {
    /// No two cases have users in common, so that each begins with nothing.
    names: [String; USERS],
    posts: Vec<Option<Known>>,
    paths: Vec<String>,
    keys: HashMap<(User, u8), Kept>,
    hours: u64,
}

struct Kept {
    draft: Value,
    body: Vec<u8>,
    until: u64,
}

fn texts() -> impl Strategy<Value = Value> {
    prop_oneof![
        6 => "[a-z]{1,4}".prop_map(Value::from),
        1 => Just(Value::from("")),
        1 => Just(Value::from("t".repeat(201))),
        1 => Just(Value::from(7)),
    ]
}

fn drafts() -> impl Strategy<Value = Value> {
    let body = prop_oneof![Just(None), "[a-z]{0,3}".prop_map(Some)];
    (texts(), body).prop_map(|(title, body)| match body {
        Some(body) => json!({ "title": title, "body": body }),
        None => json!({ "title": title }),
    })
}

fn changes() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(json!({})),
        Just(json!({ "title": null })),
        Just(json!({ "body": null })),
        texts().prop_map(|title| json!({ "title": title })),
        drafts(),
    ]
}

fn conditions() -> impl Strategy<Value = Condition> {
    prop_oneof![
        4 => Just(Condition::None),
        2 => Just(Condition::Match),
        1 => Just(Condition::MatchAny),
        1 => Just(Condition::MatchStale),
        1 => Just(Condition::NoneMatch),
        1 => Just(Condition::NoneMatchStale),
    ]
}

fn calls() -> impl Strategy<Value = Call> {
    let target = 0..12_usize;
    prop_oneof![
        5 => (drafts(), proptest::option::of(0..2_u8))
            .prop_map(|(draft, key)| Call::Create { draft, key }),
        2 => (any::<bool>(), 1..4_usize)
            .prop_map(|(newest_first, limit)| Call::List { newest_first, limit }),
        2 => (target.clone(), conditions())
            .prop_map(|(target, condition)| Call::Read { target, condition }),
        2 => (target.clone(), conditions(), drafts())
            .prop_map(|(target, condition, draft)| Call::Put { target, condition, draft }),
        2 => (target.clone(), conditions(), changes())
            .prop_map(|(target, condition, change)| Call::Patch { target, condition, change }),
        1 => (target, conditions())
            .prop_map(|(target, condition)| Call::Delete { target, condition }),
        1 => (1..20_u64).prop_map(|hours| Call::Wait { hours }),
    ]
}

#[test]
fn any_calls_of_any_users_are_answered_as_the_model_says() {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // The clock jumps hours ahead in every case, perhaps while the key set is being read.
    let posts = runtime.block_on(Posts::with(&["--max-stale", "365000d"]));
    let mut runner = TestRunner::new(Config {
        failure_persistence: None,
        ..Config::default()
    });
    let case = Cell::new(0);
    let sequences = proptest::collection::vec((0..USERS, calls()), 1..60);
    let outcome = runner.run(&sequences, |sequence| {
        case.set(case.get() + 1);
        let mut model = Model::of_case(case.get());
        runtime.block_on(model.check_all(&posts, sequence));
        Ok(())
    });
    outcome.unwrap();
}

impl Model {
    fn of_case(case: u64) -> Self {
        Self {
            names: ["jack", "robert", "lina"].map(|name| format!("{name}-{case}")),
            posts: Vec::new(),
            paths: Vec::new(),
            keys: HashMap::new(),
            hours: 0,
        }
    }

    async fn check_all(&mut self, posts: &Posts, sequence: Vec<(User, Call)>) {
        for (user, call) in sequence {
            self.check(posts, user, call).await;
        }
        for user in 0..USERS {
            let caller = posts.user(&self.names[user]);
            self.list(&caller, user, false, 100).await;
        }
    }

    async fn check(&mut self, posts: &Posts, user: User, call: Call) {
        let caller = posts.user(&self.names[user]);
        match call {
            Call::Create { draft, key } => self.create(&caller, user, draft, key).await,
            Call::List {
                newest_first,
                limit,
            } => {
                self.list(&caller, user, newest_first, limit).await;
            }
            Call::Read { target, condition } => self.read(&caller, user, target, condition).await,
            Call::Put {
                target,
                condition,
                draft,
            } => {
                self.write(&caller, user, Method::PUT, target, condition, &draft)
                    .await;
            }
            Call::Patch {
                target,
                condition,
                change,
            } => {
                self.write(&caller, user, Method::PATCH, target, condition, &change)
                    .await;
            }
            Call::Delete { target, condition } => {
                self.delete(&caller, user, target, condition).await;
            }
            Call::Wait { hours } => {
                posts.clock.advance(Duration::from_hours(hours));
                self.hours += hours;
            }
        }
    }

    async fn create(&mut self, caller: &Caller, user: User, draft: Value, key: Option<u8>) {
        let mut request = caller.call(Method::POST, "/api/posts").json(&draft);
        if let Some(key) = key {
            request = request.header("idempotency-key", format!("key-{key}"));
        }
        let answer = request.answer().await;
        if !is_title(&draft["title"]) {
            answer.problem(422);
            return;
        }
        let kept = key.and_then(|key| self.keys.get(&(user, key)));
        match kept.filter(|kept| kept.until > self.hours) {
            Some(kept) if whole(&kept.draft) == whole(&draft) => {
                assert_eq!((answer.status.as_u16(), &answer.body), (201, &kept.body));
            }
            Some(_) => {
                answer.problem(422);
            }
            None => self.made(user, draft, key, &answer),
        }
    }

    fn made(&mut self, user: User, draft: Value, key: Option<u8>, answer: &Answer) {
        assert_eq!(answer.status, 201, "{answer:?}");
        let json = answer.json();
        assert_eq!(
            (&json["title"], json["author"].as_str()),
            (&draft["title"], Some(&*self.names[user]))
        );
        assert_eq!(json["body"], whole(&draft)["body"]);
        let etag = answer.header("etag").to_owned();
        self.paths.push(answer.header("location").to_owned());
        self.posts.push(Some(Known {
            owner: user,
            json,
            etag,
        }));
        if let Some(key) = key {
            let kept = Kept {
                draft,
                body: answer.body.clone(),
                until: self.hours + 24,
            };
            self.keys.insert((user, key), kept);
        }
    }

    async fn list(&self, caller: &Caller, user: User, newest_first: bool, limit: usize) {
        let own = self
            .posts
            .iter()
            .flatten()
            .filter(|post| post.owner == user);
        let mut expected: Vec<_> = own.map(|post| post.json.clone()).collect();
        if newest_first {
            expected.reverse();
        }
        let order = if newest_first { "desc" } else { "asc" };
        let mut next = Some(format!("/api/posts?limit={limit}&order={order}"));
        let mut found = Vec::new();
        while let Some(path) = next {
            let page = caller.get(&path).await;
            assert_eq!(page.status, 200, "{page:?}");
            let posts = page.json().as_array().unwrap().clone();
            assert!(posts.len() == limit || page.link("next").is_none());
            found.extend(posts);
            next = page.link("next");
        }
        assert_eq!(found, expected);
    }

    async fn read(&self, caller: &Caller, user: User, target: usize, condition: Condition) {
        let Some((path, known)) = self.pick(user, target) else {
            return;
        };
        let request = caller.call(Method::GET, path);
        let answer = conditional(request, condition, known).answer().await;
        let Some(known) = known else {
            answer.problem(404);
            return;
        };
        match condition {
            Condition::NoneMatch => assert_eq!(answer.status, 304),
            Condition::MatchStale => assert_eq!(answer.status, 412),
            _ => assert_eq!(
                (answer.json(), answer.header("etag")),
                (known.json.clone(), &*known.etag)
            ),
        }
    }

    /// PUT and PATCH, of which the first must name both parts.
    async fn write(
        &mut self,
        caller: &Caller,
        user: User,
        method: Method,
        target: usize,
        condition: Condition,
        change: &Value,
    ) {
        let Some((path, known)) = self.pick(user, target) else {
            return;
        };
        let request = caller.call(method.clone(), path);
        let request = if method == Method::PUT {
            request.json(change)
        } else {
            request.merge_patch(change)
        };
        let answer = conditional(request, condition, known).answer().await;
        let incomplete = method == Method::PUT && change.get("body").is_none();
        if incomplete || change.get("title").is_some_and(|title| !is_title(title)) {
            answer.problem(422);
            return;
        }
        let Some(known) = known else {
            answer.problem(404);
            return;
        };
        if !allows(condition) {
            answer.problem(412);
            return;
        }
        let mut json = known.json.clone();
        for (name, value) in change.as_object().unwrap() {
            json[name] = if value.is_null() {
                "".into()
            } else {
                value.clone()
            };
        }
        let written = answer.json();
        json["updated_at"] = written["updated_at"].clone();
        assert_eq!(written, json);
        assert_ne!(answer.header("etag"), known.etag);
        let known = Known {
            owner: known.owner,
            json,
            etag: answer.header("etag").to_owned(),
        };
        let index = target % self.posts.len();
        self.posts[index] = Some(known);
    }

    async fn delete(&mut self, caller: &Caller, user: User, target: usize, condition: Condition) {
        let Some((path, known)) = self.pick(user, target) else {
            return;
        };
        let request = caller.call(Method::DELETE, path);
        let answer = conditional(request, condition, known).answer().await;
        match known {
            None => {
                answer.problem(404);
            }
            Some(_) if !allows(condition) => {
                answer.problem(412);
            }
            Some(_) => {
                assert_eq!(answer.status, 204);
                let index = target % self.posts.len();
                self.posts[index] = None;
            }
        }
    }

    /// A post that was made once, as the user sees it; `None` before the first one was made.
    fn pick(&self, user: User, target: usize) -> Option<(&str, Option<&Known>)> {
        let index = target.checked_rem(self.posts.len())?;
        let known = self.posts[index].as_ref().filter(|post| post.owner == user);
        Some((&self.paths[index], known))
    }
}

fn conditional(
    request: RequestBuilder,
    condition: Condition,
    known: Option<&Known>,
) -> RequestBuilder {
    let current = known.map_or("\"1\"", |known| &known.etag);
    match condition {
        Condition::None => request,
        Condition::Match => request.header("if-match", current),
        Condition::MatchAny => request.header("if-match", "*"),
        Condition::MatchStale => request.header("if-match", "\"0\""),
        Condition::NoneMatch => request.header("if-none-match", current),
        Condition::NoneMatchStale => request.header("if-none-match", "\"0\""),
    }
}

/// Whether a write goes ahead.
fn allows(condition: Condition) -> bool {
    !matches!(condition, Condition::MatchStale | Condition::NoneMatch)
}

fn is_title(title: &Value) -> bool {
    title
        .as_str()
        .is_some_and(|title| (1..=200).contains(&title.chars().count()))
}

/// A draft with the body it has when it names none.
fn whole(draft: &Value) -> Value {
    json!({ "title": draft["title"], "body": draft["body"].as_str().unwrap_or_default() })
}
