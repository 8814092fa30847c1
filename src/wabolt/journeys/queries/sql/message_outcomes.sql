SELECT p.id
  FROM unnest(%(ids)s::bigint[]) AS p (id)
  -- The latest visit counts.
  JOIN LATERAL (SELECT r.* FROM journeys_steprun r
                 WHERE r.enrollment_id = p.id AND r.step_id = %(step)s ORDER BY r.visit DESC LIMIT 1) run ON true
  LEFT JOIN messaging_message m
    ON m.workspace_id = %(workspace)s
   AND m.idempotency_key = {step_key}
 WHERE CASE %(outcome)s::text
       WHEN 'delivered' THEN m.state IN ('delivered', 'read')
       WHEN 'read' THEN m.state = 'read'
       WHEN 'clicked' THEN EXISTS (SELECT FROM messaging_click c WHERE c.message_id = m.id AND NOT c.is_bot)
       WHEN 'replied' THEN EXISTS (SELECT FROM messaging_message answer WHERE answer.in_reply_to_id = m.id)
       ELSE run.outcome = %(outcome)s END
