use std::time::Duration;

use refinery::Migration;

use super::testing::{Database, database};
use super::*;

fn schema(versions: usize) -> Schema {
    let sql = [
        "CREATE TABLE note (text TEXT NOT NULL UNIQUE)",
        "ALTER TABLE note ADD COLUMN n BIGINT",
    ];
    let all: Vec<_> = sql[..versions]
        .iter()
        .enumerate()
        .map(|(index, sql)| Migration::unapplied(&format!("V{}__step", index + 1), sql).unwrap())
        .collect();
    Schema {
        service: "notes",
        migrations: Runner::new(&all),
    }
}

async fn open(database: &Database) -> Postgres {
    Postgres::open(&database.settings(), schema(1))
        .await
        .unwrap()
}

async fn add(postgres: &Postgres, text: &str) -> Result<u64, DatabaseError> {
    postgres
        .write("INSERT INTO note (text) VALUES ($1)", &[&text])
        .await
}

async fn count(postgres: &Postgres) -> i64 {
    let row = postgres
        .read_first("SELECT count(*) FROM note", &[])
        .await
        .unwrap();
    row.unwrap().get(0)
}

#[tokio::test]
async fn what_was_acknowledged_is_read_by_every_process() {
    let Some(database) = database().await else {
        return;
    };
    let (one, other) = (open(&database).await, open(&database).await);
    assert_eq!(add(&one, "a note").await.unwrap(), 1);
    assert_eq!(count(&other).await, 1);
    let twice = add(&other, "a note").await;
    assert!(
        matches!(twice, Err(DatabaseError::Postgres(_))),
        "{twice:?}"
    );
}

#[tokio::test]
async fn ten_processes_that_start_at_once_on_an_empty_database_all_come_up() {
    let Some(database) = database().await else {
        return;
    };
    let starts = (0..10).map(|_| {
        let settings = database.settings();
        async move { Postgres::open(&settings, schema(2)).await.map(|_| ()) }
    });
    for outcome in join_all(starts).await {
        outcome.unwrap();
    }
}

#[tokio::test]
async fn a_database_that_is_newer_than_the_program_is_refused_in_words() {
    let Some(database) = database().await else {
        return;
    };
    Postgres::open(&database.settings(), schema(2))
        .await
        .unwrap();
    let refused = Postgres::open(&database.settings(), schema(1))
        .await
        .err()
        .unwrap();
    assert!(
        matches!(refused, DatabaseError::NewerSchema { found: 2, known: 1 }),
        "{refused:?}"
    );
}

#[tokio::test]
async fn a_broken_migration_is_told_and_leaves_nothing_behind() {
    let Some(database) = database().await else {
        return;
    };
    let migrations = [Migration::unapplied("V1__step", "CREATE TABLE a (); CREATE").unwrap()];
    let schema = Schema {
        service: "notes",
        migrations: Runner::new(&migrations),
    };
    let refused = Postgres::open(&database.settings(), schema)
        .await
        .err()
        .unwrap();
    assert!(refused.to_string().contains("syntax error"), "{refused}");
    open(&database).await;
}

#[tokio::test]
async fn a_transaction_that_is_not_committed_leaves_nothing_behind() {
    let Some(database) = database().await else {
        return;
    };
    let postgres = open(&database).await;
    for is_dropped in [true, false] {
        let transaction = postgres.begin().await.unwrap();
        transaction
            .execute("INSERT INTO note (text) VALUES ('half')", &[])
            .await
            .unwrap();
        if !is_dropped {
            transaction.roll_back().await.unwrap();
        }
    }
    let transaction = postgres.begin().await.unwrap();
    transaction
        .execute("INSERT INTO note (text) VALUES ('whole')", &[])
        .await
        .unwrap();
    transaction.commit().await.unwrap();
    assert_eq!(count(&postgres).await, 1);
}

#[tokio::test]
async fn lost_connections_are_opened_again_without_a_failed_read() {
    let Some(database) = database().await else {
        return;
    };
    let postgres = open(&database).await;
    for round in 0..3 {
        let text = format!("note {round}");
        while let Err(error) = add(&postgres, &text).await {
            assert!(matches!(error, DatabaseError::Unavailable(_)), "{error:?}");
        }
        assert_eq!(count(&postgres).await, round + 1);
        database.disconnect_all().await;
        assert_eq!(count(&postgres).await, round + 1);
    }
}

