WITH open AS (
    SELECT e.id, v.reason FROM journeys_enrollment e
      JOIN unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS v (id, reason) ON v.id = e.id
     WHERE e.state IN ('active', 'parked') ORDER BY e.id FOR NO KEY UPDATE OF e)
UPDATE journeys_enrollment e
   SET state = %(state)s, reason = open.reason, due_at = NULL, ended_at = %(now)s, error = ''
  FROM open WHERE e.id = open.id
