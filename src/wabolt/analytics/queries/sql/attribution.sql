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
       ELSE v.origin_kind = ANY(%(kinds)s::text[]) END
 UNION ALL
SELECT o.workspace_id, coalesce(touch.origin_kind, 'journey'), coalesce(touch.origin_id, reminder.origin_id), o.id,
       o.contact_id, o.ordered_at, o.total, CASE WHEN touch.origin_id IS NULL THEN 'cart' ELSE 'click' END
  FROM commerce_order o
  JOIN accounts_workspace w ON w.id = o.workspace_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN (o.ordered_at AT TIME ZONE w.timezone)::time = time '00:00'
                   THEN o.ordered_at + interval '1 day' - interval '1 microsecond' ELSE o.ordered_at END AS latest
       ) placed
  LEFT JOIN LATERAL (
       SELECT source.origin_kind, source.origin_id, source.days, k.at
         FROM messaging_click k
        CROSS JOIN LATERAL (
              SELECT 'broadcast' AS origin_kind, b.id AS origin_id, b.attribution_days AS days
                FROM messaging_trackedlink l JOIN broadcasts_broadcast b ON b.content_id = l.content_id
               WHERE l.id = k.link_id
               UNION ALL
              SELECT m.origin_kind, m.origin_id, origin.days
                FROM messaging_message m
                JOIN unnest(%(kinds)s::text[], %(days)s::int[]) AS origin (kind, days) ON origin.kind = m.origin_kind
               WHERE m.id = k.message_id AND m.origin_id IS NOT NULL
              ) source
        WHERE k.contact_id = o.contact_id AND NOT k.is_bot AND k.at <= placed.latest
        ORDER BY k.at DESC, k.id DESC LIMIT 1
       ) touch ON o.ordered_at < touch.at + make_interval(days => touch.days)
  -- The last reminder of the cart that the order took. Its runs have the keys of its messages.
  LEFT JOIN LATERAL (
       SELECT m.origin_id, m.sent_at, origin.days
         FROM commerce_cart cart
         JOIN unnest(%(kinds)s::text[], %(days)s::int[]) AS origin (kind, days) ON origin.kind = 'journey'
         JOIN journeys_enrollment e ON e.contact_id = cart.contact_id AND e.context -> 'cart' ->> 0 = cart.id::text
         JOIN journeys_steprun r ON r.enrollment_id = e.id AND r.outcome = 'sent'
         JOIN messaging_message m ON m.workspace_id = o.workspace_id
          AND m.idempotency_key = {step_key}
        WHERE cart.order_id = o.id AND m.sent_at <= placed.latest
        ORDER BY m.sent_at DESC, m.id DESC LIMIT 1
       ) reminder ON touch.origin_id IS NULL
         AND o.ordered_at < reminder.sent_at + make_interval(days => reminder.days)
 WHERE o.contact_id IN ({people}) AND o.state = 'completed' AND coalesce(touch.origin_id, reminder.origin_id) IS NOT NULL
   AND NOT EXISTS (SELECT FROM commerce_voucher v WHERE v.order_id = o.id)