#[tokio::test]
async fn a_statement_that_takes_too_long_is_ended_by_the_server() {
    let Some(database) = database().await else {
        return;
    };
    let settings = Settings {
        timeout: Duration::from_millis(100),
        ..database.settings()
    };
    let postgres = Postgres::open(&settings, schema(1)).await.unwrap();
    let slow = postgres.read("SELECT pg_sleep(30)", &[]).await.unwrap_err();
    assert!(matches!(slow, DatabaseError::Unavailable(_)), "{slow:?}");
    postgres.answers().await.unwrap();
}

#[tokio::test]
async fn a_write_that_waits_for_a_lock_keeps_no_read_waiting() {
    let Some(database) = database().await else {
        return;
    };
    let postgres = open(&database).await;
    add(&postgres, "contended").await.unwrap();
    let holder = postgres.begin().await.unwrap();
    holder
        .execute("UPDATE note SET text = 'held'", &[])
        .await
        .unwrap();
    let waiting = postgres.write("UPDATE note SET text = 'next'", &[]);
    let reading = async {
        assert_eq!(count(&postgres).await, 1);
        holder.commit().await.unwrap();
    };
    assert_eq!(tokio::join!(waiting, reading).0.unwrap(), 1);
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable_at_once_after_the_first_try() {
    let settings = "postgres://nobody@127.0.0.1:9/nothing";
    let timeout = Duration::from_secs(5);
    let settings = Settings::new(settings, std::num::NonZero::<usize>::MIN, timeout).unwrap();
    let connector = Connector::new(&settings, "notes").unwrap();
    for _ in 0..2 {
        let refused = connector.connect(None).await.err().unwrap();
        assert!(
            matches!(refused, DatabaseError::Unavailable(_)),
            "{refused:?}"
        );
    }
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_away_is_waited_for_by_a_service_and_not_by_a_command() {
    let url = "postgres://nobody@127.0.0.1:9/nothing";
    let few = std::num::NonZero::<usize>::MIN;
    let command = Settings::new(url, few, Duration::from_secs(5)).unwrap();
    for (settings, patience) in [(command.for_a_service(), 30), (command, 5)] {
        let begun = tokio::time::Instant::now();
        let refused = Postgres::open(&settings, schema(1)).await.err().unwrap();
        assert!(
            matches!(refused, DatabaseError::Unavailable(_)),
            "{refused:?}"
        );
        assert_eq!(begun.elapsed().as_secs(), patience);
    }
}

#[tokio::test]
async fn a_user_whom_the_server_does_not_know_is_not_waited_for() {
    let Some(database) = database().await else {
        return;
    };
    let url = database
        .url()
        .replace("postgres://postgres@", "postgres://stranger@");
    let few = std::num::NonZero::<usize>::MIN;
    let settings = Settings::new(&url, few, Duration::from_secs(5)).unwrap();
    let refused = Postgres::open(&settings, schema(1)).await.err().unwrap();
    assert!(matches!(refused, DatabaseError::Connect(_)), "{refused:?}");
}

#[tokio::test]
async fn a_change_in_one_process_wakes_another_even_after_a_lost_connection() {
    let Some(database) = database().await else {
        return;
    };
    let (one, other) = (open(&database).await, open(&database).await);
    let mut changes = other.changes("notes");
    let long = Duration::from_mins(1);
    changes.next(long).await;
    for _ in 0..2 {
        let notify = one.write("SELECT pg_notify('notes', '')", &[]);
        let (woken, notified) = tokio::join!(changes.next(long), notify);
        let () = woken;
        notified.unwrap();
        database.disconnect_all().await;
        changes.next(long).await;
        changes.next(long).await;
        while one.answers().await.is_err() {}
    }
}

async fn join_all<T: Send + 'static>(
    futures: impl Iterator<Item = impl Future<Output = T> + Send + 'static>,
) -> Vec<T> {
    let mut tasks = tokio::task::JoinSet::new();
    for future in futures {
        tasks.spawn(future);
    }
    tasks.join_all().await
}
