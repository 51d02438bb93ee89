//! Statements that both engines understand. In SQLite a `$1` is a name, and names are numbered as
//! they first appear, so arguments appear here in the order in which they are given.

/// Author, id, most rows.
pub(super) const PAGE_UP: &str = "SELECT id, title, body, author, created_at, updated_at
    FROM posts WHERE author = $1 AND id > $2 ORDER BY id LIMIT $3";

/// Author, id, most rows.
pub(super) const PAGE_DOWN: &str = "SELECT id, title, body, author, created_at, updated_at
    FROM posts WHERE author = $1 AND id < $2 ORDER BY id DESC LIMIT $3";

/// Author, id.
pub(super) const FIND: &str = "SELECT id, title, body, author, created_at, updated_at, version
    FROM posts WHERE author = $1 AND id = $2";

/// Every column, in the order of the table.
pub(super) const INSERT: &str =
    "INSERT INTO posts (author, id, title, body, created_at, updated_at, version)
     VALUES ($1, $2, $3, $4, $5, $6, $7)";

/// What changes, then author, id, and the version that is replaced.
pub(super) const OVERWRITE: &str =
    "UPDATE posts SET title = $1, body = $2, updated_at = $3, version = $4
     WHERE author = $5 AND id = $6 AND version = $7";

/// Author, id, and the version that is removed.
pub(super) const DELETE: &str = "DELETE FROM posts WHERE author = $1 AND id = $2 AND version = $3";

/// Author, key, now.
pub(super) const ANSWER: &str = "SELECT fingerprint, status, headers, body
    FROM idempotency_keys WHERE author = $1 AND key = $2 AND expires_at > $3";

/// Now, most rows.
pub(super) const FORGET_ANSWERS: &str = "DELETE FROM idempotency_keys WHERE (author, key) IN
     (SELECT author, key FROM idempotency_keys WHERE expires_at <= $1 LIMIT $2)";
