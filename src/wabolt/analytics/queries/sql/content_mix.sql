-- Messages of broadcasts and journeys that went out, by month of the shop (%(by_month)s) or all together.
WITH origins AS (
    SELECT 'broadcast' AS kind, id FROM broadcasts_broadcast
     WHERE workspace_id = %(workspace)s AND started_at < %(until)s
       AND (finished_at IS NULL OR finished_at >= %(since)s)
     UNION ALL
    SELECT 'journey', s.id FROM journeys_journeystep s JOIN journeys_journey j ON j.id = s.journey_id
     WHERE j.workspace_id = %(workspace)s AND s.kind = 'send'
), people AS (
    SELECT CASE WHEN %(by_month)s THEN date_trunc('month', m.sent_at AT TIME ZONE %(timezone)s)::date END AS month,
           m.contact_id,
           count(*) FILTER (WHERE x.content_class = 'value') AS useful,
           count(*) FILTER (WHERE x.content_class = 'promotion') AS promotions
      FROM origins o
      JOIN messaging_message m
        ON m.origin_kind = o.kind AND m.origin_id = o.id AND m.state IN ('sent', 'delivered', 'read')
      JOIN messaging_messagecontent x ON x.id = m.content_id
     WHERE m.workspace_id = %(workspace)s AND m.sent_at >= %(since)s AND m.sent_at < %(until)s
     GROUP BY 1, 2
)
SELECT sum(useful)::bigint, sum(promotions)::bigint, count(*),
       avg(promotions::float8 / (useful + promotions)), avg(useful::float8), avg(promotions::float8), month
  FROM people GROUP BY month ORDER BY month
