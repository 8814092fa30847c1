WITH RECURSIVE probe (low, high) AS (
    SELECT min(id), max(id) + 1 FROM messaging_message
    UNION ALL
    SELECT CASE WHEN m.created_at < %(since)s THEN m.id + 1 ELSE b.low END,
           CASE WHEN m.created_at < %(since)s THEN b.high ELSE (b.low + b.high) / 2 END
      FROM probe b CROSS JOIN LATERAL (
           SELECT id, created_at FROM messaging_message WHERE id >= (b.low + b.high) / 2 ORDER BY id LIMIT 1) m
     WHERE b.low < b.high
), conversation AS (
    SELECT channel_id, contact_id,
           min(id) FILTER (
               WHERE direction = 'outbound' AND state IN ('sent', 'delivered', 'read', 'unknown')) AS ours,
           min(id) FILTER (WHERE direction = 'inbound') AS theirs,
           max(id) FILTER (WHERE direction = 'inbound') AS last
      FROM messaging_message
     WHERE id >= (SELECT max(low) FROM probe) AND channel_id = ANY(%(channels)s) AND workspace_id = %(workspace)s
     GROUP BY channel_id, contact_id
), begun AS (
    SELECT channel_id, contact_id, ours, last, theirs IS NULL OR ours < theirs AS by_us
      FROM conversation WHERE ours IS NOT NULL
)
SELECT channel_id, count(*), count(*) FILTER (WHERE by_us), count(*) FILTER (WHERE by_us AND last > ours),
       count(*) FILTER (WHERE by_us AND NOT EXISTS (
           SELECT FROM messaging_message e
            WHERE e.contact_id = b.contact_id AND e.id < b.ours AND e.channel_id = b.channel_id
              AND (e.direction = 'inbound' OR e.state IN ('sent', 'delivered', 'read', 'unknown'))))
  FROM begun b GROUP BY channel_id
