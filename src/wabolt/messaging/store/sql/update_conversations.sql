INSERT INTO messaging_conversation AS c
       (workspace_id, channel_id, contact_id, last_message_at, last_inbound_at, last_text, unread, unanswered)
SELECT m.workspace_id, m.channel_id, m.contact_id, max(coalesce(m.sent_at, m.created_at)),
       max(m.created_at) FILTER (WHERE m.direction = 'inbound'),
       left((array_agg(coalesce(nullif(m.text, ''), '📎') ORDER BY coalesce(m.sent_at, m.created_at) DESC, m.id DESC))[1],
            200),
       count(*) FILTER (WHERE m.direction = 'inbound'), count(*) FILTER (WHERE m.direction = 'inbound')
  FROM messaging_message m
 WHERE m.id = ANY(%(messages)s)
 GROUP BY m.workspace_id, m.channel_id, m.contact_id
 ORDER BY m.contact_id
ON CONFLICT (channel_id, contact_id) DO UPDATE
   SET last_text = CASE WHEN c.last_message_at > excluded.last_message_at THEN c.last_text ELSE excluded.last_text END,
       last_message_at = greatest(c.last_message_at, excluded.last_message_at),
       last_inbound_at = greatest(c.last_inbound_at, excluded.last_inbound_at),
       unread = c.unread + excluded.unread,
       unanswered = c.unanswered + excluded.unanswered
