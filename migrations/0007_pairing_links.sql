-- What opens the linking of one session to whoever has the token. Of the token only the SHA-256 is here, in base64url.
CREATE TABLE pairing_links (
    session_id  TEXT PRIMARY KEY NOT NULL REFERENCES sessions (id) ON DELETE CASCADE,
    token_hash  TEXT NOT NULL UNIQUE,
    locale      TEXT,
    return_url  TEXT,
    expires_at  BIGINT NOT NULL,
    -- When the session became connected while the link was good.
    used_at     BIGINT
);
