//! What the engine does for each statement that a request waits for.
use rusqlite::{Connection, Statement, StatementStatus};

use super::schema;
use crate::store::sql;

const POSTS: i64 = 10_000;

/// Two authors with as many posts each, on this program's schema.
fn filled() -> Connection {
    let mut connection = Connection::open_in_memory().unwrap();
    schema::migrations::runner().run(&mut connection).unwrap();
    let fill = "WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < ?1)
        INSERT INTO posts SELECT author, CAST(printf('%016d', i) AS BLOB), 't', 'b', i, i, 1
        FROM n, (SELECT 'jack' AS author UNION SELECT 'robert')";
    connection.execute(fill, [POSTS]).unwrap();
    connection
}

fn id(number: i64) -> Vec<u8> {
    format!("{number:016}").into_bytes()
}

fn plan(connection: &Connection, sql: &str) -> Vec<String> {
    let mut statement = connection
        .prepare(&format!("EXPLAIN QUERY PLAN {sql}"))
        .unwrap();
    let rows = statement.raw_query().mapped(|row| row.get("detail"));
    rows.collect::<Result<_, _>>().unwrap()
}

/// Runs a page and says how many rows came and how many steps of the engine they took.
fn page(statement: &mut Statement<'_>, from: i64) -> (usize, i32) {
    statement.reset_status(StatementStatus::VmStep);
    let rows = statement.query(("jack", id(from), 21)).unwrap();
    let rows = rows.mapped(|row| row.get::<_, String>(1)).count();
    assert_eq!(statement.get_status(StatementStatus::Sort), 0);
    assert_eq!(statement.get_status(StatementStatus::FullscanStep), 0);
    (rows, statement.get_status(StatementStatus::VmStep))
}

#[test]
fn a_request_is_one_range_of_the_primary_key_with_and_without_statistics() {
    let connection = filled();
    for _ in ["as made", "analysed"] {
        for (sql, expected) in [
            (
                sql::PAGE_UP,
                "SEARCH posts USING PRIMARY KEY (author=? AND id>?)",
            ),
            (
                sql::PAGE_DOWN,
                "SEARCH posts USING PRIMARY KEY (author=? AND id<?)",
            ),
            (
                sql::FIND,
                "SEARCH posts USING PRIMARY KEY (author=? AND id=?)",
            ),
            (
                sql::OVERWRITE,
                "SEARCH posts USING PRIMARY KEY (author=? AND id=?)",
            ),
            (
                sql::DELETE,
                "SEARCH posts USING PRIMARY KEY (author=? AND id=?)",
            ),
            (
                sql::ANSWER,
                "SEARCH idempotency_keys USING PRIMARY KEY (author=? AND key=?)",
            ),
        ] {
            assert_eq!(plan(&connection, sql), [expected], "{sql}");
        }
        connection.execute_batch("ANALYZE").unwrap();
    }
}

#[test]
fn the_last_page_takes_the_engine_no_more_steps_than_the_first() {
    let connection = filled();
    for (sql, starts) in [
        (sql::PAGE_UP, [0, POSTS / 2, POSTS - 21]),
        (sql::PAGE_DOWN, [POSTS + 1, POSTS / 2, 22]),
    ] {
        let mut statement = connection.prepare(sql).unwrap();
        let [first, middle, last] = starts.map(|from| page(&mut statement, from));
        assert_eq!(first.0, 21);
        assert_eq!((first, first), (middle, last), "{sql}");
    }
}
