-- Those consumers that have an event to read or a parked event to retry.
SELECT c.name
FROM contacts_consumer c
WHERE c.name = ANY(%(names)s::text[])
  AND (
    EXISTS (
        SELECT 1 FROM contacts_event e
        WHERE (e.position, e.id) > (c.position, c.event_id) AND e.position < contacts_event_horizon())
    OR EXISTS (SELECT 1 FROM contacts_parkedevent p WHERE p.consumer_id = c.name AND p.retry_at IS NOT NULL))
