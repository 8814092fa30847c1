SELECT m.id, m.contact_id, m.content_id, m.variables, m.choices, m.choices_label, m.text, m.purpose, m.priority, m.media_id,
       m.origin_kind, m.idempotency_key, m.expires_at,
       quoted.provider_id AS quote, quoted.text AS quote_text, quoted.direction = 'outbound' AS quote_is_ours,
       c.last_inbound_at IS NULL AND NOT m.to_strangers AS never_wrote, c.name, c.city, c.email, c.birth_date, c.fields,
       c.erased_at IS NOT NULL AND m.to_phone = '' AS erased,
       CASE WHEN m.to_phone = '' THEN address.kind ELSE 'phone' END AS to_kind,
       CASE WHEN m.to_phone = '' THEN address.value ELSE m.to_phone END AS to, {window} AS window_open, {facts}
  FROM unnest(%(ids)s::bigint[]) WITH ORDINALITY AS picked (id, place)
  JOIN messaging_message m ON m.id = picked.id
  JOIN contacts_contact c ON c.id = m.contact_id
  LEFT JOIN messaging_message quoted ON quoted.id = m.quoted_id
  LEFT JOIN LATERAL ({address}) address ON true
  {joins}
 ORDER BY picked.place
