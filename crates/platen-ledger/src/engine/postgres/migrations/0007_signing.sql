-- Frozen: a landed migration is never changed; the next one gets the next number.
-- What the server signs for devices names the user at their print system and the gate of their computer.

-- login: as the print system knows the user; empty: not told. gate: Ed25519; none: there is none.
ALTER TABLE device ADD COLUMN login TEXT NOT NULL DEFAULT '';
ALTER TABLE device ADD COLUMN gate BYTEA CHECK (length(gate) = 32);

-- The gate that counts what is drawn: of the device, as it was when the lease was granted.
ALTER TABLE lease ADD COLUMN gate BYTEA CHECK (length(gate) = 32);

-- Finds what somebody returned before its end, of which a gate may still think that it lasts.
CREATE INDEX lease_returned ON lease (person, expires_at) WHERE state = 'returned';
