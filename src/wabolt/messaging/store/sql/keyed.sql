SELECT a.contact_id, a.variables, %(text)s, NULL::bigint, NULL::text, %(now)s::timestamptz,
       %(origin_kind)s || ':' || a.key, a.expires_at
  FROM unnest(%(contacts)s::bigint[], %(keys)s::text[], %(variables)s::jsonb[], %(expiries)s::timestamptz[])
       WITH ORDINALITY AS a (contact_id, key, variables, expires_at, n)
  JOIN contacts_contact c ON c.id = a.contact_id AND c.workspace_id = %(workspace)s AND c.erased_at IS NULL
 ORDER BY a.n
