SELECT coalesce(a.id, m.contact_id), a.id IS NOT NULL
  FROM ({asked}) a
  FULL JOIN (SELECT contact_id FROM segments_livemember
              WHERE segment_id = %s AND contact_id > %s AND contact_id <= %s) m ON m.contact_id = a.id
 WHERE a.id IS NULL OR m.contact_id IS NULL
