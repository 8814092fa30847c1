-- Sets in_reply_to of inbound messages. Returns the first reply to each message whose replies count.
WITH counted AS (
    SELECT * FROM unnest(%(kinds)s::text[], %(windows)s::interval[]) AS c (kind, reply_window)
), answered AS (
    SELECT r.id, coalesce(quoted.id, newest.id) AS answers
      FROM messaging_message r
      LEFT JOIN messaging_message quoted
        ON quoted.id = r.quoted_id AND quoted.direction = 'outbound' AND quoted.contact_id = r.contact_id
      LEFT JOIN LATERAL (
           SELECT m.id
             FROM messaging_message m
             JOIN counted ON counted.kind = m.origin_kind
            WHERE quoted.id IS NULL AND m.contact_id = r.contact_id AND m.direction = 'outbound'
              AND r.created_at >= m.sent_at AND r.created_at < m.sent_at + counted.reply_window
            ORDER BY m.id DESC LIMIT 1) newest ON true
     WHERE r.id = ANY(%(messages)s)
), changed AS (
    UPDATE messaging_message r SET in_reply_to_id = a.answers
      FROM answered a
     WHERE r.id = a.id AND a.answers IS NOT NULL
    RETURNING r.id, r.contact_id, r.created_at, r.in_reply_to_id
)
SELECT DISTINCT ON (m.id) r.contact_id, r.id, r.created_at, m.origin_kind, m.origin_id, m.id
  FROM changed r
  JOIN messaging_message m ON m.id = r.in_reply_to_id
  JOIN counted ON counted.kind = m.origin_kind
 -- The statement does not see its own changes: these are replies of earlier batches.
 WHERE NOT EXISTS (SELECT FROM messaging_message earlier WHERE earlier.in_reply_to_id = m.id)
 ORDER BY m.id, r.id
