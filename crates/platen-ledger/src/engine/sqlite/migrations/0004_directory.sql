-- Frozen: a landed migration is never changed; the next one gets the next number.
-- What administrators look for: people by what is written of them, an account's open documents.

CREATE INDEX person_by_search ON person (search);
CREATE INDEX document_on_account ON document (account) WHERE open = 1;
