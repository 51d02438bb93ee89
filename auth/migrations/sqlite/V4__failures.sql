-- Failed logins, counted under a name's digest or an address. A count that is written again gets
-- the next turn, so the oldest turns are the ones to forget when the table is full.
CREATE TABLE failures (
    turn    INTEGER PRIMARY KEY AUTOINCREMENT,
    subject BLOB    NOT NULL UNIQUE,
    count   INTEGER NOT NULL,
    since   INTEGER NOT NULL
) STRICT;
