INSERT INTO messages (id, session_id, client_id, wa_id, chat_id, chat_phone, sender_id, sender_phone, direction, kind, body, state, state_rank, at, expires_at)
    VALUES ('msg_01ARZ3NDEKTSV4RRFFQ69G5F03', 'support', 'acme', '3EB03', '5511900000003@c.us', '5511900000003', '5511900000001@c.us',
        '5511900000001', 'out', 'text', 'On its way', 'queued', 0, 4000, 90000);
INSERT INTO message_states (message_id, state, state_rank, at) VALUES ('msg_01ARZ3NDEKTSV4RRFFQ69G5F03', 'queued', 0, 4000);
INSERT INTO message_recipients (message_id, recipient_id, recipient_phone, state, at)
    VALUES ('msg_01ARZ3NDEKTSV4RRFFQ69G5F02', '5511900000003@c.us', '5511900000003', 'delivered', 3900);
INSERT INTO events (id, session_id, client_id, seq, type, at, body) VALUES
    ('evt_01ARZ3NDEKTSV4RRFFQ69G5F01', 'support', 'acme', 1, 'message.received', 2000, '{"id":"msg_01ARZ3NDEKTSV4RRFFQ69G5F01","text":"Hi"}'),
    ('evt_01ARZ3NDEKTSV4RRFFQ69G5F02', 'support', 'acme', 2, 'message.state', 3900, '{"messageId":"msg_01ARZ3NDEKTSV4RRFFQ69G5F02","state":"delivered"}');
INSERT INTO event_counters (session_id, seq) VALUES ('support', 2), ('deleted', 7);
INSERT INTO idempotency_keys (scope, name, fingerprint, made, answer, at) VALUES ('send', 'order-1', 'f', 'msg_01ARZ3NDEKTSV4RRFFQ69G5F03', '{}', 4000);
