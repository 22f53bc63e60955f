-- Frozen: a landed migration is never changed; the next one gets the next number.
-- What the central server keeps beside the ledger: sessions, single-use tickets, credentials of other
-- programs, the audit log, addresses for web push, the content of uploaded documents.

-- search: name and login, folded, for administrators. groups: JSON, as the provider said last.
ALTER TABLE person ADD COLUMN search TEXT COLLATE "C" NOT NULL DEFAULT '';
ALTER TABLE person ADD COLUMN groups TEXT NOT NULL DEFAULT '[]';
ALTER TABLE person ADD COLUMN seen_at BIGINT;

-- digest: SHA-256 of the secret in the cookie. logout: what the provider wants to see at sign-out.
-- search: name, login and device, folded.
CREATE TABLE session (
    digest        BYTEA NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    id            BYTEA NOT NULL CHECK (length(id) = 16),
    kind          TEXT COLLATE "C" NOT NULL,
    person        TEXT COLLATE "C" NOT NULL,
    login         TEXT COLLATE "C" NOT NULL,
    name          TEXT NOT NULL,
    groups        TEXT NOT NULL,
    administrator BIGINT NOT NULL CHECK (administrator IN (0, 1)),
    device        TEXT NOT NULL,
    address       TEXT NOT NULL,
    logout        TEXT,
    search        TEXT COLLATE "C" NOT NULL,
    made_at       BIGINT NOT NULL,
    seen_at       BIGINT NOT NULL,
    expires_at    BIGINT NOT NULL,
    ended_at      BIGINT
);

CREATE INDEX session_by_id ON session (id);
CREATE INDEX session_by_person ON session (person, made_at);
CREATE INDEX session_by_time ON session (made_at, id);
CREATE INDEX session_by_end ON session (expires_at);

-- What a link or a sign-in under way stands for, until it is taken.
CREATE TABLE ticket (
    digest     BYTEA NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    purpose    TEXT COLLATE "C" NOT NULL,
    payload    TEXT NOT NULL,
    expires_at BIGINT NOT NULL,
    taken_at   BIGINT
);

CREATE INDEX ticket_by_end ON ticket (expires_at);

-- secret: SHA-256 of 256 random bits, so that no slow hash is needed.
CREATE TABLE credential (
    id         BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    name       TEXT NOT NULL,
    secret     BYTEA NOT NULL CHECK (length(secret) = 32),
    scopes     TEXT NOT NULL,
    made_by    TEXT NOT NULL,
    made_at    BIGINT NOT NULL,
    used_at    BIGINT,
    revoked_at BIGINT
);

-- search: everything but the time, folded.
CREATE TABLE audit (
    id      BYTEA NOT NULL PRIMARY KEY CHECK (length(id) = 16),
    made_at BIGINT NOT NULL,
    actor   TEXT COLLATE "C" NOT NULL,
    name    TEXT NOT NULL,
    address TEXT NOT NULL,
    action  TEXT NOT NULL,
    subject TEXT NOT NULL,
    detail  TEXT NOT NULL,
    search  TEXT COLLATE "C" NOT NULL
);

CREATE INDEX audit_by_time ON audit (made_at, id);

CREATE FUNCTION audit_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the audit log is append-only';
END
$$;

CREATE TRIGGER audit_is_never_changed BEFORE UPDATE OR DELETE OR TRUNCATE ON audit
    FOR EACH STATEMENT EXECUTE FUNCTION audit_is_append_only();

-- digest: SHA-256 of the endpoint.
CREATE TABLE push (
    digest   BYTEA NOT NULL PRIMARY KEY CHECK (length(digest) = 32),
    person   TEXT COLLATE "C" NOT NULL,
    endpoint TEXT NOT NULL,
    key      BYTEA NOT NULL,
    auth     BYTEA NOT NULL,
    language TEXT NOT NULL,
    made_at  BIGINT NOT NULL,
    gone_at  BIGINT
);

CREATE INDEX push_by_person ON push (person);

-- A document's bytes, in parts, so that none has to be in memory as a whole.
CREATE TABLE content (
    document BYTEA NOT NULL CHECK (length(document) = 16),
    part     BIGINT NOT NULL CHECK (part >= 0),
    bytes    BYTEA NOT NULL,
    made_at  BIGINT NOT NULL,
    PRIMARY KEY (document, part)
);

-- Keys of the site, such as the one that signs tokens.
CREATE TABLE secret (
    name  TEXT COLLATE "C" NOT NULL PRIMARY KEY,
    value BYTEA NOT NULL
);

-- Time grows with the table, near enough for ranges of blocks.
CREATE INDEX activity_by_time ON activity USING brin (made_at);
