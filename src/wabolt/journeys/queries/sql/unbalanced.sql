-- Journeys whose entries are not accounted for. One statement, so that all figures are of one moment.
WITH asked AS (
    SELECT id, workspace_id, name FROM journeys_journey
     WHERE version_id IS NOT NULL AND (%(journeys)s::bigint[] IS NULL OR id = ANY(%(journeys)s::bigint[]))
), people AS (
    SELECT journey_id, count(*) AS rows,
           count(*) FILTER (WHERE CASE
               WHEN state IN ('active', 'parked')
               THEN step_id IS NULL OR ended_at IS NOT NULL OR (state = 'active') <> (due_at IS NOT NULL)
               ELSE due_at IS NOT NULL OR ended_at IS NULL END) AS wrong
      FROM journeys_enrollment WHERE journey_id IN (SELECT id FROM asked) GROUP BY 1
), kept AS (
    SELECT subject AS journey_id, sum(amount)::bigint AS by_state FROM contacts_tally
     WHERE name = 'journey_people' AND (workspace_id, subject) IN (SELECT workspace_id, id FROM asked) GROUP BY 1
)
SELECT asked.id, asked.name, coalesce(c.entered, 0), coalesce(people.rows, 0), coalesce(kept.by_state, 0),
       coalesce(people.wrong, 0)
  FROM asked
  LEFT JOIN journeys_entrycount c ON c.journey_id = asked.id
  LEFT JOIN people ON people.journey_id = asked.id
  LEFT JOIN kept ON kept.journey_id = asked.id
 WHERE (coalesce(c.entered, 0), coalesce(c.entered, 0), 0)
       IS DISTINCT FROM (coalesce(people.rows, 0), coalesce(kept.by_state, 0), coalesce(people.wrong, 0))
 ORDER BY asked.id
