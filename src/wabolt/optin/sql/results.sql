-- People, orders and revenue of each placement. An order belongs to the last way in that its customer had joined through.
-- A person who joined as two contacts that were merged later is one person: the entry of the absorbed contact is left out.
-- The placements of one entry point, or of all if `point` is NULL. People and orders from `since` on, or all if it is NULL.
WITH joined AS (
    SELECT e.point_id, e.placement_id, count(*) AS people
      FROM optin_entry e
     WHERE e.workspace_id = %(workspace)s AND e.state = 'confirmed'
       AND (%(point)s::bigint IS NULL OR e.point_id = %(point)s)
       AND (%(since)s::timestamptz IS NULL OR e.confirmed_at >= %(since)s)
       AND NOT EXISTS (SELECT FROM contacts_merge m WHERE m.absorbed_id = e.contact_id AND m.undone_at IS NULL)
     GROUP BY e.point_id, e.placement_id
), bought AS (
    SELECT way.point_id, way.placement_id, count(*) AS orders, sum(o.total)::bigint AS revenue
      FROM commerce_order o
      JOIN accounts_workspace w ON w.id = o.workspace_id AND w.currency = o.currency
     -- An order with a day and no time was placed by the end of that day.
     CROSS JOIN LATERAL (
           SELECT CASE WHEN (o.ordered_at AT TIME ZONE w.timezone)::time = time '00:00'
                       THEN o.ordered_at + interval '1 day' - interval '1 microsecond' ELSE o.ordered_at END AS at
           ) placed
     CROSS JOIN LATERAL (
           SELECT e.point_id, e.placement_id FROM optin_entry e
            WHERE e.contact_id = o.contact_id AND e.confirmed_at <= placed.at
            ORDER BY e.confirmed_at DESC, e.id DESC LIMIT 1
           ) way
     WHERE o.workspace_id = %(workspace)s AND o.state = 'completed'
       AND (%(since)s::timestamptz IS NULL OR o.ordered_at >= %(since)s)
       AND (%(point)s::bigint IS NULL
            OR o.contact_id IN (SELECT here.contact_id FROM optin_entry here WHERE here.point_id = %(point)s))
       AND (%(point)s::bigint IS NULL OR way.point_id = %(point)s)
     GROUP BY way.point_id, way.placement_id
)
SELECT point_id, placement_id, COALESCE(people, 0), COALESCE(orders, 0), COALESCE(revenue, 0)
  FROM joined FULL JOIN bought USING (point_id, placement_id)
