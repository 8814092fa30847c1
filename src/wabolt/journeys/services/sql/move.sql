UPDATE journeys_enrollment e
   SET step_id = v.step_id,
       state = CASE WHEN v.step_id IS NULL THEN 'finished' ELSE 'active' END,
       waiting_since = v.since,
       due_at = CASE WHEN v.step_id IS NULL THEN NULL ELSE v.since END,
       arrived_after = %(newest)s,
       ended_at = CASE WHEN v.step_id IS NULL THEN %(now)s::timestamptz END,
       steps_today = CASE WHEN %(today)s::date IS NULL THEN e.steps_today
                          WHEN e.steps_day = %(today)s::date THEN e.steps_today + 1 ELSE 1 END,
       steps_day = coalesce(%(today)s::date, e.steps_day),
       reason = '', error = ''
  FROM unnest(%(ids)s::bigint[], %(steps)s::bigint[], %(since)s::timestamptz[]) AS v (id, step_id, since)
 WHERE e.id = v.id
