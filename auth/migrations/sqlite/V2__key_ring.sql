-- The one ring of signing keys. Writers compare and swap its version.
CREATE TABLE key_ring (
    id              INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version         INTEGER NOT NULL,
    settled_at      INTEGER,
    sealed_with     TEXT,
    -- What the last server was started with, in milliseconds; all null until one was.
    rotate_every    INTEGER,
    announce_for    INTEGER,
    jwks_max_age    INTEGER,
    leeway          INTEGER,
    token_ttl       INTEGER,
    key_bits        INTEGER
) STRICT;

-- The private half is sealed, and null once it is erased. The rest is public.
CREATE TABLE signing_keys (
    kid             TEXT    NOT NULL PRIMARY KEY,
    position        INTEGER NOT NULL,
    modulus         BLOB    NOT NULL,
    exponent        BLOB    NOT NULL,
    sealed          BLOB,
    published_at    INTEGER NOT NULL,
    activates_at    INTEGER NOT NULL,
    retires_at      INTEGER,
    leaves_at       INTEGER,
    revoked_at      INTEGER
) STRICT;
