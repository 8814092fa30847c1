WITH reopened AS (
    UPDATE journeys_enrollment e
       SET state = 'active', reason = '', ended_at = NULL, due_at = %(due)s
      FROM journeys_journey j
     WHERE e.id = ANY(%(ids)s) AND e.workspace_id = %(workspace)s AND e.state = 'exited' AND e.reason = 'merged'
       AND e.step_id IS NOT NULL AND j.id = e.journey_id AND j.state <> 'archived'
    RETURNING e.workspace_id, e.contact_id, e.journey_id)
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT workspace_id, contact_id, 'journey_entered', %(now)s, jsonb_build_object('journey', journey_id) FROM reopened
