-- One heartbeat of a process. Null counts: they have not changed since the last heartbeat.
INSERT INTO operations_process (name, kind, host, version, started_at, beat_at, counts)
VALUES (%(name)s, %(kind)s, %(host)s, %(version)s, clock_timestamp(), clock_timestamp(),
        coalesce(%(counts)s::jsonb, '[]'))
ON CONFLICT (name) DO UPDATE
SET beat_at = clock_timestamp(), ended_at = NULL, counts = coalesce(%(counts)s::jsonb, operations_process.counts)
