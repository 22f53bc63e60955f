-- Frozen: a landed migration is never changed; the next one gets the next number.
-- What takes longer than one transaction: imports under way, hosts that print, answers that are kept
-- for a while.

-- A list on its way in, a few hundred rows at a time. trouble: why it was broken off.
CREATE TABLE import_run (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    kind       TEXT COLLATE "C" NOT NULL,
    actor      TEXT COLLATE "C" NOT NULL,
    name       TEXT NOT NULL,
    address    TEXT NOT NULL,
    total      BIGINT NOT NULL,
    done       BIGINT NOT NULL,
    created    BIGINT NOT NULL,
    updated    BIGINT NOT NULL,
    unchanged  BIGINT NOT NULL,
    waiting    BIGINT NOT NULL,
    started_at BIGINT NOT NULL,
    beat_at    BIGINT NOT NULL,
    ended_at   BIGINT,
    trouble    TEXT
) WITH (fillfactor = 50);

CREATE INDEX import_run_under_way ON import_run (beat_at) WHERE ended_at IS NULL;

-- name: the part of a release's number that says whose work it is. label: what people call it.
CREATE TABLE print_host (
    name    BYTEA NOT NULL PRIMARY KEY CHECK (length(name) = 8),
    label   TEXT NOT NULL,
    beat_at BIGINT NOT NULL
) WITH (fillfactor = 10);

-- Answers that are kept for a while; others are kept for good.
ALTER TABLE operation ADD COLUMN ends_at BIGINT;
CREATE INDEX operation_by_end ON operation (ends_at) WHERE ends_at IS NOT NULL;

-- Counts those who are signed in without reading their sessions.
CREATE INDEX session_live ON session (expires_at, ended_at);
