-- One row per contact and entry key; DISTINCT keeps the first of several events.
-- "journey_id + 0", here and in the queries of people who are due: the statistics do not know a new journey, so the
-- planner expects one entry of it, reads all of them by their journey, and compares each with each person.
WITH asked AS MATERIALIZED (
    SELECT DISTINCT ON (contact_id, entry_key) contact_id, entry_key, moment, context, after
      FROM ({select}) AS s (contact_id, entry_key, moment, context, after)
     ORDER BY contact_id, entry_key, after
), held AS MATERIALIZED (
    -- Contacts are locked in order of id, before the people (ADR 37). One that is erased meanwhile is left out.
    SELECT c.id FROM contacts_contact c
     WHERE c.workspace_id = %(workspace)s AND c.erased_at IS NULL AND c.id IN (SELECT contact_id FROM asked)
       AND NOT (%(profiles)s AND {unprofiled})
     ORDER BY c.id FOR KEY SHARE
), earlier AS (
    SELECT a.contact_id, a.entry_key, a.moment, a.context, a.after,
           count(e.id) FILTER (WHERE e.entry_key = a.entry_key) AS rotations,
           count(e.id) AS runs,
           coalesce(bool_or(e.state IN ('active', 'parked')), false) AS inside,
           coalesce(bool_or(e.state IN ('active', 'parked') AND e.entry_key = a.entry_key), false) AS inside_for_it,
           max(CASE WHEN %(reentry)s = 'after_end' THEN coalesce(e.ended_at, e.entered_at) ELSE e.entered_at END)
               AS latest,
           coalesce(max(e.steps_today) FILTER (WHERE e.steps_day = %(today)s), 0) AS steps_today
      FROM asked a
      JOIN held c ON c.id = a.contact_id
      LEFT JOIN journeys_enrollment e ON e.contact_id = a.contact_id AND e.journey_id + 0 = %(journey)s
     GROUP BY a.contact_id, a.entry_key, a.moment, a.context, a.after
), allowed AS (
    -- Of several past occasions, the newest one counts.
    SELECT *, row_number() OVER (PARTITION BY contact_id ORDER BY CASE WHEN moment < %(now)s THEN moment END
                                 DESC NULLS FIRST, after, entry_key) AS nth,
           %(holdout)s > 0 AND mod(hashint8extended(contact_id, %(journey)s) & 9223372036854775807, 100) < %(holdout)s
               AS held_out
      FROM earlier
     WHERE NOT inside_for_it AND NOT (%(once)s AND entry_key <> '' AND rotations > 0)
       AND CASE %(reentry)s WHEN 'never' THEN runs = 0 WHEN 'after_end' THEN NOT inside ELSE true END
       AND (NOT %(has_cooldown)s OR latest IS NULL OR latest <= %(cooldown_from)s)
), entered AS (
    INSERT INTO journeys_enrollment (workspace_id, journey_id, contact_id, entry_key, rotation, state, step_id,
        waiting_since, is_behind, due_at, visit, arrived_after, entered_after, context, steps_day, steps_today,
        entered_at, ended_at, reason, error)
    SELECT %(workspace)s, %(journey)s, contact_id, entry_key, rotations + 1,
           CASE WHEN held_out THEN 'held_out' ELSE 'active' END, CASE WHEN NOT held_out THEN %(step)s END,
           moment, moment < %(now)s, CASE WHEN NOT held_out THEN moment END, 1, after, after, context, %(today)s,
           steps_today, %(now)s, CASE WHEN held_out THEN %(now)s END, '', ''
      FROM allowed
     WHERE %(reentry)s = 'always' AND NOT %(has_cooldown)s OR nth = 1
    ON CONFLICT DO NOTHING
    RETURNING workspace_id, contact_id, journey_id, state, entered_at)
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT workspace_id, contact_id, 'journey_entered', entered_at,
       jsonb_build_object('journey', journey_id) || CASE state WHEN 'held_out' THEN '{{"held_out": true}}' ELSE '{{}}' END::jsonb
  FROM entered
