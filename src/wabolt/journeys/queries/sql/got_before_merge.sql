-- Those of `ids` whose other enrollment (`others`) already ran this step. A message that was cancelled, suppressed or
-- refused did not reach the person.
SELECT DISTINCT p.id
  FROM unnest(%(ids)s::bigint[], %(others)s::bigint[]) AS p (id, other)
  JOIN journeys_steprun r ON r.enrollment_id = p.other AND r.step_id = %(step)s
  LEFT JOIN messaging_message m
    ON m.workspace_id = %(workspace)s
   AND m.idempotency_key = {step_key}
 WHERE r.outcome = 'done' OR m.state NOT IN ('cancelled', 'suppressed', 'failed')
