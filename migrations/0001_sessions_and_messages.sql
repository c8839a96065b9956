-- Times are milliseconds since the Unix epoch. The SQL is kept to what SQLite and PostgreSQL share.

CREATE TABLE settings (
    name  TEXT PRIMARY KEY NOT NULL,
    value TEXT NOT NULL
);

CREATE TABLE sessions (
    id               TEXT PRIMARY KEY NOT NULL,
    client_id        TEXT NOT NULL,
    name             TEXT,
    store_key        TEXT NOT NULL UNIQUE,
    desired          TEXT NOT NULL,
    state            TEXT NOT NULL,
    cause_code       TEXT,
    cause_detail     TEXT,
    cause_until      BIGINT,
    since            BIGINT NOT NULL,
    phone            TEXT,
    lid              TEXT,
    push_name        TEXT,
    last_activity_at BIGINT,
    restarts         BIGINT NOT NULL DEFAULT 0,
    created_at       BIGINT NOT NULL
);

-- Key files whose session or pairing is gone: removed from disk first, from this list then.
CREATE TABLE orphaned_files (
    store_key TEXT PRIMARY KEY NOT NULL
);

CREATE TABLE messages (
    id               TEXT PRIMARY KEY NOT NULL,
    session_id       TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    client_id        TEXT NOT NULL,
    wa_id            TEXT NOT NULL,
    chat_id          TEXT NOT NULL,
    chat_phone       TEXT,
    chat_lid         TEXT,
    sender_id        TEXT NOT NULL,
    sender_phone     TEXT,
    sender_lid       TEXT,
    sender_name      TEXT,
    direction        TEXT NOT NULL,
    kind             TEXT NOT NULL,
    body             TEXT,
    state            TEXT,
    state_rank       BIGINT NOT NULL DEFAULT 0,
    failure_code     TEXT,
    failure_detail   TEXT,
    failure_retryable BIGINT NOT NULL DEFAULT 0,
    at               BIGINT NOT NULL,
    -- The same message can reach us twice; WhatsApp's ids are unique within chat and sender.
    UNIQUE (session_id, chat_id, sender_id, wa_id)
);

CREATE INDEX messages_by_session ON messages (session_id, id);
CREATE INDEX messages_by_wa_id ON messages (session_id, wa_id);

CREATE TABLE message_states (
    message_id TEXT NOT NULL REFERENCES messages (id) ON DELETE CASCADE,
    state      TEXT NOT NULL,
    state_rank BIGINT NOT NULL,
    at         BIGINT NOT NULL,
    PRIMARY KEY (message_id, state)
);
