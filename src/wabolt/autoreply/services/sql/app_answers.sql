-- Texts from the shop's phone that come within seconds of a customer's message, to several customers. The newest one of
-- each number.
SELECT DISTINCT ON (channel_id) workspace_id, channel_id, text
  FROM (SELECT k.workspace_id, k.channel_id, m.text, max(m.id) AS newest
          FROM autoreply_replysettings s
          JOIN messaging_conversation k ON k.workspace_id = s.workspace_id AND k.last_inbound_at > %(since)s
          JOIN LATERAL (SELECT * FROM messaging_message WHERE contact_id = k.contact_id ORDER BY id DESC LIMIT 50) m
               ON m.channel_id = k.channel_id AND m.origin_kind = 'phone' AND m.direction = 'outbound'
              AND m.created_at > %(since)s AND length(m.text) >= %(length)s
         WHERE s.is_on
           AND EXISTS (SELECT FROM messaging_message i
                        WHERE i.contact_id = k.contact_id AND i.channel_id = k.channel_id AND i.direction = 'inbound'
                          AND i.created_at BETWEEN m.created_at - %(within)s AND m.created_at)
         GROUP BY k.workspace_id, k.channel_id, m.text
        HAVING count(DISTINCT k.contact_id) >= %(people)s) repeated
 ORDER BY channel_id, newest DESC
