-- The outbox is the messages that are queued or on their way; nothing is sent that is not here.
ALTER TABLE messages ADD COLUMN expires_at BIGINT;

CREATE INDEX messages_waiting ON messages (session_id, id) WHERE state IN ('queued', 'sending');

-- How far each recipient of a group's message is.
CREATE TABLE message_recipients (
    message_id      TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    recipient_id    TEXT NOT NULL,
    recipient_phone TEXT,
    recipient_lid   TEXT,
    state           TEXT NOT NULL,
    at              BIGINT NOT NULL,
    PRIMARY KEY (message_id, recipient_id, state)
);

-- Every fact, in the order of its id. A session's events are numbered without a gap, also beyond its deletion: the
-- counter stays, so that a session that is made again under the same id goes on counting.
CREATE TABLE events (
    id         TEXT PRIMARY KEY NOT NULL,
    session_id TEXT NOT NULL,
    client_id  TEXT NOT NULL,
    seq        BIGINT NOT NULL,
    type       TEXT NOT NULL,
    at         BIGINT NOT NULL,
    body       TEXT NOT NULL,
    UNIQUE (session_id, seq)
);

CREATE INDEX events_by_client ON events (client_id, id);
CREATE INDEX events_by_session ON events (session_id, id);

CREATE TABLE event_counters (
    session_id TEXT PRIMARY KEY NOT NULL,
    seq        BIGINT NOT NULL
);

-- Requests that carry an Idempotency-Key. What one made is noted in the same step that makes it; without an answer it
-- is being worked on, or the daemon ended meanwhile.
CREATE TABLE idempotency_keys (
    scope       TEXT NOT NULL,
    name        TEXT NOT NULL,
    fingerprint TEXT NOT NULL,
    made        TEXT,
    answer      TEXT,
    at          BIGINT NOT NULL,
    PRIMARY KEY (scope, name)
);

CREATE INDEX idempotency_keys_by_age ON idempotency_keys (at);
