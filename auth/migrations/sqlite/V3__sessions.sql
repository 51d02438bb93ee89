-- One row for each login that goes on; the end of one removes it. Of refresh tokens only SHA-256 digests are kept: of the handle that all
-- tokens of a login share, of the secret that is good now, and of the one it replaced. The
-- successor column is readable only with the replaced token. A refresh changes no indexed column,
-- so it writes one page.
CREATE TABLE sessions (
    id           TEXT    NOT NULL PRIMARY KEY,
    handle       BLOB    NOT NULL UNIQUE,
    username     TEXT    NOT NULL REFERENCES users (name),
    audience     TEXT    NOT NULL,
    scope        TEXT    NOT NULL,
    created_at   INTEGER NOT NULL,
    refreshed_at INTEGER NOT NULL,
    ends_at      INTEGER NOT NULL,
    current      BLOB    NOT NULL,
    replaced     BLOB,
    replaced_at  INTEGER,
    successor    BLOB
) STRICT;

CREATE INDEX sessions_of_user ON sessions (username, created_at);
