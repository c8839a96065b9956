UPDATE messages SET sent_ms = 200, delivered_ms = 900 WHERE id = 'msg_01ARZ3NDEKTSV4RRFFQ69G5F02';
