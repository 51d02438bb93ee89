-- A deleted user stays as a row, so that the name is never given to anybody else.
-- Times are milliseconds since the Unix epoch, here and in every other table.
CREATE TABLE users (
    name       TEXT   NOT NULL PRIMARY KEY,
    password   TEXT   NOT NULL,
    scope      TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('enabled', 'disabled', 'deleted')),
    created_at BIGINT NOT NULL
);

-- The one ring of signing keys. Writers compare and swap its version.
CREATE TABLE key_ring (
    id           INTEGER NOT NULL PRIMARY KEY CHECK (id = 1),
    version      BIGINT  NOT NULL,
    settled_at   BIGINT,
    sealed_with  TEXT,
    -- What the last server was started with, in milliseconds; all null until one was.
    rotate_every BIGINT,
    announce_for BIGINT,
    jwks_max_age BIGINT,
    leeway       BIGINT,
    token_ttl    BIGINT,
    key_bits     BIGINT
);

-- The private half is sealed, and null once it is erased. The rest is public.
CREATE TABLE signing_keys (
    kid          TEXT   NOT NULL PRIMARY KEY,
    position     BIGINT NOT NULL,
    modulus      BYTEA  NOT NULL,
    exponent     BYTEA  NOT NULL,
    sealed       BYTEA,
    published_at BIGINT NOT NULL,
    activates_at BIGINT NOT NULL,
    retires_at   BIGINT,
    leaves_at    BIGINT,
    revoked_at   BIGINT
);

-- One row for each login that goes on; the end of one removes it. Of refresh tokens only SHA-256
-- digests are kept: of the handle that all tokens of a login share, of the secret that is good now,
-- and of the one it replaced. The successor column is readable only with the replaced token.
CREATE TABLE sessions (
    id           TEXT   NOT NULL PRIMARY KEY,
    handle       BYTEA  NOT NULL UNIQUE,
    username     TEXT   NOT NULL REFERENCES users (name),
    audience     TEXT   NOT NULL,
    scope        TEXT   NOT NULL,
    created_at   BIGINT NOT NULL,
    refreshed_at BIGINT NOT NULL,
    ends_at      BIGINT NOT NULL,
    current      BYTEA  NOT NULL,
    replaced     BYTEA,
    replaced_at  BIGINT,
    successor    BYTEA
);

CREATE INDEX sessions_of_user ON sessions (username, created_at);

-- Failed logins, counted under a name's digest or an address. A count that is written again gets
-- the next turn, so the oldest turns are the ones to forget when the table is full.
CREATE SEQUENCE failures_turn;
CREATE TABLE failures (
    subject BYTEA  NOT NULL PRIMARY KEY,
    turn    BIGINT NOT NULL UNIQUE DEFAULT nextval('failures_turn'),
    count   BIGINT NOT NULL,
    since   BIGINT NOT NULL
);

-- Programs that get tokens for themselves. A secret is 256 random bits, so SHA-256 hides it well.
CREATE TABLE clients (
    id         TEXT   NOT NULL PRIMARY KEY,
    secret     BYTEA  NOT NULL,
    scope      TEXT   NOT NULL,
    state      TEXT   NOT NULL CHECK (state IN ('enabled', 'disabled')),
    created_at BIGINT NOT NULL
);
