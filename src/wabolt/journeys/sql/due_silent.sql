SELECT c.id, 'silent since ' || to_char(active.last AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'), %(t_now)s::timestamptz
  FROM contacts_contact c
  LEFT JOIN commerce_purchasefacts f ON f.contact_id = c.id
 CROSS JOIN LATERAL (SELECT greatest(c.last_inbound_at, f.last_order_at) AS last) active
 WHERE c.workspace_id = %(t_workspace)s AND c.erased_at IS NULL
   AND active.last <= %(t_last)s AND active.last >= %(t_first)s
   AND NOT EXISTS (SELECT FROM journeys_enrollment e
                    WHERE e.contact_id = c.id AND e.journey_id = %(t_journey)s
                      AND e.entry_key = 'silent since ' || to_char(active.last AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI:SS'))
