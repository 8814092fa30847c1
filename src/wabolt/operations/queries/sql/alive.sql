-- Whether a gateway, a consumer and a worker are alive on any machine, by the clock of the database. A heartbeat that is
-- later than now is older than the moment at which that clock was set back; a living process beats again within 5 s.
SELECT EXISTS (SELECT 1 FROM operations_process WHERE kind = 'gateway' AND ended_at IS NULL
                  AND beat_at BETWEEN clock_timestamp() - make_interval(secs => %(stale)s) AND clock_timestamp()),
       EXISTS (SELECT 1 FROM operations_process WHERE kind = 'consumer' AND ended_at IS NULL
                  AND beat_at BETWEEN clock_timestamp() - make_interval(secs => %(stale)s) AND clock_timestamp()),
       EXISTS (SELECT 1 FROM procrastinate_workers
                WHERE last_heartbeat BETWEEN clock_timestamp() - make_interval(secs => %(stale)s) AND clock_timestamp())
