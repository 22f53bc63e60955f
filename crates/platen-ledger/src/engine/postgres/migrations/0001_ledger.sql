-- Frozen: a landed migration is never changed; the next one gets the next number.
-- Amounts are hundredths of a point, times microseconds since 1970, ids 16 bytes, truth 0 or 1.
-- Rows name each other without foreign keys: each would cost a query on every insert, and the
-- check of the ledger finds what does not fit.

CREATE TABLE setting (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

CREATE TABLE rate_card (
    version BIGINT NOT NULL PRIMARY KEY,
    card    TEXT NOT NULL
);

CREATE TABLE membership (
    login      TEXT COLLATE "C" NOT NULL,
    group_name TEXT COLLATE "C" NOT NULL,
    PRIMARY KEY (login, group_name)
);

CREATE TABLE account (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL,
    name_key   TEXT COLLATE "C" NOT NULL UNIQUE,
    code       TEXT NOT NULL,
    code_key   TEXT COLLATE "C" NOT NULL UNIQUE,
    enabled    BIGINT NOT NULL CHECK (enabled IN (0, 1)),
    start_day  TEXT,
    expiry_day TEXT,
    kind       TEXT NOT NULL CHECK (kind IN ('individual', 'shared')),
    soft_limit BIGINT CHECK (soft_limit >= 0),
    exceed_by  BIGINT NOT NULL CHECK (exceed_by >= 0),
    access     TEXT NOT NULL,
    on_clients BIGINT NOT NULL CHECK (on_clients IN (0, 1)),
    archived   BIGINT NOT NULL CHECK (archived IN (0, 1))
);

CREATE TABLE person (
    id      TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    login   TEXT COLLATE "C" NOT NULL,
    active  BYTEA,
    lost_at BIGINT
);

CREATE INDEX person_by_login ON person (login);

-- holder: the person's id, or empty for a shared pool. Half of each page stays free, so that a
-- balance changes in place.
CREATE TABLE balance (
    account  BYTEA NOT NULL,
    holder   TEXT COLLATE "C" NOT NULL,
    posted   BIGINT NOT NULL,
    pending  BIGINT NOT NULL CHECK (pending >= 0),
    leased   BIGINT NOT NULL CHECK (leased >= 0),
    sequence BIGINT NOT NULL CHECK (sequence >= 0),
    head     BYTEA NOT NULL CHECK (length(head) = 32),
    PRIMARY KEY (account, holder)
) WITH (fillfactor = 50);

-- Its values are checked by the ledger's check alone: a constraint would be parsed anew by every
-- statement that writes.
CREATE TABLE document (
    id               BYTEA NOT NULL PRIMARY KEY,
    person           TEXT COLLATE "C" NOT NULL,
    queue            TEXT NOT NULL,
    job_id           BIGINT NOT NULL,
    name             TEXT NOT NULL,
    state            TEXT NOT NULL,
    reason           TEXT,
    account          BYTEA,
    holder           TEXT COLLATE "C",
    cost             BIGINT,
    posted           BIGINT,
    facts            TEXT,
    card_version     BIGINT,
    request          BYTEA,
    verdict          TEXT,
    verdict_points   BIGINT,
    verdict_crosses  BIGINT,
    printer          TEXT,
    release_nonce    BYTEA,
    settlement       TEXT,
    settlement_sides BIGINT,
    submitted_at     BIGINT NOT NULL,
    hold_until       BIGINT,
    notified_at      BIGINT,
    changed_at       BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX document_by_person ON document (person, submitted_at, id);
CREATE INDEX document_waiting ON document (hold_until) WHERE hold_until IS NOT NULL;

CREATE TABLE activity (
    id           BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    ordinal      BIGINT NOT NULL UNIQUE,
    account      BYTEA NOT NULL,
    holder       TEXT COLLATE "C" NOT NULL,
    sequence     BIGINT NOT NULL,
    kind         TEXT NOT NULL,
    points       BIGINT NOT NULL,
    posted_after BIGINT NOT NULL,
    person       TEXT COLLATE "C",
    document     BYTEA,
    change       TEXT,
    reason       TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    corrects     BYTEA,
    card_version BIGINT,
    made_at      BIGINT NOT NULL,
    hash         BYTEA NOT NULL CHECK (length(hash) = 32),
    UNIQUE (account, holder, sequence)
);

CREATE INDEX activity_by_account ON activity (account, ordinal);
CREATE INDEX activity_by_person ON activity (person, ordinal);

CREATE FUNCTION activity_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'activities are append-only';
END
$$;

CREATE TRIGGER activity_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON activity
    FOR EACH STATEMENT EXECUTE FUNCTION activity_is_append_only();

-- Blocks of it are given out to the servers.
CREATE SEQUENCE activity_ordinal AS BIGINT MINVALUE 0 START 0;

-- The last transaction of each server that writes: one whose answer was lost is known to be
-- committed by its number.
CREATE TABLE writer (
    id    BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    batch BIGINT NOT NULL,
    at    TIMESTAMPTZ NOT NULL
) WITH (fillfactor = 10);
