-- Customers for whom it is time to buy again, by their purchase facts. Only for them are orders read: the id of the newest
-- order on the last day with one.
WITH due AS MATERIALIZED (
    SELECT f.contact_id, (f.last_order_at AT TIME ZONE %(t_zone)s::text)::date AS day, f.last_order_at
      FROM commerce_purchasefacts f
     WHERE f.workspace_id = %(t_workspace)s AND f.last_order_at > %(t_oldest)s AND f.last_order_at <= %(t_now)s
       AND f.last_order_at + coalesce(f.usual_pause, %(t_usual)s::interval) BETWEEN %(t_first)s AND %(t_now)s
       -- Nothing was bought since they entered for their newest order.
       AND NOT EXISTS (SELECT FROM journeys_enrollment e
                        WHERE e.contact_id = f.contact_id AND e.journey_id + 0 = %(t_journey)s
                          AND e.entry_key LIKE 'order %%' AND e.entered_at >= f.last_order_at)
), newest AS (
    SELECT d.contact_id, max(o.id) AS id
      FROM due d
      JOIN contacts_contact c ON c.id = d.contact_id AND c.erased_at IS NULL
      JOIN commerce_order o ON o.contact_id = d.contact_id AND o.state = 'completed'
       AND o.ordered_at <= d.last_order_at AND (o.ordered_at AT TIME ZONE %(t_zone)s::text)::date = d.day
     GROUP BY d.contact_id
)
SELECT n.contact_id, 'order ' || n.id, %(t_now)s::timestamptz
  FROM newest n
 WHERE NOT EXISTS (SELECT FROM journeys_enrollment e
                    WHERE e.contact_id = n.contact_id AND e.journey_id + 0 = %(t_journey)s
                      AND e.entry_key = 'order ' || n.id)
