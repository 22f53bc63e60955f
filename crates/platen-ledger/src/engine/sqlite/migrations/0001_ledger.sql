-- Frozen: a landed migration is never changed; the next one gets the next number.
-- Amounts are hundredths of a point, times microseconds since 1970, ids 16 bytes.

CREATE TABLE setting (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE TABLE rate_card (
    version INTEGER NOT NULL PRIMARY KEY,
    card    TEXT NOT NULL
) STRICT;

CREATE TABLE membership (
    group_name TEXT NOT NULL,
    login      TEXT NOT NULL,
    PRIMARY KEY (login, group_name)
) STRICT, WITHOUT ROWID;

CREATE TABLE account (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL,
    name_key   TEXT NOT NULL UNIQUE,
    code       TEXT NOT NULL,
    code_key   TEXT NOT NULL UNIQUE,
    enabled    INTEGER NOT NULL CHECK (enabled IN (0, 1)),
    start_day  TEXT,
    expiry_day TEXT,
    kind       TEXT NOT NULL CHECK (kind IN ('individual', 'shared')),
    soft_limit INTEGER CHECK (soft_limit >= 0),
    exceed_by  INTEGER NOT NULL CHECK (exceed_by >= 0),
    access     TEXT NOT NULL,
    on_clients INTEGER NOT NULL CHECK (on_clients IN (0, 1)),
    archived   INTEGER NOT NULL CHECK (archived IN (0, 1))
) STRICT, WITHOUT ROWID;

CREATE TABLE person (
    id      TEXT NOT NULL PRIMARY KEY,
    name    TEXT NOT NULL,
    login   TEXT NOT NULL,
    active  BLOB REFERENCES account (id),
    lost_at INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX person_by_login ON person (login);

-- holder: the person's id, or empty for a shared pool.
CREATE TABLE balance (
    account  BLOB NOT NULL REFERENCES account (id),
    holder   TEXT NOT NULL,
    posted   INTEGER NOT NULL,
    pending  INTEGER NOT NULL CHECK (pending >= 0),
    leased   INTEGER NOT NULL CHECK (leased >= 0),
    sequence INTEGER NOT NULL CHECK (sequence >= 0),
    head     BLOB NOT NULL CHECK (length(head) = 32),
    PRIMARY KEY (account, holder)
) STRICT, WITHOUT ROWID;

CREATE TABLE document (
    id               BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person           TEXT NOT NULL,
    queue            TEXT NOT NULL,
    job_id           INTEGER NOT NULL,
    name             TEXT NOT NULL,
    state            TEXT NOT NULL CHECK (state IN ('submitted', 'unreadable', 'held', 'canceled',
                         'releasing', 'printed', 'failed', 'deleted', 'expired')),
    reason           TEXT,
    account          BLOB REFERENCES account (id),
    holder           TEXT,
    cost             INTEGER CHECK (cost >= 0),
    posted           INTEGER CHECK (posted >= 0 AND posted <= cost),
    facts            TEXT,
    card_version     INTEGER REFERENCES rate_card (version),
    request          BLOB,
    verdict          TEXT,
    verdict_points   INTEGER,
    verdict_crosses  INTEGER,
    printer          TEXT,
    release_nonce    BLOB,
    settlement       TEXT,
    settlement_sides INTEGER,
    submitted_at     INTEGER NOT NULL,
    hold_until       INTEGER,
    notified_at      INTEGER,
    changed_at       INTEGER NOT NULL,
    CHECK ((account IS NULL) = (holder IS NULL)),
    CHECK (state NOT IN ('held', 'releasing', 'printed') OR cost IS NOT NULL)
) STRICT;

CREATE INDEX document_open ON document (person, submitted_at)
    WHERE state IN ('submitted', 'unreadable', 'held', 'canceled', 'releasing');
CREATE INDEX document_closed ON document (person, submitted_at, id)
    WHERE state IN ('printed', 'failed', 'deleted', 'expired');
CREATE INDEX document_waiting ON document (hold_until)
    WHERE state IN ('unreadable', 'held', 'canceled');

CREATE TABLE activity (
    ordinal      INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account      BLOB NOT NULL REFERENCES account (id),
    holder       TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    points       INTEGER NOT NULL,
    posted_after INTEGER NOT NULL,
    person       TEXT,
    document     BLOB UNIQUE REFERENCES document (id),
    change       TEXT,
    reason       TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    corrects     BLOB REFERENCES activity (id),
    card_version INTEGER REFERENCES rate_card (version),
    made_at      INTEGER NOT NULL,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (account, holder, sequence)
) STRICT;

CREATE INDEX activity_by_account ON activity (account, ordinal);
CREATE INDEX activity_by_person ON activity (person, ordinal);

CREATE TRIGGER activity_is_never_changed BEFORE UPDATE ON activity
BEGIN
    SELECT RAISE(ABORT, 'activities are append-only');
END;

CREATE TRIGGER activity_is_never_removed BEFORE DELETE ON activity
BEGIN
    SELECT RAISE(ABORT, 'activities are append-only');
END;
