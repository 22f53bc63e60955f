-- Frozen: a landed migration is never changed; the next one gets the next number.
-- What the central server keeps beside the ledger: sessions, single-use tickets, credentials of other
-- programs, the audit log, addresses for web push, the content of uploaded documents.

-- search: name and login, folded, for administrators. groups: JSON, as the provider said last.
ALTER TABLE person ADD COLUMN search TEXT NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE person ADD COLUMN seen_at INTEGER;

-- digest: SHA-256 of the secret in the cookie. logout: what the provider wants to see at sign-out.
-- search: name, login and device, folded.
CREATE TABLE session (
    digest        BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    id            BLOB NOT NULL CHECK (length(id) = 16),
    kind          TEXT NOT NULL,
    person        TEXT NOT NULL,
    login         TEXT NOT NULL,
    name          TEXT NOT NULL,
    groups        TEXT NOT NULL,
    administrator INTEGER NOT NULL CHECK (administrator IN (0, 1)),
    device        TEXT NOT NULL,
    address       TEXT NOT NULL,
    logout        TEXT,
    search        TEXT NOT NULL,
    made_at       INTEGER NOT NULL,
    seen_at       INTEGER NOT NULL,
    expires_at    INTEGER NOT NULL,
    ended_at      INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX session_by_id ON session (id);
CREATE INDEX session_by_person ON session (person, made_at);
CREATE INDEX session_by_time ON session (made_at, id);
CREATE INDEX session_by_end ON session (expires_at);

-- What a link or a sign-in under way stands for, until it is taken.
CREATE TABLE ticket (
    digest     BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    purpose    TEXT NOT NULL,
    payload    TEXT NOT NULL,
    expires_at INTEGER NOT NULL,
    taken_at   INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX ticket_by_end ON ticket (expires_at);

-- secret: SHA-256 of 256 random bits, so that no slow hash is needed.
CREATE TABLE credential (
    id         BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL,
    secret     BLOB NOT NULL CHECK (length(secret) = 32),
    scopes     TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    made_at    INTEGER NOT NULL,
    used_at    INTEGER,
    revoked_at INTEGER
) STRICT, WITHOUT ROWID;

-- search: everything but the time, folded.
CREATE TABLE audit (
    id      BLOB NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    made_at INTEGER NOT NULL,
    actor   TEXT NOT NULL,
    name    TEXT NOT NULL,
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    search  TEXT NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX audit_by_time ON audit (made_at, id);

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;
CREATE TRIGGER audit_is_never_removed BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;

-- digest: SHA-256 of the endpoint.
CREATE TABLE push (
    digest   BLOB NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    person   TEXT NOT NULL,
    endpoint TEXT NOT NULL,
    key      BLOB NOT NULL,
    auth     BLOB NOT NULL,
    language TEXT NOT NULL,
    made_at  INTEGER NOT NULL,
    gone_at  INTEGER
) STRICT, WITHOUT ROWID;

CREATE INDEX push_by_person ON push (person);

-- A document's bytes, in parts, so that none has to be in memory as a whole.
CREATE TABLE content (
    document BLOB NOT NULL CHECK (length(document) = 16),
    part     INTEGER NOT NULL CHECK (part >= 0),
    bytes    BLOB NOT NULL,
    made_at  INTEGER NOT NULL,
    PRIMARY KEY (document, part)
) STRICT;

-- Keys of the site, such as the one that signs tokens.
CREATE TABLE secret (
    name  TEXT NOT NULL PRIMARY KEY,
    value BLOB NOT NULL
) STRICT, WITHOUT ROWID;

CREATE INDEX activity_by_time ON activity (made_at);
