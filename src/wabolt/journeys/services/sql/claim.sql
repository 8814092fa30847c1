-- The contacts are locked with the people, as `contacts.services.hold_contacts` does. A person who is being merged or
-- erased is skipped, so the batch never waits for the contact of a person whom it holds.
SELECT e.id, e.contact_id, e.step_id, e.waiting_since, e.visit, e.arrived_after, e.entered_after, e.entered_at,
       e.context::text, e.steps_day, e.steps_today, e.is_behind
  FROM journeys_enrollment e JOIN contacts_contact c ON c.id = e.contact_id
 WHERE e.journey_id = %(journey)s AND e.state = 'active' AND e.due_at <= %(now)s {which}
 ORDER BY e.due_at, e.id LIMIT %(limit)s
   FOR KEY SHARE OF c SKIP LOCKED FOR NO KEY UPDATE OF e SKIP LOCKED
