-- Deletes and returns the final departures. After a merge, the contact of a departure may be a member or not exist.
WITH final AS (
    DELETE FROM segments_livedeparture
     WHERE segment_id = ANY(%(segments)s::bigint[]) AND (left_at <= %(after)s OR left_at > %(until)s)
    RETURNING segment_id, contact_id, left_at
)
SELECT f.segment_id, f.contact_id, f.left_at
  FROM final f JOIN contacts_contact c ON c.id = f.contact_id AND c.erased_at IS NULL
 WHERE NOT EXISTS (SELECT FROM segments_livemember m
                    WHERE (m.segment_id, m.contact_id) = (f.segment_id, f.contact_id))
 ORDER BY 3, 1, 2
