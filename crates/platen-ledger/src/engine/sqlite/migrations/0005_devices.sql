-- Frozen: a landed migration is never changed; the next one gets the next number.
-- Clients that work without network: who they are, what they delivered and what was answered.

-- key: Ed25519. applied: the number of the last operation that was carried out or refused.
CREATE TABLE device (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person  TEXT NOT NULL,
    name    TEXT NOT NULL,
    key     BLOB NOT NULL CHECK (length(key) = 32),
    session BLOB NOT NULL CHECK (length(session) = 16),
    applied INTEGER NOT NULL CHECK (applied >= 0),
    made_at INTEGER NOT NULL,
    seen_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;

CREATE UNIQUE INDEX device_by_session ON device (session);
CREATE INDEX device_by_person ON device (person, made_at);

-- refused: a code; none for what was carried out. Kept until the device has the answer.
CREATE TABLE delivery (
    device   BLOB NOT NULL REFERENCES device (id),
    sequence INTEGER NOT NULL CHECK (sequence > 0),
    id       BLOB NOT NULL CHECK (length(id) = 16),
    request  BLOB NOT NULL CHECK (length(request) = 32),
    refused  TEXT,
    reason   TEXT,
    made_at  INTEGER NOT NULL,
    PRIMARY KEY (device, sequence)
) STRICT, WITHOUT ROWID;

-- When somebody asked for the points back.
ALTER TABLE lease ADD COLUMN called_at INTEGER;

-- The device whose spooler holds it.
ALTER TABLE document ADD COLUMN device BLOB;
