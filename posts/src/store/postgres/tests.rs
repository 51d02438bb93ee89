//! How the engine goes about each statement that a request waits for.
use chassis::database::Postgres;
use chassis::database::postgres::{Transaction, testing};

use super::schema;
use crate::store::sql;

/// Of two authors each, one row of the one beside one row of the other.
const POSTS: i64 = 10_000;

const FILL: &str = "INSERT INTO posts
    SELECT author, lpad(to_hex(i), 32, '0')::uuid, 't', 'b', i, i, 1
    FROM generate_series(1, 10000) AS i, (VALUES ('jack'), ('robert')) AS authors (author)";

const FILL_KEYS: &str = "INSERT INTO idempotency_keys
    SELECT author, 'key-' || i, '', 201, '', '', i
    FROM generate_series(1, 10000) AS i, (VALUES ('jack'), ('robert')) AS authors (author)";

/// With what the planner knows of the arguments, and for any arguments at all: the server takes
/// one or the other for a statement that it is sent again and again.
const PLANS: [&str; 2] = [
    "SET LOCAL plan_cache_mode = force_custom_plan",
    "SET LOCAL plan_cache_mode = force_generic_plan",
];

/// A statement, the types of its arguments, arguments, and the one scan that it may be.
const STATEMENTS: [(&str, &str, &str, &str); 6] = [
    (
        sql::PAGE_UP,
        "text, uuid, bigint",
        "'jack', '00000000-0000-0000-0000-000000001000', 21",
        "Index Scan using posts_pkey on posts",
    ),
    (
        sql::PAGE_DOWN,
        "text, uuid, bigint",
        "'jack', '00000000-0000-0000-0000-000000001000', 21",
        "Index Scan Backward using posts_pkey on posts",
    ),
    (
        sql::FIND,
        "text, uuid",
        "'jack', '00000000-0000-0000-0000-000000001000'",
        "Index Scan using posts_pkey on posts",
    ),
    (
        sql::OVERWRITE,
        "bytea, bytea, bigint, bigint, text, uuid, bigint",
        "'t', 'b', 1, 2, 'jack', '00000000-0000-0000-0000-000000001000', 1",
        "Index Scan using posts_pkey on posts",
    ),
    (
        sql::DELETE,
        "text, uuid, bigint",
        "'jack', '00000000-0000-0000-0000-000000001000', 1",
        "Index Scan using posts_pkey on posts",
    ),
    (
        sql::ANSWER,
        "text, text, bigint",
        "'jack', 'key-1', 0",
        "Index Scan using idempotency_keys_pkey on idempotency_keys",
    ),
];

/// Two authors with as many posts each, on this program's schema.
async fn filled(database: &testing::Database) -> Transaction {
    let posts = Postgres::open(&database.settings(), schema())
        .await
        .unwrap();
    let transaction = posts.begin().await.unwrap();
    for fill in [FILL, FILL_KEYS] {
        transaction.execute(fill, &[]).await.unwrap();
    }
    transaction
}

/// How the server executes a statement, in its own words.
async fn explain(
    transaction: &Transaction,
    how: &str,
    (sql, types, arguments): (&str, &str, &str),
) -> String {
    let prepare = format!("PREPARE statement ({types}) AS {sql}");
    let explain = format!("EXPLAIN ({how}) EXECUTE statement ({arguments})");
    transaction.execute(prepare.leak(), &[]).await.unwrap();
    let rows = transaction.query(explain.leak(), &[]).await.unwrap();
    let release = "DEALLOCATE statement";
    transaction.execute(release, &[]).await.unwrap();
    let lines: Vec<&str> = rows.iter().map(|row| row.get(0)).collect();
    lines.join("\n")
}

#[tokio::test]
async fn a_request_is_one_scan_of_an_index_whatever_the_planner_knows() {
    let Some(database) = testing::database().await else {
        return;
    };
    let transaction = filled(&database).await;
    for _ in ["as made", "analysed"] {
        for mode in PLANS {
            transaction.execute(mode, &[]).await.unwrap();
            for (sql, types, arguments, scan) in STATEMENTS {
                let plan = explain(&transaction, "COSTS OFF", (sql, types, arguments)).await;
                assert!(plan.contains(scan), "{mode}: {sql}\n{plan}");
                for more in ["Sort", "Seq Scan", "Bitmap", "Join"] {
                    assert!(!plan.contains(more), "{mode}: {sql}\n{plan}");
                }
            }
        }
        let analyze = "ANALYZE posts, idempotency_keys";
        transaction.execute(analyze, &[]).await.unwrap();
    }
}

/// Blocks that a page is read from, and its rows.
async fn cost(transaction: &Transaction, sql: &str, from: i64) -> (u32, u32) {
    let page = (
        sql,
        "text, uuid, bigint",
        &*format!("'jack', '00000000-0000-0000-0000-{from:012x}', 21"),
    );
    let how = "ANALYZE, BUFFERS, COSTS OFF, TIMING OFF, SUMMARY OFF";
    let plan = explain(transaction, how, page).await;
    let number = |before: &str| -> u32 {
        let rest = plan.split(before).nth(1);
        let digits = rest
            .unwrap_or_default()
            .split(|c: char| !c.is_ascii_digit());
        digits.take(1).collect::<String>().parse().unwrap()
    };
    (number("Buffers: shared hit="), number("(actual rows="))
}

#[tokio::test]
async fn the_last_page_is_read_from_as_few_blocks_as_the_first() {
    let Some(database) = testing::database().await else {
        return;
    };
    let transaction = filled(&database).await;
    for (sql, starts) in [
        (sql::PAGE_UP, [0, POSTS / 2, POSTS - 21]),
        (sql::PAGE_DOWN, [POSTS + 1, POSTS / 2, 22]),
    ] {
        for from in starts {
            // The way down the tree, and a row or the next page of rows at each step.
            let (blocks, rows) = cost(&transaction, sql, from).await;
            assert_eq!(rows, 21);
            assert!(blocks <= 30, "{blocks} from {from}: {sql}");
        }
    }
}
