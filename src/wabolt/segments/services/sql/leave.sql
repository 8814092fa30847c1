WITH gone AS (
    DELETE FROM segments_livemember m
     USING unnest(%(segments)s::bigint[], %(contacts)s::bigint[]) AS p (segment_id, contact_id)
     WHERE (m.segment_id, m.contact_id) = (p.segment_id, p.contact_id)
    RETURNING m.segment_id, m.contact_id, m.since
)
INSERT INTO segments_livedeparture (segment_id, contact_id, since, left_at)
SELECT g.segment_id, g.contact_id, g.since, %(now)s
  FROM gone g JOIN contacts_contact c ON c.id = g.contact_id AND c.erased_at IS NULL
 WHERE %(tells)s
    ON CONFLICT DO NOTHING
