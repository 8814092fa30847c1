WITH open AS (
    SELECT e.id, v.reason FROM journeys_enrollment e
      JOIN unnest(%(ids)s::bigint[], %(reasons)s::text[]) AS v (id, reason) ON v.id = e.id
     WHERE e.state IN ('active', 'parked') ORDER BY e.id FOR NO KEY UPDATE OF e
), ended AS (
    UPDATE journeys_enrollment e
       SET state = 'exited', reason = open.reason, due_at = NULL, ended_at = %(now)s, error = ''
      FROM open WHERE e.id = open.id
    RETURNING e.workspace_id, e.contact_id, e.journey_id, e.reason)
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT workspace_id, contact_id, 'journey_ended', %(now)s,
       jsonb_build_object('journey', journey_id, 'state', 'exited', 'reason', reason)
  FROM ended
