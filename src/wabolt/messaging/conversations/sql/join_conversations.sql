WITH both_of AS (
    SELECT * FROM messaging_conversation WHERE contact_id IN (%(kept)s, %(absorbed)s)
     ORDER BY contact_id, channel_id FOR UPDATE),
other AS (
    SELECT o.* FROM both_of o JOIN both_of k USING (channel_id)
     WHERE o.contact_id = %(absorbed)s AND k.contact_id = %(kept)s),
emptied AS (UPDATE messaging_conversation c SET unread = 0, unanswered = 0 FROM other o WHERE c.id = o.id)
UPDATE messaging_conversation k
   SET unread = k.unread + o.unread,
       unanswered = k.unanswered + o.unanswered,
       last_text = CASE WHEN o.last_message_at IS NULL OR k.last_message_at >= o.last_message_at
                        THEN k.last_text ELSE o.last_text END,
       last_message_at = greatest(k.last_message_at, o.last_message_at),
       last_inbound_at = greatest(k.last_inbound_at, o.last_inbound_at)
  FROM other o WHERE k.contact_id = %(kept)s AND k.channel_id = o.channel_id
RETURNING k.channel_id, o.unread, o.unanswered
