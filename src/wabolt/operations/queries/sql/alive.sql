-- Whether a gateway, a consumer and a worker are alive on any machine, by the clock of the database. A heartbeat in the
-- future dates from before that clock was set back. A living process beats again within 5 s.
SELECT EXISTS (SELECT 1 FROM operations_process WHERE kind = 'gateway' AND ended_at IS NULL
                  AND beat_at BETWEEN clock_timestamp() - make_interval(secs => %(stale)s) AND clock_timestamp()),
       EXISTS (SELECT 1 FROM operations_process WHERE kind = 'consumer' AND ended_at IS NULL
                  AND beat_at BETWEEN clock_timestamp() - make_interval(secs => %(stale)s) AND clock_timestamp()),
       EXISTS (SELECT 1 FROM procrastinate_workers
                WHERE last_heartbeat BETWEEN clock_timestamp() - make_interval(secs => %(stale)s) AND clock_timestamp())
