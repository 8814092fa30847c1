SELECT a.contact_id, coalesce(a.variables, '{}'), %(text)s, NULL::bigint, NULL::text, %(now)s::timestamptz,
       %(origin_kind)s || ':' || a.key, a.expires_at
  FROM ROWS FROM (jsonb_to_recordset(%(rows)s::jsonb)
                  AS (contact_id bigint, key text, variables jsonb, expires_at timestamptz))
       WITH ORDINALITY AS a (contact_id, key, variables, expires_at, n)
  JOIN contacts_contact c ON c.id = a.contact_id AND c.workspace_id = %(workspace)s AND c.erased_at IS NULL
 ORDER BY a.n
