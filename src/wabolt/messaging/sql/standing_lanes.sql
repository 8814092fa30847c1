-- Numbers with messages that should have left by now: replies older than %(late)s, or promotions older than that while
-- no batch of promotions was claimed since (next_send_at is set with each batch). Pauses, numbers that are unlinked or
-- banned, and a wait that the vendor asked for are no standstill.
SELECT c.workspace_id, c.id, c.name, w.count
  FROM channels_channel c
  LEFT JOIN messaging_lane l ON l.channel_id = c.id
 CROSS JOIN LATERAL (
       SELECT count(*) AS count FROM (
              (SELECT FROM messaging_message m
                WHERE m.channel_id = c.id AND m.state = 'queued' AND m.not_before IS NULL
                  AND m.purpose = 'service' AND m.priority < 2 AND m.created_at < %(late)s
                LIMIT %(most)s + 1)
               UNION ALL
              (SELECT FROM messaging_message m
                WHERE m.channel_id = c.id AND m.state = 'queued' AND m.not_before IS NULL
                  AND (m.purpose <> 'service' OR m.priority >= 2) AND m.created_at < %(late)s
                  AND l.next_send_at < %(late)s
                  AND NOT EXISTS (SELECT FROM messaging_pausedorigin p
                                   WHERE p.origin_kind = m.origin_kind AND p.origin_id = m.origin_id)
                LIMIT %(most)s + 1)) AS late) w
 WHERE c.archived_at IS NULL AND c.state NOT IN ('new', 'logged_out', 'banned') AND w.count > 0
   AND (l.paused_at IS NULL OR l.resume_at <= %(late)s)
   AND (l.retry_at IS NULL OR l.retry_at <= %(late)s)
