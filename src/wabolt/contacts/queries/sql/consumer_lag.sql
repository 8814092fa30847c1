-- The number of unread events of each consumer, counted up to a limit; of one workspace, or of all (null).
SELECT c.name,
       (SELECT count(*) FROM (
            SELECT 1 FROM contacts_event e
            WHERE (e.position, e.id) > (c.position, c.event_id)
              AND (%(workspace)s::bigint IS NULL OR e.workspace_id = %(workspace)s)
            LIMIT %(limit)s) AS unread),
       (SELECT count(*) FROM contacts_parkedevent p
        WHERE p.consumer_id = c.name AND (%(workspace)s::bigint IS NULL OR p.workspace_id = %(workspace)s)),
       c.moved_at
FROM contacts_consumer c
WHERE c.name = ANY(%(names)s::text[])
ORDER BY c.name
