WITH merged AS MATERIALIZED (
    SELECT s.contact_id,
        CASE WHEN s.name IS NULL THEN k.name
             WHEN k.name = '' OR starts_with(lower(s.name), lower(k.name) || ' ') THEN s.name
             WHEN s.fill OR starts_with(lower(k.name), lower(s.name) || ' ') THEN k.name
             ELSE s.name END AS name,
        CASE WHEN s.fill THEN coalesce(nullif(k.gender, ''), s.gender, '') ELSE coalesce(s.gender, k.gender) END
            AS gender,
        CASE WHEN s.fill THEN coalesce(k.birth_date, s.birth_date) ELSE coalesce(s.birth_date, k.birth_date) END
            AS birth_date,
        CASE WHEN s.fill THEN coalesce(nullif(k.city, ''), s.city, '') ELSE coalesce(s.city, k.city) END AS city,
        s.city_original,
        CASE WHEN s.fill THEN coalesce(nullif(k.email, ''), s.email, '') ELSE coalesce(s.email, k.email) END AS email,
        CASE WHEN s.fill OR s.source IS NULL THEN coalesce(nullif(k.source, ''), s.source, %(source)s)
             ELSE s.source END AS source,
        CASE WHEN s.fields IS NULL THEN k.fields
             WHEN s.fill THEN s.fields || k.fields ELSE k.fields || s.fields END AS fields
    FROM import_stage s JOIN contacts_contact k ON k.id = s.contact_id
    WHERE NOT s.is_new
)
UPDATE contacts_contact c SET
    name = merged.name, gender = merged.gender, birth_date = merged.birth_date, city = merged.city,
    city_original = CASE WHEN merged.city = c.city THEN c.city_original ELSE merged.city_original END,
    email = merged.email, source = merged.source, fields = merged.fields, updated_at = %(now)s
FROM merged
WHERE c.id = merged.contact_id AND c.erased_at IS NULL
  AND (c.name, c.gender, c.birth_date, c.city, c.email, c.source, c.fields)
      IS DISTINCT FROM (merged.name, merged.gender, merged.birth_date, merged.city, merged.email, merged.source, merged.fields)
RETURNING c.id, array_remove(ARRAY[
    CASE WHEN old.name <> new.name THEN 'name' END,
    CASE WHEN old.gender <> new.gender THEN 'gender' END,
    CASE WHEN old.birth_date IS DISTINCT FROM new.birth_date THEN 'birth_date' END,
    CASE WHEN old.city <> new.city THEN 'city' END,
    CASE WHEN old.email <> new.email THEN 'email' END,
    CASE WHEN old.source <> new.source THEN 'source' END,
    CASE WHEN old.fields <> new.fields THEN 'fields' END], NULL)
