WITH due AS (
    DELETE FROM channels_simulatedevent
     WHERE id = ANY(ARRAY(SELECT id FROM channels_simulatedevent
                           WHERE channel_id = %(channel)s AND due_at <= %(now)s
                           ORDER BY due_at, id LIMIT %(limit)s FOR UPDATE SKIP LOCKED))
    RETURNING id, kind, payload, due_at
), written AS (
    INSERT INTO channels_simulatedreply (channel_id, key, phone, text, quoted_ref, at, delivered_at)
    SELECT DISTINCT ON (payload->>'key') %(channel)s, payload->>'key', payload->>'phone',
           payload->>'text', payload->>'quoted_ref', due_at, %(now)s
      FROM due WHERE kind = 'message'
    ON CONFLICT (channel_id, key) DO UPDATE SET delivered_at = excluded.delivered_at
)
INSERT INTO channels_rawevent
       (channel_id, kind, dedupe_key, payload, occurred_at, received_at, attempts, error)
SELECT %(channel)s, kind, payload->>'key', payload, due_at, %(now)s, 0, ''
  FROM due ORDER BY due_at, id
ON CONFLICT (channel_id, dedupe_key) WHERE dedupe_key IS NOT NULL DO NOTHING
