INSERT INTO messaging_message (
    workspace_id, channel_id, contact_id, direction, state, purpose, priority, origin_kind, origin_id, idempotency_key,
    content_id, variables, choices, choices_label, to_strangers, to_phone, text, media_id, quoted_id, author_id, reason,
    detail, provider_id, not_before, expires_at, created_at, attempted_at, sent_at)
SELECT %(workspace)s, %(channel)s, s.contact_id, %(direction)s, %(state)s, %(purpose)s, %(priority)s, %(origin_kind)s,
       %(origin_id)s, s.key, %(content)s, s.variables, %(choices)s, %(choices_label)s, %(to_strangers)s, %(to_phone)s,
       s.text, %(media)s, s.quoted_id, %(author)s, '', '', s.provider_id, %(not_before)s,
       s.expires_at, s.at,
       CASE WHEN %(state)s = 'sent' THEN s.at END, CASE WHEN %(state)s = 'sent' THEN s.at END
  FROM ({source}) AS s (contact_id, variables, text, quoted_id, provider_id, at, key, expires_at)
ON CONFLICT DO NOTHING
