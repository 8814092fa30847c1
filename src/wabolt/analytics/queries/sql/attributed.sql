-- A WITH list that ends in attributed; a SELECT follows.
WITH chosen AS (
    SELECT b.id, b.workspace_id, b.attribution_days, b.content_id, w.timezone
      FROM broadcasts_broadcast b JOIN accounts_workspace w ON w.id = b.workspace_id
     WHERE b.workspace_id = %(workspace)s AND b.id = ANY(%(broadcasts)s)
), by_voucher AS (
    SELECT chosen.id AS broadcast_id, o.id AS order_id, o.contact_id, o.ordered_at, o.total, 'voucher' AS how
      FROM chosen
      JOIN commerce_voucher v ON v.origin_kind = 'broadcast' AND v.origin_id = chosen.id
      JOIN commerce_order o ON o.id = v.order_id AND o.state = 'completed'
), clicked AS MATERIALIZED (
    SELECT chosen.id AS broadcast_id, chosen.attribution_days, chosen.timezone, k.contact_id, min(k.at) AS first_at,
           max(k.at) AS last_at
      FROM chosen
      JOIN messaging_trackedlink l ON l.content_id = chosen.content_id
      JOIN messaging_click k ON k.link_id = l.id AND NOT k.is_bot
     GROUP BY 1, 2, 3, 4
), by_click AS (
    SELECT clicked.broadcast_id, o.id AS order_id, o.contact_id, o.ordered_at, o.total, 'click' AS how
      FROM clicked
      JOIN commerce_order o ON o.contact_id = clicked.contact_id AND o.state = 'completed'
       AND o.ordered_at > clicked.first_at - interval '1 day'
       AND o.ordered_at < clicked.last_at + make_interval(days => clicked.attribution_days)
     CROSS JOIN LATERAL (
           SELECT CASE WHEN (o.ordered_at AT TIME ZONE clicked.timezone)::time = time '00:00'
                       THEN o.ordered_at + interval '1 day' - interval '1 microsecond' ELSE o.ordered_at END AS latest
           ) placed
     CROSS JOIN LATERAL (
           SELECT b.id, k.at
             FROM messaging_click k
             JOIN messaging_trackedlink l ON l.id = k.link_id
             JOIN broadcasts_broadcast b ON b.content_id = l.content_id
            WHERE k.contact_id = o.contact_id AND NOT k.is_bot AND k.at <= placed.latest
            ORDER BY k.at DESC, k.id DESC LIMIT 1) last_touch
     WHERE placed.latest >= clicked.first_at
       AND last_touch.id = clicked.broadcast_id
       AND o.ordered_at < last_touch.at + make_interval(days => clicked.attribution_days)
       AND NOT EXISTS (SELECT FROM commerce_voucher v WHERE v.order_id = o.id)
), attributed AS (
    SELECT * FROM by_voucher UNION ALL SELECT * FROM by_click
)
