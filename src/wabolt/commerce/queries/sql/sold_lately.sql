SELECT p.sku, p.name, coalesce(p.price, (array_agg(l.total / l.quantity ORDER BY o.ordered_at DESC))[1])
  FROM (SELECT id, ordered_at FROM commerce_order
         WHERE workspace_id = %(workspace)s AND state = 'completed' ORDER BY ordered_at DESC LIMIT %(orders)s) o
  JOIN commerce_orderline l ON l.order_id = o.id AND l.quantity > 0
  JOIN commerce_product p ON p.id = l.product_id
 GROUP BY p.id
 ORDER BY count(*) DESC, p.name
