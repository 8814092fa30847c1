-- People leave %(step)s for %(target)s (null: their enrollment ends). The step that they leave counts as run in this
-- visit.
WITH here AS (
    SELECT e.id, e.visit,
           %(is_back)s AND EXISTS (SELECT FROM journeys_steprun r WHERE r.enrollment_id = e.id AND r.visit = e.visit
                                      AND r.step_id = %(target)s::bigint) AS goes_back
      FROM journeys_enrollment e
     WHERE e.journey_id = %(journey)s AND e.step_id = %(step)s AND e.state IN ('active', 'parked')
     ORDER BY e.id FOR NO KEY UPDATE OF e
), noted AS (
    INSERT INTO journeys_steprun (enrollment_id, step_id, visit, at, outcome, detail)
    SELECT id, %(step)s, visit, %(now)s, 'moved', '{}' FROM here
    ON CONFLICT DO NOTHING
), moved AS (
    UPDATE journeys_enrollment e
       SET step_id = %(target)s::bigint,
           state = CASE WHEN %(target)s::bigint IS NULL THEN 'finished' ELSE e.state END,
           visit = e.visit + here.goes_back::int,
           waiting_since = %(now)s,
           is_behind = false,
           arrived_after = %(newest)s,
           due_at = CASE WHEN %(target)s::bigint IS NOT NULL AND e.state = 'active' THEN %(now)s::timestamptz END,
           ended_at = CASE WHEN %(target)s::bigint IS NULL THEN %(now)s::timestamptz END
      FROM here WHERE e.id = here.id
    RETURNING e.workspace_id, e.contact_id, e.journey_id, e.state)
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT workspace_id, contact_id, 'journey_ended', %(now)s,
       jsonb_build_object('journey', journey_id, 'state', state, 'reason', '')
  FROM moved WHERE state = 'finished'
