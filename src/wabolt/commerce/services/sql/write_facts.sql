INSERT INTO commerce_purchasefacts AS f
       (contact_id, workspace_id, orders, spent, first_order_at, last_order_at, usual_pause, categories)
SELECT c.id, %(workspace)s, coalesce(o.orders, 0), coalesce(o.spent, 0), o.first_at, o.last_at, h.usual,
       coalesce(l.categories, '{}')
  FROM unnest(%(contacts)s::bigint[]) AS c (id)
  LEFT JOIN LATERAL (
       SELECT count(*) AS orders, sum(total) AS spent, min(ordered_at) AS first_at, max(ordered_at) AS last_at
         FROM commerce_order WHERE contact_id = c.id AND state = 'completed') o ON true
  LEFT JOIN LATERAL (
       SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY pause) AS usual
         FROM (SELECT at - lag(at) OVER (ORDER BY at) AS pause
                 FROM (SELECT max(ordered_at) AS at
                         FROM commerce_order
                        WHERE contact_id = c.id AND state = 'completed' AND o.orders >= %(habit_days)s
                          AND ordered_at > o.last_at - interval '730 days'
                        GROUP BY (ordered_at AT TIME ZONE %(zone)s::text)::date) AS days) AS pauses
       HAVING count(pause) >= %(habit_days)s - 1) h ON true
  LEFT JOIN LATERAL (
       SELECT array_agg(DISTINCT p.category ORDER BY p.category) AS categories
         FROM commerce_orderline x
         JOIN commerce_product p ON p.id = x.product_id
         JOIN commerce_order r ON r.id = x.order_id AND r.state = 'completed'
        WHERE x.contact_id = c.id AND p.category <> '') l ON true
ON CONFLICT (contact_id) DO UPDATE
   SET orders = excluded.orders, spent = excluded.spent, first_order_at = excluded.first_order_at,
       last_order_at = excluded.last_order_at, usual_pause = excluded.usual_pause, categories = excluded.categories
