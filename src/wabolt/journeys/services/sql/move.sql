WITH moved AS (
    UPDATE journeys_enrollment e
       SET step_id = v.step_id,
           state = CASE WHEN v.step_id IS NULL THEN 'finished' ELSE 'active' END,
           waiting_since = v.since,
           is_behind = v.is_behind,
           due_at = CASE WHEN v.step_id IS NULL THEN NULL ELSE v.due END,
           arrived_after = %(newest)s,
           ended_at = CASE WHEN v.step_id IS NULL THEN %(now)s::timestamptz END,
           steps_today = CASE WHEN %(today)s::date IS NULL THEN e.steps_today
                              WHEN e.steps_day = %(today)s::date THEN e.steps_today + 1 ELSE 1 END,
           steps_day = coalesce(%(today)s::date, e.steps_day),
           reason = '', error = ''
      FROM (SELECT id, step AS step_id, since, due, behind AS is_behind FROM jsonb_to_recordset(%(rows)s::jsonb)
                AS r (id bigint, step bigint, since timestamptz, due timestamptz, behind boolean)) v
     WHERE e.id = v.id
    RETURNING e.workspace_id, e.contact_id, e.journey_id, e.state)
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT workspace_id, contact_id, 'journey_ended', %(now)s,
       jsonb_build_object('journey', journey_id, 'state', state, 'reason', '')
  FROM moved WHERE state = 'finished'
