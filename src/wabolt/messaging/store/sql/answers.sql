SELECT a.contact_id, '{}'::jsonb, a.text, a.quoted, NULL::text, %(now)s::timestamptz,
       %(origin_kind)s || ':' || a.key || ':' || a.contact_id, NULL::timestamptz
  FROM unnest(%(contacts)s::bigint[], %(keys)s::text[], %(texts)s::text[], %(quoted)s::bigint[])
       WITH ORDINALITY AS a (contact_id, key, text, quoted, n)
  JOIN contacts_contact c ON c.id = a.contact_id AND c.workspace_id = %(workspace)s AND c.erased_at IS NULL
 ORDER BY a.n
