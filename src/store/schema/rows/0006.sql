INSERT INTO chats (session_id, chat_id, name) VALUES ('support', '120363000000000000@g.us', 'Garden');
