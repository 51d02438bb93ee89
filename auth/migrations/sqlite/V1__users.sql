-- A deleted user stays as a row, so that the name is never given to anybody else.
-- Times are milliseconds since the Unix epoch, here and in every other table.
CREATE TABLE users (
    name       TEXT    NOT NULL PRIMARY KEY,
    password   TEXT    NOT NULL,
    scope      TEXT    NOT NULL,
    state      TEXT    NOT NULL CHECK (state IN ('enabled', 'disabled', 'deleted')),
    created_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
