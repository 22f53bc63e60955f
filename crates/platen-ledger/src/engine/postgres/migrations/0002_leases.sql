-- Frozen: a landed migration is never changed; the next one gets the next number.
-- Leases, operations by id, versions of accounts, overruns and copies.

ALTER TABLE account ADD COLUMN version BIGINT NOT NULL DEFAULT 1 CHECK (version > 0);

-- asked: what was asked for, of which granted is what the hard limit left.
CREATE TABLE lease (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    account    BYTEA NOT NULL,
    holder     TEXT COLLATE "C" NOT NULL,
    person     TEXT COLLATE "C" NOT NULL,
    device     TEXT COLLATE "C" NOT NULL,
    asked      BIGINT NOT NULL,
    granted    BIGINT NOT NULL CHECK (granted > 0 AND granted <= asked),
    drawn      BIGINT NOT NULL CHECK (drawn >= 0 AND drawn <= granted),
    state      TEXT NOT NULL CHECK (state IN ('open', 'returned', 'expired')),
    expires_at BIGINT NOT NULL,
    made_at    BIGINT NOT NULL,
    changed_at BIGINT NOT NULL
) WITH (fillfactor = 80);

CREATE INDEX lease_open ON lease (expires_at) WHERE state = 'open';

-- What was asked under an id that no row of its own remembers.
CREATE TABLE operation (
    id      BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    request BYTEA NOT NULL CHECK (length(request) = 32),
    answer  TEXT NOT NULL,
    made_at BIGINT NOT NULL
);

-- One index serves a person's open documents and his history.
ALTER TABLE document ADD COLUMN open BIGINT;
UPDATE document SET open = CASE
    WHEN state IN ('submitted', 'unreadable', 'held', 'canceled', 'releasing') THEN 1 ELSE 0 END;
ALTER TABLE document ALTER COLUMN open SET NOT NULL;
DROP INDEX document_by_person;
CREATE INDEX document_by_person ON document (person, open, submitted_at, id);

ALTER TABLE document ADD COLUMN lease BYTEA;
ALTER TABLE document ADD COLUMN overrun BIGINT;

-- A document may have a print and an overrun. That it has one print at most
-- follows from the id, which is the document's.
ALTER TABLE activity
    ADD CHECK (kind = 'print' OR kind = 'overrun' OR document IS NULL),
    ADD CHECK (document IS NOT NULL OR (kind <> 'print' AND kind <> 'overrun')),
    ADD CHECK (kind <> 'print' OR id = document);

CREATE UNIQUE INDEX activity_overrun ON activity (document) WHERE kind = 'overrun';
