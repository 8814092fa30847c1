WITH wanted AS (
    SELECT o.id AS order_id, p.id AS product_id, o.contact_id, o.ordered_at, l.quantity, l.total
      FROM order_line_stage l
      JOIN commerce_order o ON o.workspace_id = %(workspace)s AND o.number = l.number
      JOIN commerce_product p ON p.workspace_id = %(workspace)s AND p.sku = l.sku
), gone AS (
    DELETE FROM commerce_orderline x
     WHERE x.order_id IN (SELECT order_id FROM wanted)
       AND NOT EXISTS (SELECT FROM wanted w
                        WHERE (w.order_id, w.product_id, w.ordered_at, w.quantity, w.total)
                            = (x.order_id, x.product_id, x.ordered_at, x.quantity, x.total))
    RETURNING x.order_id, x.product_id
), fresh AS (
    INSERT INTO commerce_orderline (order_id, product_id, contact_id, ordered_at, quantity, total)
    SELECT order_id, product_id, contact_id, ordered_at, quantity, total FROM wanted w
     WHERE EXISTS (SELECT FROM gone g WHERE (g.order_id, g.product_id) = (w.order_id, w.product_id))
        OR NOT EXISTS (SELECT FROM commerce_orderline x WHERE (x.order_id, x.product_id) = (w.order_id, w.product_id))
    RETURNING order_id
)
SELECT order_id FROM gone UNION SELECT order_id FROM fresh
