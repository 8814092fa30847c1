SELECT r.contact_id, r.id, r.created_at, b.origin_kind, b.origin_id, b.id
  FROM messaging_message r
  JOIN LATERAL (
       SELECT m.id, m.origin_kind, m.origin_id, m.sent_at
         FROM messaging_message m
         JOIN unnest(%(kinds)s::text[], %(windows)s::interval[]) AS counted (kind, reply_window)
           ON counted.kind = m.origin_kind
        WHERE m.contact_id = r.contact_id AND m.direction = 'outbound'
          AND (m.id = r.quoted_id OR {in_window})
        ORDER BY m.id = r.quoted_id DESC NULLS LAST, m.id DESC
        LIMIT 1) b ON true
 WHERE r.id = ANY(%(messages)s)
   AND NOT EXISTS (
       SELECT FROM messaging_message x
        WHERE x.contact_id = r.contact_id AND x.direction = 'inbound' AND x.id < r.id AND x.created_at >= b.sent_at
          AND (x.quoted_id = b.id OR r.quoted_id IS DISTINCT FROM b.id))
 ORDER BY r.id
