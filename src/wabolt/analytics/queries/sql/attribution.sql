-- The definition of attribution for the contacts of {people}, a SELECT of contact ids.
SELECT o.workspace_id, v.origin_kind, v.origin_id, o.id AS order_id, o.contact_id, o.ordered_at, o.total,
       'voucher' AS how
  FROM commerce_order o
 CROSS JOIN LATERAL (
       SELECT v.origin_kind, v.origin_id FROM commerce_voucher v WHERE v.order_id = o.id ORDER BY v.id LIMIT 1
       ) v
 WHERE o.contact_id IN ({people}) AND o.state = 'completed'
   AND CASE v.origin_kind
       WHEN 'broadcast' THEN EXISTS (SELECT FROM broadcasts_broadcast b
                                      WHERE b.id = v.origin_id AND b.workspace_id = o.workspace_id)
       WHEN 'journey' THEN EXISTS (SELECT FROM journeys_journeystep s JOIN journeys_journey j ON j.id = s.journey_id
                                    WHERE s.id = v.origin_id AND j.workspace_id = o.workspace_id)
       ELSE FALSE END
 UNION ALL
SELECT o.workspace_id, touch.origin_kind, touch.origin_id, o.id, o.contact_id, o.ordered_at, o.total, 'click'
  FROM commerce_order o
  JOIN accounts_workspace w ON w.id = o.workspace_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN (o.ordered_at AT TIME ZONE w.timezone)::time = time '00:00'
                   THEN o.ordered_at + interval '1 day' - interval '1 microsecond' ELSE o.ordered_at END AS latest
       ) placed
 CROSS JOIN LATERAL (
       SELECT source.origin_kind, source.origin_id, source.days, k.at
         FROM messaging_click k
        CROSS JOIN LATERAL (
              SELECT 'broadcast' AS origin_kind, b.id AS origin_id, b.attribution_days AS days
                FROM messaging_trackedlink l JOIN broadcasts_broadcast b ON b.content_id = l.content_id
               WHERE l.id = k.link_id
               UNION ALL
              SELECT m.origin_kind, m.origin_id, %(journey_days)s FROM messaging_message m
               WHERE m.id = k.message_id AND m.origin_kind = 'journey'
              ) source
        WHERE k.contact_id = o.contact_id AND NOT k.is_bot AND k.at <= placed.latest
        ORDER BY k.at DESC, k.id DESC LIMIT 1
       ) touch
 WHERE o.contact_id IN ({people}) AND o.state = 'completed'
   AND o.ordered_at < touch.at + make_interval(days => touch.days)
   AND NOT EXISTS (SELECT FROM commerce_voucher v WHERE v.order_id = o.id)
