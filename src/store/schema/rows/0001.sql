INSERT INTO settings (name, value) VALUES ('auth.api_key', 'a hash');
INSERT INTO sessions (id, client_id, name, store_key, desired, state, since, phone, lid, push_name, created_at)
    VALUES ('support', 'acme', 'Support', '01ARZ3NDEKTSV4RRFFQ69G5FAV', 'running', 'connected', 1000, '5511900000001', '111', 'Ana', 900);
INSERT INTO orphaned_files (store_key) VALUES ('01ARZ3NDEKTSV4RRFFQ69G5FAW');
INSERT INTO messages (id, session_id, client_id, wa_id, chat_id, chat_phone, sender_id, sender_phone, sender_name, direction, kind, body, at)
    VALUES ('msg_01ARZ3NDEKTSV4RRFFQ69G5F01', 'support', 'acme', '3A01', '5511900000003@c.us', '5511900000003', '5511900000003@c.us',
        '5511900000003', 'Eva', 'in', 'text', 'Hi', 2000);
INSERT INTO messages (id, session_id, client_id, wa_id, chat_id, chat_phone, sender_id, sender_phone, direction, kind, body, state, state_rank, at)
    VALUES ('msg_01ARZ3NDEKTSV4RRFFQ69G5F02', 'support', 'acme', '3EB02', '5511900000003@c.us', '5511900000003', '5511900000001@c.us',
        '5511900000001', 'out', 'text', 'Hello', 'delivered', 5, 3000);
INSERT INTO message_states (message_id, state, state_rank, at) VALUES ('msg_01ARZ3NDEKTSV4RRFFQ69G5F02', 'queued', 0, 3000),
    ('msg_01ARZ3NDEKTSV4RRFFQ69G5F02', 'sent', 4, 3200), ('msg_01ARZ3NDEKTSV4RRFFQ69G5F02', 'delivered', 5, 3900);
