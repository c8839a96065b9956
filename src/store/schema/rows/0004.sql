UPDATE messages SET edited_at = 5000, body = 'Hi there' WHERE id = 'msg_01ARZ3NDEKTSV4RRFFQ69G5F01';
INSERT INTO message_changes (session_id, wa_id, chat_id, chat_phone, sender_id, sender_phone)
    VALUES ('support', '3A99', '5511900000003@c.us', '5511900000003', '5511900000003@c.us', '5511900000003');
