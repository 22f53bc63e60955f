-- Frozen: a landed migration is never changed; the next one gets the next number.
-- Clients that work without network: who they are, what they delivered and what was answered.

-- key: Ed25519. applied: the number of the last operation that was carried out or refused.
CREATE TABLE device (
    id      BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    person  TEXT COLLATE "C" NOT NULL,
    name    TEXT NOT NULL,
    key     BYTEA NOT NULL CHECK (length(key) = 32),
    session BYTEA NOT NULL CHECK (length(session) = 16),
    applied BIGINT NOT NULL CHECK (applied >= 0),
    made_at BIGINT NOT NULL,
    seen_at BIGINT NOT NULL
);

CREATE UNIQUE INDEX device_by_session ON device (session);
CREATE INDEX device_by_person ON device (person, made_at);

-- refused: a code; none for what was carried out. Kept until the device has the answer.
CREATE TABLE delivery (
    device   BYTEA NOT NULL REFERENCES device (id),
    sequence BIGINT NOT NULL CHECK (sequence > 0),
    id       BYTEA NOT NULL CHECK (length(id) = 16),
    request  BYTEA NOT NULL CHECK (length(request) = 32),
    refused  TEXT,
    reason   TEXT,
    made_at  BIGINT NOT NULL,
    PRIMARY KEY (device, sequence)
);

-- When somebody asked for the points back.
ALTER TABLE lease ADD COLUMN called_at BIGINT;

-- The device whose spooler holds it.
ALTER TABLE document ADD COLUMN device BYTEA;
