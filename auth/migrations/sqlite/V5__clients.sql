-- Programs that get tokens for themselves. A secret is 256 random bits, so SHA-256 hides it well.
CREATE TABLE clients (
    id         TEXT    NOT NULL PRIMARY KEY,
    secret     BLOB    NOT NULL,
    scope      TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('enabled', 'disabled')),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
