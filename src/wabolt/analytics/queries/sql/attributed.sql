-- A WITH list that ends in attributed; a SELECT follows.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM analytics_touchedcontact WHERE workspace_id = %(workspace)s
), fresh AS MATERIALIZED (
    SELECT * FROM ({fresh}) AS defined
     WHERE workspace_id = %(workspace)s AND broadcast_id = ANY(%(broadcasts)s)
), attributed AS (
    SELECT broadcast_id, order_id, contact_id, ordered_at, total, how FROM analytics_attribution
     WHERE workspace_id = %(workspace)s AND broadcast_id = ANY(%(broadcasts)s)
       AND contact_id NOT IN (SELECT contact_id FROM touched)
     UNION ALL
    SELECT broadcast_id, order_id, contact_id, ordered_at, total, how FROM fresh
)
