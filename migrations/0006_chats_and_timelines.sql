-- The conversations of a session, kept in the commit that writes their messages. A person has one, whichever of the two
-- names a message came under: the messages of a LID move to the phone number once it is known.
CREATE TABLE chats (
    session_id   TEXT NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    chat_id      TEXT NOT NULL,
    phone        TEXT,
    lid          TEXT,
    name         TEXT,
    -- None for a group of which only the name is known; it is not shown.
    last_message TEXT,
    PRIMARY KEY (session_id, chat_id)
);

CREATE INDEX chats_by_activity ON chats (session_id, last_message);
CREATE INDEX chats_by_lid ON chats (session_id, lid, last_message);
CREATE INDEX messages_by_chat ON messages (session_id, chat_id, id);

-- From here on it is about what was kept before, and in SQLite's own words: json_extract, and a column beside MAX(id)
-- that is of the row with that id. First the messages of LIDs whose number came later move. A twin under the number
-- stays where it is.
CREATE TABLE known_lids AS
    SELECT session_id, chat_lid AS lid, chat_phone AS phone, MAX(id) AS id FROM messages
    WHERE chat_lid IS NOT NULL AND chat_phone IS NOT NULL GROUP BY session_id, chat_lid;

CREATE INDEX known_lids_by_lid ON known_lids (session_id, lid);

UPDATE messages SET
    chat_id = (SELECT phone || '@c.us' FROM known_lids AS known WHERE known.session_id = messages.session_id AND known.lid = chat_lid),
    chat_phone = (SELECT phone FROM known_lids AS known WHERE known.session_id = messages.session_id AND known.lid = chat_lid)
    WHERE chat_id = chat_lid || '@lid'
    AND EXISTS (SELECT 1 FROM known_lids AS known WHERE known.session_id = messages.session_id AND known.lid = chat_lid)
    AND NOT EXISTS (SELECT 1 FROM known_lids AS known JOIN messages AS twin
        ON twin.session_id = known.session_id AND twin.chat_id = known.phone || '@c.us'
        WHERE known.session_id = messages.session_id AND known.lid = messages.chat_lid
        AND twin.sender_id = messages.sender_id AND twin.wa_id = messages.wa_id);

DROP TABLE known_lids;

INSERT INTO chats (session_id, chat_id, phone, lid, name, last_message)
    SELECT session_id, chat_id, MAX(chat_phone),
        (SELECT chat_lid FROM messages AS one WHERE one.session_id = messages.session_id AND one.chat_id = messages.chat_id
            AND chat_lid IS NOT NULL ORDER BY id DESC LIMIT 1),
        (SELECT sender_name FROM messages AS one WHERE one.session_id = messages.session_id AND one.chat_id = messages.chat_id
            AND direction = 'in' AND sender_name IS NOT NULL AND (chat_phone IS NOT NULL OR chat_lid IS NOT NULL) ORDER BY id DESC LIMIT 1),
        MAX(id)
    FROM messages GROUP BY session_id, chat_id;

-- Groups have the name that was told last, whether or not anybody has written there yet.
INSERT INTO chats (session_id, chat_id, name)
    SELECT session_id, group_id, name FROM (
        SELECT session_id, json_extract(body, '$.groupId') AS group_id, json_extract(body, '$.value') AS name, MAX(id) FROM events
        WHERE type = 'group.updated' AND json_extract(body, '$.change') IN ('created', 'subject') GROUP BY session_id, json_extract(body, '$.groupId'))
    WHERE session_id IN (SELECT id FROM sessions)
    ON CONFLICT (session_id, chat_id) DO UPDATE SET name = excluded.name;

-- Which message an event is about, so that all that became of one can be found.
ALTER TABLE events ADD COLUMN message_id TEXT;

UPDATE events SET message_id = json_extract(body, '$.id') WHERE type IN ('message.received', 'message.sent');
UPDATE events SET message_id = json_extract(body, '$.messageId')
    WHERE type IN ('message.state', 'message.reaction', 'message.edited', 'message.revoked');

CREATE INDEX events_by_message ON events (message_id, id) WHERE message_id IS NOT NULL;
