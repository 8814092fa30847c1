-- Messages of the steps that were not sent, and steps that were left out, by step and reason.
SELECT step, reason, sum(amount)::bigint
  FROM (
    SELECT m.origin_id AS step, CASE WHEN m.reason = '' THEN m.state ELSE m.reason END AS reason, count(*) AS amount
      FROM messaging_message m
     WHERE m.workspace_id = %(workspace)s AND m.origin_kind = 'journey' AND m.origin_id = ANY(%(steps)s::bigint[])
       AND m.state IN ('suppressed', 'failed', 'cancelled', 'unknown')
     GROUP BY 1, 2
    UNION ALL
    SELECT r.step_id, coalesce(r.detail ->> 'reason', 'skipped'), count(*)
      FROM journeys_steprun r
     WHERE r.step_id = ANY(%(steps)s::bigint[]) AND r.outcome = 'skipped'
     GROUP BY 1, 2
  ) AS left_out
 GROUP BY 1, 2 ORDER BY 3 DESC
