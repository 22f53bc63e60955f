-- Frozen: a landed migration is never changed; the next one gets the next number.
-- What takes longer than one transaction: imports under way, hosts that print, answers that are kept
-- for a while.

-- A list on its way in, a few hundred rows at a time. trouble: why it was broken off.
CREATE TABLE import_run (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT NOT NULL,
    actor      TEXT NOT NULL,
    name       TEXT NOT NULL,
    address    TEXT NOT NULL,
    total      INTEGER NOT NULL,
    done       INTEGER NOT NULL,
    created    INTEGER NOT NULL,
    updated    INTEGER NOT NULL,
    unchanged  INTEGER NOT NULL,
    waiting    INTEGER NOT NULL,
    started_at INTEGER NOT NULL,
    beat_at    INTEGER NOT NULL,
    ended_at   INTEGER,
    trouble    TEXT
) STRICT, WITHOUT ROWID;

CREATE INDEX import_run_under_way ON import_run (beat_at) WHERE ended_at IS NULL;

-- name: the part of a release's number that says whose work it is. label: what people call it.
CREATE TABLE print_host (
    name    BLOB NOT NULL PRIMARY KEY CHECK (length(name) = 8),
    label   TEXT NOT NULL,
    beat_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Answers that are kept for a while; others are kept for good.
ALTER TABLE operation ADD COLUMN ends_at INTEGER;
CREATE INDEX operation_by_end ON operation (ends_at) WHERE ends_at IS NOT NULL;

-- Counts those who are signed in without reading their sessions.
CREATE INDEX session_live ON session (expires_at, ended_at);
