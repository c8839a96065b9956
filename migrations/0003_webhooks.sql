-- Whom to tell of events. Without a client: everybody's; without a session: all of the client's. What is sealed can be
-- read with `secret.key` alone.
CREATE TABLE webhooks (
    id                    TEXT PRIMARY KEY NOT NULL,
    client_id             TEXT,
    session_id            TEXT,
    url                   TEXT NOT NULL,
    events                TEXT NOT NULL,
    sealed_headers        TEXT NOT NULL,
    sealed_secret         TEXT NOT NULL,
    sealed_previous       TEXT,
    previous_until        BIGINT,
    enabled               BIGINT NOT NULL,
    disabled_reason       TEXT,
    created_at            BIGINT NOT NULL,
    secret_rotated_at     BIGINT,
    last_success_at       BIGINT,
    last_failure_at       BIGINT
);

CREATE INDEX webhooks_by_client ON webhooks (client_id, id);

-- One event on its way to one webhook, written in the commit that writes the event.
CREATE TABLE webhook_deliveries (
    webhook_id       TEXT NOT NULL REFERENCES webhooks (id) ON DELETE CASCADE,
    event_id         TEXT NOT NULL REFERENCES events (id) ON DELETE CASCADE,
    session_id       TEXT NOT NULL,
    state            TEXT NOT NULL,
    -- Since when it is to be delivered: when the event was written, or it was asked for again.
    since            BIGINT NOT NULL,
    -- All attempts, and those since then.
    attempts         BIGINT NOT NULL DEFAULT 0,
    tries            BIGINT NOT NULL DEFAULT 0,
    first_try_at     BIGINT,
    next_attempt_at  BIGINT,
    last_status      BIGINT,
    last_failure     TEXT,
    PRIMARY KEY (webhook_id, event_id)
);

CREATE INDEX webhook_deliveries_by_event ON webhook_deliveries (event_id);
CREATE INDEX webhook_deliveries_waiting ON webhook_deliveries (webhook_id, session_id, event_id) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (webhook_id, next_attempt_at) WHERE state = 'pending';
CREATE INDEX webhook_deliveries_failed ON webhook_deliveries (webhook_id, event_id) WHERE state = 'failed';

CREATE TABLE webhook_attempts (
    webhook_id     TEXT NOT NULL,
    event_id       TEXT NOT NULL,
    number         BIGINT NOT NULL,
    at             BIGINT NOT NULL,
    status         BIGINT,
    failure_code   TEXT,
    failure_detail TEXT,
    ms             BIGINT NOT NULL,
    excerpt        TEXT,
    PRIMARY KEY (webhook_id, event_id, number),
    FOREIGN KEY (webhook_id, event_id) REFERENCES webhook_deliveries (webhook_id, event_id) ON DELETE CASCADE
);
