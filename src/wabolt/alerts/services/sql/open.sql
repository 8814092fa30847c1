-- Opens alerts of one kind. An open alert about the same thing keeps its row and takes the new facts. An alert that
-- opens soon after the announcement of an earlier one about the same thing is announced after the cooldown. It begins
-- now at the latest: the earlier announcement may have the time of a clock that was ahead. An announcement that reached
-- no member, because none had connected a channel, starts no cooldown.
INSERT INTO alerts_alert (workspace_id, kind, subject, data, opened_at, announce_at)
SELECT w, %(kind)s, s, d::jsonb, %(now)s,
       GREATEST(
           %(now)s + %(grace)s * interval '1 second',
           (SELECT max(LEAST(a.announced_at, %(now)s)) + %(cooldown)s * interval '1 second' FROM alerts_alert a
             WHERE a.workspace_id = w AND a.kind = %(kind)s AND a.subject = s AND a.announced_at IS NOT NULL
               AND EXISTS (SELECT FROM alerts_delivery d WHERE d.alert_id = a.id))
       )
  FROM unnest(%(workspaces)s::bigint[], %(subjects)s::text[], %(data)s::text[]) AS given (w, s, d)
    ON CONFLICT (workspace_id, kind, subject) WHERE resolved_at IS NULL
    DO UPDATE SET data = EXCLUDED.data WHERE alerts_alert.data <> EXCLUDED.data
RETURNING xmax = 0
