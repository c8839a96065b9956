INSERT INTO webhooks (id, client_id, url, events, sealed_headers, sealed_secret, enabled, created_at)
    VALUES ('whk_01ARZ3NDEKTSV4RRFFQ69G5FA1', 'acme', 'https://example.com/hook', '["message.*"]',
        'cm93cy1vZi0wMDNoBBN7Z0p19iqNuobS9Kkcnt/jhOiRWyJaVpEqc7r5xlSXQifUmc9sECSIkb8u',
        'cm93cy1vZi0wMDAzB1UcW5s7MnLreG3GP20rjEysCh1B6uPegyAUCjiHUQYiYYGHrhpf3SzNcRE=', 1, 1500);
INSERT INTO webhook_deliveries (webhook_id, event_id, session_id, state, since, attempts, tries, first_try_at, next_attempt_at, last_status, last_failure)
    VALUES ('whk_01ARZ3NDEKTSV4RRFFQ69G5FA1', 'evt_01ARZ3NDEKTSV4RRFFQ69G5F02', 'support', 'pending', 3900, 1, 1, 3950, 8950, 500, 'status');
INSERT INTO webhook_attempts (webhook_id, event_id, number, at, status, failure_code, failure_detail, ms)
    VALUES ('whk_01ARZ3NDEKTSV4RRFFQ69G5FA1', 'evt_01ARZ3NDEKTSV4RRFFQ69G5F02', 1, 3950, 500, 'status', 'it answered 500', 12);
