SELECT (SELECT count(*) FROM (
            SELECT FROM contacts_event e WHERE (e.position, e.id) > (c.position, c.event_id) LIMIT %(limit)s) AS unread),
       c.moved_at
  FROM contacts_consumer c WHERE c.name = %(name)s
