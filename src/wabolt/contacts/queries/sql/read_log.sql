-- The next events behind an offset, in log order, below the horizon. The last event of the window is returned even when
-- its kind is not asked for, because the offset moves to it.
WITH log_window AS MATERIALIZED (
    SELECT position, id, workspace_id, contact_id, kind, time, data
    FROM contacts_event
    WHERE (position, id) > (%(position)s, %(event_id)s) AND position < contacts_event_horizon()
    ORDER BY position, id
    LIMIT %(limit)s
), size AS (
    SELECT count(*) AS rows, max(position) AS last_position FROM log_window
)
SELECT w.position, size.rows, w.id, w.workspace_id, w.contact_id, w.kind, w.time, w.data
FROM log_window w CROSS JOIN size
WHERE w.kind = ANY(%(kinds)s::text[])
   OR w.id = (SELECT max(id) FROM log_window WHERE position = size.last_position)
ORDER BY w.position, w.id
