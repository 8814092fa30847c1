WITH given AS (
    SELECT * FROM unnest(%(channels)s::bigint[], %(unread)s::int[], %(unanswered)s::int[])
        AS g (channel_id, unread, unanswered)),
kept AS (
    SELECT c.id, c.channel_id, least(c.unread, g.unread) AS back, least(c.unanswered, g.unanswered) AS waiting
      FROM messaging_conversation c JOIN given g USING (channel_id) WHERE c.contact_id = %(kept)s
     ORDER BY c.channel_id FOR UPDATE OF c),
returned AS (
    UPDATE messaging_conversation c SET unread = c.unread + k.back, unanswered = c.unanswered + k.waiting
      FROM kept k WHERE c.contact_id = %(absorbed)s AND c.channel_id = k.channel_id)
UPDATE messaging_conversation c
   SET unread = c.unread - k.back, unanswered = c.unanswered - k.waiting, last_message_at = l.at, last_text = coalesce(l.text, ''),
       last_inbound_at = (SELECT max(created_at) FROM messaging_message m
                           WHERE m.contact_id = %(kept)s AND m.channel_id = c.channel_id
                             AND m.direction = 'inbound')
  FROM kept k LEFT JOIN LATERAL (
       SELECT coalesce(m.sent_at, m.created_at) AS at, left(m.text, 200) AS text FROM messaging_message m
        WHERE m.contact_id = %(kept)s AND m.channel_id = k.channel_id
          AND (m.direction = 'inbound' OR m.sent_at IS NOT NULL)
        ORDER BY coalesce(m.sent_at, m.created_at) DESC, m.id DESC LIMIT 1) l ON true
 WHERE c.id = k.id
