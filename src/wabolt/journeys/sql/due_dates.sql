SELECT c.id, o.key, o.moment
  FROM unnest(%(t_dates)s::date[], %(t_keys)s::text[], %(t_moments)s::timestamptz[]) AS o (date, key, moment)
  JOIN contacts_contact c ON c.workspace_id = %(t_workspace)s AND c.erased_at IS NULL AND {on_date}
 WHERE NOT EXISTS (SELECT FROM journeys_enrollment e
                    WHERE e.contact_id = c.id AND e.journey_id + 0 = %(t_journey)s AND e.entry_key = o.key)
