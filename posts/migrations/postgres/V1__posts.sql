-- The primary key is the order in which an author's list is read. Times are milliseconds since the
-- Unix epoch, as in SQLite. Title and body are UTF-8 in BYTEA, because TEXT cannot hold U+0000, and
-- any text comes back as it was sent; convert_from(title, 'UTF8') shows one to a person.
CREATE TABLE posts (
    author     TEXT   NOT NULL,
    id         UUID   NOT NULL,
    title      BYTEA  NOT NULL,
    body       BYTEA  NOT NULL,
    created_at BIGINT NOT NULL,
    updated_at BIGINT NOT NULL,
    version    BIGINT NOT NULL,
    PRIMARY KEY (author, id)
);

-- The answer a key was given, written in the statement that made the post it tells of.
CREATE TABLE idempotency_keys (
    author      TEXT    NOT NULL,
    key         TEXT    NOT NULL,
    fingerprint BYTEA   NOT NULL,
    status      INTEGER NOT NULL,
    headers     TEXT    NOT NULL,
    body        BYTEA   NOT NULL,
    expires_at  BIGINT  NOT NULL,
    PRIMARY KEY (author, key)
);

CREATE INDEX idempotency_keys_by_expiry ON idempotency_keys (expires_at);

-- Authenticates cursors. It opens nothing: with it one could only name a place in one's own list.
CREATE TABLE cursor_key (
    only_one BOOLEAN PRIMARY KEY CHECK (only_one),
    bytes    BYTEA   NOT NULL
);
