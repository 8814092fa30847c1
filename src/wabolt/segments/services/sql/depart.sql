-- Takes the departures that are final. After a merge a departure may be of a contact that is a member or is gone.
WITH final AS (
    DELETE FROM segments_livedeparture
     WHERE segment_id = ANY(%(segments)s::bigint[]) AND left_at <= %(until)s
    RETURNING segment_id, contact_id, left_at
)
SELECT f.segment_id, f.contact_id, f.left_at
  FROM final f JOIN contacts_contact c ON c.id = f.contact_id AND c.erased_at IS NULL
 WHERE NOT EXISTS (SELECT FROM segments_livemember m
                    WHERE (m.segment_id, m.contact_id) = (f.segment_id, f.contact_id))
 ORDER BY 3, 1, 2
