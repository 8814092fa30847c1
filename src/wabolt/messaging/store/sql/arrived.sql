SELECT e.contact_id, '{}'::jsonb, e.text, q.id, e.provider_id, e.at, NULL::text, NULL::timestamptz
  FROM unnest(%(contacts)s::bigint[], %(texts)s::text[], %(ids)s::text[], %(quoted)s::text[], %(times)s::timestamptz[])
       WITH ORDINALITY AS e (contact_id, text, provider_id, quoted, at, n)
  LEFT JOIN messaging_message q ON q.channel_id = %(channel)s AND q.provider_id = e.quoted
 ORDER BY e.n
