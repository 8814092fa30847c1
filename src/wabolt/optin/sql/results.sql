-- People, orders and revenue of each place. An order belongs to the last way in that its customer had joined through.
-- The people of one entry point, or of all if `point` is NULL. Orders from `since` on, or all if it is NULL.
WITH joined AS (
    SELECT e.point_id, e.place_id, e.contact_id, e.confirmed_at,
           lead(e.confirmed_at) OVER (PARTITION BY e.contact_id ORDER BY e.confirmed_at, e.id) AS next_at
      FROM optin_entry e
     WHERE e.workspace_id = %(workspace)s AND e.contact_id IS NOT NULL
       AND (%(point)s::bigint IS NULL
            OR e.contact_id IN (SELECT here.contact_id FROM optin_entry here WHERE here.point_id = %(point)s))
)
SELECT j.point_id, j.place_id, count(*) FILTER (WHERE %(since)s::timestamptz IS NULL OR j.confirmed_at >= %(since)s),
       COALESCE(sum(bought.orders), 0)::bigint, COALESCE(sum(bought.revenue), 0)::bigint
  FROM joined j
  JOIN accounts_workspace w ON w.id = %(workspace)s
 CROSS JOIN LATERAL (
       SELECT count(*) AS orders, sum(o.total) AS revenue
         FROM commerce_order o
         -- An order with a day and no time was placed by the end of that day.
        CROSS JOIN LATERAL (
              SELECT CASE WHEN (o.ordered_at AT TIME ZONE w.timezone)::time = time '00:00'
                          THEN o.ordered_at + interval '1 day' - interval '1 microsecond' ELSE o.ordered_at END AS at
              ) placed
        WHERE o.contact_id = j.contact_id AND o.state = 'completed' AND o.currency = w.currency
          AND o.ordered_at > j.confirmed_at - interval '1 day'
          AND placed.at >= j.confirmed_at AND (j.next_at IS NULL OR placed.at < j.next_at)
          AND (%(since)s::timestamptz IS NULL OR o.ordered_at >= %(since)s)
       ) bought
 WHERE %(point)s::bigint IS NULL OR j.point_id = %(point)s
 GROUP BY j.point_id, j.place_id
