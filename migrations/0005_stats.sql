-- How long a message took from the outbox to WhatsApp's server and to the recipient, in milliseconds; none for those
-- that never were in the outbox. They stand here so that figures about many messages are read from one index.
ALTER TABLE messages ADD COLUMN sent_ms BIGINT;
ALTER TABLE messages ADD COLUMN delivered_ms BIGINT;

UPDATE messages SET
    sent_ms = (SELECT step.at - queued.at FROM message_states AS step JOIN message_states AS queued ON queued.message_id = step.message_id
        WHERE step.message_id = messages.id AND step.state = 'sent' AND queued.state = 'queued'),
    delivered_ms = (SELECT step.at - queued.at FROM message_states AS step JOIN message_states AS queued ON queued.message_id = step.message_id
        WHERE step.message_id = messages.id AND step.state = 'delivered' AND queued.state = 'queued')
    WHERE direction = 'out';

CREATE INDEX messages_by_time ON messages (at, client_id, direction, state_rank, sent_ms, delivered_ms);

-- What says in which state a session was.
CREATE INDEX events_of_states ON events (session_id, id, at) WHERE type LIKE 'session.%' AND type <> 'session.qr';
