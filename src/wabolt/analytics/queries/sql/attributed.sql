-- A WITH list that ends in attributed; a SELECT follows.
WITH touched AS MATERIALIZED (
    SELECT DISTINCT contact_id FROM analytics_touchedcontact WHERE workspace_id = %(workspace)s
), fresh AS MATERIALIZED (
    SELECT * FROM ({fresh}) AS defined
     WHERE workspace_id = %(workspace)s AND origin_kind = %(origin_kind)s AND origin_id = ANY(%(origins)s)
), attributed AS (
    SELECT origin_id, order_id, contact_id, ordered_at, total, how FROM analytics_attribution
     WHERE workspace_id = %(workspace)s AND origin_kind = %(origin_kind)s AND origin_id = ANY(%(origins)s)
       AND contact_id NOT IN (SELECT contact_id FROM touched)
     UNION ALL
    SELECT origin_id, order_id, contact_id, ordered_at, total, how FROM fresh
)
