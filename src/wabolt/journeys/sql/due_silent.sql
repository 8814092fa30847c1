-- The window is short, so few of the customers who ordered or wrote in it have to be looked at.
WITH quiet AS (
    SELECT contact_id AS id FROM commerce_purchasefacts
     WHERE workspace_id = %(t_workspace)s AND last_order_at BETWEEN %(t_first)s AND %(t_last)s
     UNION
    SELECT id FROM contacts_contact
     WHERE workspace_id = %(t_workspace)s AND last_inbound_at BETWEEN %(t_first)s AND %(t_last)s
)
SELECT c.id, 'silent since ' || to_char(active.last AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), %(t_now)s::timestamptz
  FROM quiet
  JOIN contacts_contact c ON c.id = quiet.id AND c.erased_at IS NULL
  LEFT JOIN commerce_purchasefacts f ON f.contact_id = c.id
 CROSS JOIN LATERAL (SELECT greatest(c.last_inbound_at, f.last_order_at) AS last) active
 WHERE active.last <= %(t_last)s AND active.last >= %(t_first)s
   AND NOT EXISTS (SELECT FROM journeys_enrollment e
                    WHERE e.contact_id = c.id AND e.journey_id + 0 = %(t_journey)s
                      AND e.entry_key = 'silent since ' || to_char(active.last AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
