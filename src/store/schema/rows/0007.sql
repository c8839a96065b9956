INSERT INTO pairing_links (session_id, token_hash, locale, expires_at) VALUES ('support', 'krgO6RhRZMJ9K2NMiBaVXbUPjEqGSLkF4v6zy6qyAfU', 'es', 99000);
