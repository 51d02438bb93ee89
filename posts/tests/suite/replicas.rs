//! Several services on one PostgreSQL answer as one does. Skipped, in words, where there is none.
use std::collections::BTreeSet;
use std::time::Duration;

use chassis::database::postgres::testing::{self, Cluster, Database};
use http::Method;
use serde_json::json;

use crate::harness::{Answer, Caller, Posts, Send};

/// Three replicas that start at once, and the database between them.
async fn replicas() -> Option<(Database, [Posts; 3])> {
    let database = testing::database().await?;
    let url = database.url();
    let (one, two, three) = tokio::join!(
        Box::pin(Posts::on(url)),
        Box::pin(Posts::on(url)),
        Box::pin(Posts::on(url))
    );
    Some((database, [one, two, three]))
}

fn jack(posts: &Posts) -> Caller {
    posts.user("jack")
}

#[tokio::test]
async fn replicas_that_start_at_once_add_the_samples_once() {
    let Some((_database, all)) = replicas().await else {
        return;
    };
    for posts in &all {
        let titles = jack(posts).titles("/api/posts").await;
        assert_eq!(titles, ["jack post", "jack Second post"]);
    }
}

#[tokio::test]
async fn a_key_used_at_every_replica_at_once_makes_one_post() {
    let Some((_database, all)) = replicas().await else {
        return;
    };
    for round in 0..10 {
        let create = async |posts: &Posts| -> Answer {
            jack(posts)
                .call(Method::POST, "/api/posts")
                .header("idempotency-key", format!("key-{round}"))
                .json(&json!({ "title": format!("round {round}") }))
                .answer()
                .await
        };
        let answers: [Answer; 3] =
            tokio::join!(create(&all[0]), create(&all[1]), create(&all[2])).into();
        let made: BTreeSet<_> = answers.iter().map(|answer| answer.body.clone()).collect();
        assert_eq!(made.len(), 1, "{answers:?}");
        assert!(
            answers.iter().all(|answer| answer.status == 201),
            "{answers:?}"
        );
    }
    let other = jack(&all[1])
        .call(Method::POST, "/api/posts")
        .header("idempotency-key", "key-0")
        .json(&json!({ "title": "another" }))
        .answer()
        .await;
    other.problem(422);
    let list = jack(&all[2]).titles("/api/posts?limit=100").await;
    assert_eq!(list.len(), 12, "{list:?}");
}

#[tokio::test]
async fn of_writers_with_the_same_etag_at_several_replicas_one_wins() {
    let Some((_database, all)) = replicas().await else {
        return;
    };
    let path = jack(&all[0]).create("contended").await;
    for round in 1..=10 {
        let tag = jack(&all[0]).get(&path).await.header("etag").to_owned();
        let write = async |posts: &Posts| {
            jack(posts)
                .call(Method::PUT, &path)
                .header("if-match", &tag)
                .json(&json!({ "title": format!("round {round}"), "body": "" }))
                .answer()
                .await
                .status
                .as_u16()
        };
        let mut statuses: [u16; 3] =
            tokio::join!(write(&all[0]), write(&all[1]), write(&all[2])).into();
        statuses.sort_unstable();
        assert_eq!(statuses, [200, 412, 412]);
    }
}

#[tokio::test]
async fn writers_without_a_condition_all_get_through() {
    let Some((_database, all)) = replicas().await else {
        return;
    };
    let path = jack(&all[0]).create("contended").await;
    let write = async |posts: &Posts| {
        for number in 0..10 {
            let change = json!({ "body": format!("{number}") });
            assert_eq!(jack(posts).patch(&path, &change).await.status, 200);
        }
    };
    tokio::join!(write(&all[0]), write(&all[1]), write(&all[2]));
    assert_eq!(jack(&all[1]).get(&path).await.header("etag"), "\"31\"");
}

#[tokio::test]
async fn a_cursor_of_one_replica_is_good_at_another() {
    let Some((_database, all)) = replicas().await else {
        return;
    };
    let first = jack(&all[0]).get("/api/posts?limit=1").await;
    let next = first.link("next").unwrap();
    assert_eq!(jack(&all[1]).titles(&next).await, ["jack Second post"]);
}

#[tokio::test]
async fn lost_connections_cost_no_read_and_at_most_a_503_for_a_write() {
    let Some((database, all)) = replicas().await else {
        return;
    };
    let jack = jack(&all[0]);
    for _ in 0..5 {
        database.disconnect_all().await;
        assert_eq!(jack.get("/api/posts").await.status, 200);
        let answer = jack.post(&json!({ "title": "one more" })).await;
        if answer.status != 201 {
            answer.problem(503);
            assert!(!answer.header("retry-after").is_empty());
        }
    }
}

#[tokio::test]
async fn a_lost_database_is_503_and_not_ready_until_it_is_back() {
    let Some((database, all)) = replicas().await else {
        return;
    };
    let jack = jack(&all[0]);
    database.close().await;
    for answer in [
        jack.get("/api/posts").await,
        jack.post(&json!({ "title": "lost" })).await,
    ] {
        answer.problem(503);
        assert!(!answer.header("retry-after").is_empty(), "{answer:?}");
    }
    assert_eq!(all[0].stranger().get("/readyz").await.status, 503);
    assert_eq!(all[0].stranger().get("/healthz").await.status, 200);
    database.open().await;
    let back = async {
        while all[0].stranger().get("/readyz").await.status != 200 {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), back)
        .await
        .unwrap();
    assert_eq!(jack.titles("/api/posts").await.len(), 2);
}

/// Every statement that the services on it send is in the log of this server.
fn statements(cluster: &Cluster) -> Vec<String> {
    let log = cluster.log();
    let lines = log.lines().filter(|line| line.contains("LOG:  execute "));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn a_read_is_one_statement_and_a_write_with_a_key_is_one_too() {
    let Some(cluster) = Cluster::start() else {
        return;
    };
    let url = format!("{}&options=-c%20log_statement%3Dall", cluster.url());
    let posts = Posts::on(&url).await;
    let jack = jack(&posts);
    let path = jack.create("a post").await;
    let next = jack.get("/api/posts?limit=1").await.link("next").unwrap();
    let tag = jack.get(&path).await.header("etag").to_owned();
    let create = || {
        let call = jack.call(Method::POST, "/api/posts");
        call.header("idempotency-key", "key")
            .json(&json!({ "title": "once" }))
    };
    for (call, status, count) in [
        (jack.call(Method::GET, "/api/posts"), 200, 1),
        (jack.call(Method::GET, &next), 200, 1),
        (jack.call(Method::GET, &path), 200, 1),
        (
            jack.call(Method::GET, &path).header("if-none-match", &tag),
            304,
            1,
        ),
        (create(), 201, 1),
        (create(), 201, 2),
    ] {
        let before = statements(&cluster).len();
        assert_eq!(call.answer().await.status, status);
        let sent = &statements(&cluster)[before..];
        assert_eq!(sent.len(), count, "{sent:#?}");
    }
}
