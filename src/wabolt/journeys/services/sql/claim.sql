SELECT e.id, e.contact_id, e.step_id, e.waiting_since, e.visit, e.arrived_after, e.entered_after, e.entered_at,
       e.context::text, e.steps_day, e.steps_today, e.is_behind
  FROM journeys_enrollment e
 WHERE e.journey_id = %(journey)s AND e.state = 'active' AND e.due_at <= %(now)s {which}
 ORDER BY e.due_at, e.id LIMIT %(limit)s FOR NO KEY UPDATE SKIP LOCKED
