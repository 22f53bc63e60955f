-- Frozen: a landed migration is never changed; the next one gets the next number.
-- Leases, operations by id, versions of accounts, overruns and copies.

ALTER TABLE account ADD COLUMN version INTEGER NOT NULL DEFAULT 1 CHECK (version > 0);

-- Programs that knew schema 1 did not count the changes of the site; zero stands for one that
-- was never set up.
INSERT INTO setting (name, value) VALUES ('version', '1') ON CONFLICT (name) DO NOTHING;

-- asked: what was asked for, of which granted is what the hard limit left.
CREATE TABLE lease (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account    BLOB NOT NULL REFERENCES account (id),
    holder     TEXT NOT NULL,
    person     TEXT NOT NULL,
    device     TEXT NOT NULL,
    asked      INTEGER NOT NULL,
    granted    INTEGER NOT NULL CHECK (granted > 0 AND granted <= asked),
    drawn      INTEGER NOT NULL CHECK (drawn >= 0 AND drawn <= granted),
    state      TEXT NOT NULL CHECK (state IN ('open', 'returned', 'expired')),
    expires_at INTEGER NOT NULL,
    made_at    INTEGER NOT NULL,
    changed_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX lease_open ON lease (expires_at) WHERE state = 'open';

-- What was asked under an id that no row of its own remembers.
CREATE TABLE operation (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    request BLOB NOT NULL CHECK (length(request) = 32),
    answer  TEXT NOT NULL,
    made_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

-- Documents anew: on a lease, with an overrun, and with one index on a person's documents, open or
-- not, in place of two. Lists of states are not in constraints and indexes any more: SQLite builds
-- a table in memory for each of them with every row that is written.
CREATE TABLE document_2 (
    id               BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person           TEXT NOT NULL,
    queue            TEXT NOT NULL,
    job_id           INTEGER NOT NULL,
    name             TEXT NOT NULL,
    state            TEXT NOT NULL,
    open             INTEGER NOT NULL,
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
    lease            BLOB REFERENCES lease (id),
    overrun          INTEGER CHECK (overrun > 0),
    CHECK ((account IS NULL) = (holder IS NULL))
) STRICT;

INSERT INTO document_2 SELECT id, person, queue, job_id, name, state,
    state IN ('submitted', 'unreadable', 'held', 'canceled', 'releasing'), reason, account, holder,
    cost, posted, facts, card_version, request, verdict, verdict_points, verdict_crosses, printer,
    release_nonce, settlement, settlement_sides, submitted_at, hold_until, notified_at, changed_at,
    NULL, NULL
    FROM document ORDER BY rowid;

DROP TABLE document;
ALTER TABLE document_2 RENAME TO document;

CREATE INDEX document_by_person ON document (person, open, submitted_at, id);
CREATE INDEX document_waiting ON document (hold_until) WHERE hold_until IS NOT NULL;

-- A document may have a print and an overrun. That it has one print at most
-- follows from the id, which is the document's, so that no index on documents
-- is kept for it.
CREATE TABLE activity_2 (
    ordinal      INTEGER PRIMARY KEY AUTOINCREMENT,
    id           BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
    account      BLOB NOT NULL REFERENCES account (id),
    holder       TEXT NOT NULL,
    sequence     INTEGER NOT NULL,
    kind         TEXT NOT NULL,
    points       INTEGER NOT NULL,
    posted_after INTEGER NOT NULL,
    person       TEXT,
    document     BLOB REFERENCES document (id),
    change       TEXT,
    reason       TEXT NOT NULL,
    made_by      TEXT NOT NULL,
    corrects     BLOB REFERENCES activity_2 (id),
    card_version INTEGER REFERENCES rate_card (version),
    made_at      INTEGER NOT NULL,
    hash         BLOB NOT NULL CHECK (length(hash) = 32),
    UNIQUE (account, holder, sequence),
    CHECK ((kind = 'print' OR kind = 'overrun') = (document IS NOT NULL)),
    CHECK (kind <> 'print' OR id = document)
) STRICT;

INSERT INTO activity_2 SELECT ordinal, id, account, holder, sequence, kind, points, posted_after,
    person, document, change, reason, made_by, corrects, card_version, made_at, hash
    FROM activity ORDER BY ordinal;

DROP TRIGGER activity_is_never_changed;
DROP TRIGGER activity_is_never_removed;
DROP TABLE activity;
ALTER TABLE activity_2 RENAME TO activity;

CREATE INDEX activity_by_account ON activity (account, ordinal);
CREATE INDEX activity_by_person ON activity (person, ordinal);
CREATE UNIQUE INDEX activity_overrun ON activity (document) WHERE kind = 'overrun';

CREATE TRIGGER activity_is_never_changed BEFORE UPDATE ON activity
BEGIN
    SELECT RAISE(ABORT, 'activities are append-only');
END;

CREATE TRIGGER activity_is_never_removed BEFORE DELETE ON activity
BEGIN
    SELECT RAISE(ABORT, 'activities are append-only');
END;
