-- {step: contacts who clicked in its messages, contacts who replied to them}. Link previews are not clicks.
SELECT step, sum(clicked)::bigint, sum(replied)::bigint
  FROM (
    SELECT m.origin_id AS step, count(DISTINCT k.contact_id) AS clicked, 0 AS replied
      FROM messaging_message m
      JOIN messaging_click k ON k.message_id = m.id AND NOT k.is_bot
     WHERE m.workspace_id = %(workspace)s AND m.origin_kind = 'journey' AND m.origin_id = ANY(%(steps)s::bigint[])
     GROUP BY 1
    UNION ALL
    SELECT m.origin_id, 0, count(DISTINCT m.contact_id)
      FROM messaging_message m
      JOIN messaging_message r ON r.in_reply_to_id = m.id
     WHERE m.workspace_id = %(workspace)s AND m.origin_kind = 'journey' AND m.origin_id = ANY(%(steps)s::bigint[])
     GROUP BY 1
  ) AS answers
 GROUP BY 1
