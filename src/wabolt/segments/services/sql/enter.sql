-- Inserts members. Returns the contacts that were not members within the minimum stay.
WITH pairs AS (
    SELECT DISTINCT segment_id, contact_id
      FROM unnest(%(segments)s::bigint[], %(contacts)s::bigint[]) AS p (segment_id, contact_id)
), returned AS (
    DELETE FROM segments_livedeparture d USING pairs p
     WHERE (d.segment_id, d.contact_id) = (p.segment_id, p.contact_id)
    RETURNING d.segment_id, d.contact_id, d.since
), fresh AS (
    INSERT INTO segments_livemember (segment_id, contact_id, since)
    SELECT p.segment_id, p.contact_id, coalesce(r.since, %(now)s)
      FROM pairs p LEFT JOIN returned r USING (segment_id, contact_id)
        ON CONFLICT DO NOTHING
    RETURNING segment_id, contact_id
)
SELECT segment_id, contact_id FROM fresh
 WHERE NOT EXISTS (SELECT FROM returned r
                    WHERE (r.segment_id, r.contact_id) = (fresh.segment_id, fresh.contact_id))
 ORDER BY 1, 2
