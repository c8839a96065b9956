-- What became of a message after it was written.
ALTER TABLE messages ADD COLUMN edited_at BIGINT;
ALTER TABLE messages ADD COLUMN revoked_at BIGINT;

-- Reactions, edits and revocations that were told, so that a twin tells nothing again. Their ids are unique within
-- chat and sender, as those of messages.
CREATE TABLE message_changes (
    session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    wa_id        TEXT NOT NULL,
    chat_id      TEXT NOT NULL,
    chat_phone   TEXT,
    chat_lid     TEXT,
    sender_id    TEXT NOT NULL,
    sender_phone TEXT,
    sender_lid   TEXT,
    UNIQUE (session_id, wa_id, chat_id, sender_id)
);
