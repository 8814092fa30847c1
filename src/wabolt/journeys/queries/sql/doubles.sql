-- The other enrollments of each person for the same occasion, which a merge brought together. For each of `ids`,
-- `contacts` has its contact and the contacts merged into that one. `alone`: only one enrollment at a time is allowed.
SELECT p.id, o.id, o.visit
  FROM unnest(%(ids)s::bigint[], %(contacts)s::bigint[]) AS p (id, contact_id)
  JOIN journeys_enrollment mine ON mine.id = p.id
  JOIN journeys_enrollment o ON o.contact_id = p.contact_id AND o.journey_id = mine.journey_id AND o.id <> mine.id
 WHERE (o.entry_key = mine.entry_key OR %(alone)s)
   AND (%(once)s OR o.contact_id <> mine.contact_id AND mine.entry_key <> '' AND o.entry_key = mine.entry_key
        OR coalesce(o.ended_at >= mine.entered_at - %(pause)s::interval, true)
           AND coalesce(o.entered_at <= mine.ended_at + %(pause)s::interval, true))
   -- Two enrollments of one contact count only if a merge moved one of them.
   AND (o.contact_id <> mine.contact_id OR EXISTS (
        SELECT FROM contacts_merge g
         WHERE g.kept_id = ANY(%(contacts)s::bigint[]) AND g.undone_at IS NULL
           AND coalesce(g.moved -> 'journeys_enrollment' @> to_jsonb(o.id), false)
            <> coalesce(g.moved -> 'journeys_enrollment' @> to_jsonb(mine.id), false)))
