//! Databases of `posts` with many rows, made by its own migrations and filled in bulk.

use std::path::{Path, PathBuf};

use rusqlite::Connection;

use super::lab::{Lab, sqlite};
use crate::failure::{Result, While as _};

/// A migrated database in which jack has `own` posts among `all`.
pub(crate) fn database(lab: &Lab, name: &str, own: u32, all: u32) -> Result<PathBuf> {
    let path = lab.path(name);
    database_in(lab, &path, own, all)?;
    Ok(path)
}

/// The same at any place.
pub(super) fn database_in(lab: &Lab, path: &Path, own: u32, all: u32) -> Result<()> {
    lab.migrate_posts(&sqlite(path))?;
    fill(path, own, all).while_doing(format_args!("filling {}", path.display()))
}

/// Rows go in by their key, which is the fastest order. Other authors have 100 posts each; one
/// half comes before jack in the order of the key, and one half after.
fn fill(path: &Path, own: u32, all: u32) -> Result<()> {
    let connection = Connection::open(path)?;
    connection.execute_batch("PRAGMA synchronous = OFF; PRAGMA cache_size = -262144; BEGIN;")?;
    let half = all.saturating_sub(own) / 2;
    insert(&connection, "printf('a%08d', i / 100)", half)?;
    insert(&connection, "'jack'", own)?;
    insert(
        &connection,
        "printf('z%08d', i / 100)",
        all.saturating_sub(own + half),
    )?;
    connection.execute_batch("COMMIT; PRAGMA wal_checkpoint(TRUNCATE); PRAGMA optimize;")?;
    Ok(())
}

/// Ids are of UUID version 7, a millisecond apart.
fn insert(connection: &Connection, author: &str, count: u32) -> Result<()> {
    connection.execute(
        &format!(
            "WITH RECURSIVE n(i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM n WHERE i + 1 < ?1)
             INSERT INTO posts (author, id, title, body, created_at, updated_at, version)
             SELECT {author}, unhex(printf('%012x70008000%012x', 1750000000000 + i, i)),
                    'The title of a post', 'Its body, which is as short as most are.',
                    1750000000000 + i, 1750000000000 + i, 1
             FROM n WHERE ?1 > 0"
        ),
        [count],
    )?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn jack_has_his_own_among_the_rest() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let connection = Connection::open(file.path()).unwrap();
        let columns = "author TEXT, id BLOB, title, body, created_at, updated_at, version";
        let schema =
            format!("CREATE TABLE posts ({columns}, PRIMARY KEY (author, id)) WITHOUT ROWID");
        connection.execute_batch(&schema).unwrap();
        fill(file.path(), 2, 1_001).unwrap();
        let count = |filter: &str| -> i64 {
            let query = format!("SELECT count(*) FROM posts {filter}");
            connection.query_row(&query, [], |row| row.get(0)).unwrap()
        };
        assert_eq!((count(""), count("WHERE author = 'jack'")), (1_001, 2));
        assert_eq!(count("WHERE length(id) <> 16"), 0);
        assert!(count("WHERE author < 'jack'") > 0 && count("WHERE author > 'jack'") > 0);
    }
}
