-- The newest order of each customer in a category, and the median of the time between the days on which they ordered
-- from it. The median of two or more pauses is at most half the time between the first and the last order, so the orders
-- of customers who stopped buying long ago are not read. Those of few orders have no pace of their own.
WITH buying AS (
    SELECT f.contact_id FROM commerce_purchasefacts f
     WHERE f.workspace_id = %(t_workspace)s AND f.last_order_at > %(t_oldest)s AND f.last_order_at <= %(t_now)s
       AND f.last_order_at + greatest(%(t_usual)s::interval, (f.last_order_at - f.first_order_at) / 2) >= %(t_first)s
       AND (f.orders > %(t_pauses)s OR f.last_order_at + %(t_usual)s::interval BETWEEN %(t_first)s AND %(t_now)s
            OR f.first_order_at + %(t_usual)s::interval BETWEEN %(t_first)s AND %(t_now)s)
       -- Nothing was bought since they entered for their newest order.
       AND NOT EXISTS (SELECT FROM journeys_enrollment e
                        WHERE e.contact_id = f.contact_id AND e.journey_id + 0 = %(t_journey)s
                          AND e.entry_key LIKE 'order %%' AND e.entered_at >= f.last_order_at)
), bought AS (
    SELECT o.contact_id, max(o.id) AS id, max(o.ordered_at) AS at
      FROM commerce_order o
     WHERE o.workspace_id = %(t_workspace)s AND o.state = 'completed' AND o.contact_id IN (SELECT contact_id FROM buying)
       AND o.ordered_at > %(t_oldest)s AND o.ordered_at <= %(t_now)s
       AND EXISTS (SELECT FROM commerce_orderline l JOIN commerce_product p ON p.id = l.product_id
                    WHERE l.order_id = o.id AND p.category = %(t_category)s)
     GROUP BY o.contact_id, (o.ordered_at AT TIME ZONE %(t_zone)s::text)::date
), pauses AS (
    SELECT contact_id, id, at, at - lag(at) OVER (PARTITION BY contact_id ORDER BY at) AS pause FROM bought
), pace AS (
    SELECT contact_id, max(at) AS last, (array_agg(id ORDER BY at DESC))[1] AS newest,
           CASE WHEN count(pause) >= %(t_pauses)s THEN percentile_cont(0.5) WITHIN GROUP (ORDER BY pause)
                ELSE %(t_usual)s::interval END AS usual
      FROM pauses
     GROUP BY contact_id
)
SELECT p.contact_id, 'order ' || p.newest, %(t_now)s::timestamptz
  FROM pace p
  JOIN contacts_contact c ON c.id = p.contact_id AND c.erased_at IS NULL
 WHERE p.last + p.usual BETWEEN %(t_first)s AND %(t_now)s
   AND NOT EXISTS (SELECT FROM journeys_enrollment e
                    WHERE e.contact_id = p.contact_id AND e.journey_id + 0 = %(t_journey)s
                      AND e.entry_key = 'order ' || p.newest)
