WITH answered AS (
    SELECT contact_id FROM messaging_message WHERE workspace_id = %(workspace)s
     GROUP BY contact_id
    HAVING max(id) FILTER (WHERE direction = 'inbound') > min(id) FILTER (
           WHERE direction = 'outbound' AND state IN ('sent', 'delivered', 'read', 'unknown'))
)
SELECT count(*) FILTER (WHERE c.last_inbound_at IS NOT NULL AND a.contact_id IS NOT NULL),
       count(*) FILTER (WHERE c.last_inbound_at IS NOT NULL AND a.contact_id IS NULL),
       count(*) FILTER (WHERE c.last_inbound_at IS NULL)
  FROM contacts_contact c LEFT JOIN answered a ON a.contact_id = c.id
 WHERE c.workspace_id = %(workspace)s AND c.erased_at IS NULL AND c.reachable
