-- The definition of attribution for the contacts of {people}, a SELECT of contact ids.
SELECT o.workspace_id, b.id AS broadcast_id, o.id AS order_id, o.contact_id, o.ordered_at, o.total, 'voucher' AS how
  FROM commerce_order o
 CROSS JOIN LATERAL (
       SELECT v.origin_kind, v.origin_id FROM commerce_voucher v WHERE v.order_id = o.id ORDER BY v.id LIMIT 1
       ) v
  JOIN broadcasts_broadcast b ON b.id = v.origin_id AND b.workspace_id = o.workspace_id
 WHERE o.contact_id IN ({people}) AND o.state = 'completed' AND v.origin_kind = 'broadcast'
 UNION ALL
SELECT o.workspace_id, touch.broadcast_id, o.id, o.contact_id, o.ordered_at, o.total, 'click'
  FROM commerce_order o
  JOIN accounts_workspace w ON w.id = o.workspace_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN (o.ordered_at AT TIME ZONE w.timezone)::time = time '00:00'
                   THEN o.ordered_at + interval '1 day' - interval '1 microsecond' ELSE o.ordered_at END AS latest
       ) placed
 CROSS JOIN LATERAL (
       SELECT b.id AS broadcast_id, k.at, b.attribution_days
         FROM messaging_click k
         JOIN messaging_trackedlink l ON l.id = k.link_id
         JOIN broadcasts_broadcast b ON b.content_id = l.content_id
        WHERE k.contact_id = o.contact_id AND NOT k.is_bot AND k.at <= placed.latest
        ORDER BY k.at DESC, k.id DESC LIMIT 1
       ) touch
 WHERE o.contact_id IN ({people}) AND o.state = 'completed'
   AND o.ordered_at < touch.at + make_interval(days => touch.attribution_days)
   AND NOT EXISTS (SELECT FROM commerce_voucher v WHERE v.order_id = o.id)
