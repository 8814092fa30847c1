-- Whether a gateway, a consumer and a worker are alive on any machine, by the clock of the database.
SELECT EXISTS (SELECT 1 FROM operations_process WHERE kind = 'gateway' AND ended_at IS NULL
                  AND beat_at > clock_timestamp() - make_interval(secs => %(stale)s)),
       EXISTS (SELECT 1 FROM operations_process WHERE kind = 'consumer' AND ended_at IS NULL
                  AND beat_at > clock_timestamp() - make_interval(secs => %(stale)s)),
       EXISTS (SELECT 1 FROM procrastinate_workers
                WHERE last_heartbeat > clock_timestamp() - make_interval(secs => %(stale)s))
