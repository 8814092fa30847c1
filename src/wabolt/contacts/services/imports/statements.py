"""The SQL of a contact import. The statements work on the chunk in the temporary table `import_stage`."""

from wabolt.lib.sql import statement

ANALYSE = """
ANALYZE (SKIP_LOCKED) contacts_contact (id), contacts_identity (contact_id, value), contacts_contacttag (contact_id)
"""
"""Updates planner statistics during a large import (ContactSession.committed): autovacuum lags behind while the tables
grow from empty to a million rows, and the planner would scan whole tables for every chunk. Only columns that the
import's statements use are analysed, so that autovacuum still analyses the others."""

CHANGES = """
SELECT (SELECT max(id) FROM contacts_erasedidentity WHERE workspace_id = %(workspace)s),
       (SELECT count(*) FROM contacts_merge WHERE workspace_id = %(workspace)s),
       (SELECT count(undone_at) FROM contacts_merge WHERE workspace_id = %(workspace)s)
"""
"""A prepared chunk is used only if this result did not change. (The unique index reports an address that got an owner.)
"""

CREATE_STAGE = """
DROP TABLE IF EXISTS pg_temp.import_stage;
CREATE TEMP TABLE import_stage (
    row bigint, contact_id bigint, is_new bool, fill bool, consent text, phone text, code text, name text, gender text,
    birth_date date, city text, city_original text, email text, source text, fields jsonb, search text
) ON COMMIT DELETE ROWS
"""
COPY_STAGE = """
COPY import_stage (row, contact_id, is_new, fill, consent, phone, code, name, gender, birth_date, city, city_original,
                   email, source, fields, search) FROM STDIN (NULL E'\\x01')
"""
SEPARATOR = "\x01"
KNOWN = """
SELECT value, contact_id FROM contacts_identity
WHERE workspace_id = %s AND kind = %s AND value = ANY(string_to_array(%s, E'\\x01'))
"""
"""The values are passed as one text, separated by a control character that no address contains: the driver would format
an array of thousands of items one by one."""

NEXT_IDS = "SELECT nextval('contacts_contact_id_seq') FROM generate_series(1, %s)"

INSERT_CONTACTS = """
INSERT INTO contacts_contact (id, workspace_id, name, gender, birth_date, city, city_original, email, language, source,
                              fields, created_at, updated_at, search, reachable)
SELECT contact_id, %(workspace)s, coalesce(name, ''), coalesce(gender, ''), birth_date, coalesce(city, ''),
       coalesce(city_original, ''), coalesce(email, ''), '', coalesce(source, %(source)s), coalesce(fields, '{}'),
       %(now)s, %(now)s, search, phone IS NOT NULL
FROM import_stage WHERE is_new ORDER BY contact_id
"""

# If another process has taken a number meanwhile, the unique index fails and the chunk is repeated.
INSERT_IDENTITIES = """
INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
SELECT %(workspace)s, contact_id, kind, value, %(now)s
FROM import_stage, LATERAL (VALUES ('phone', phone), ('code', code)) AS address (kind, value)
WHERE is_new AND value IS NOT NULL
"""
INSERT_EXTRA = """
INSERT INTO contacts_identity (workspace_id, contact_id, kind, value, created_at)
SELECT %(workspace)s, contact_id, kind, value, %(now)s
FROM unnest(%(contacts)s::bigint[], %(kinds)s::text[], %(values)s::text[]) AS address (contact_id, kind, value)
"""
SET_REACHABLE = "UPDATE contacts_contact SET reachable = true WHERE id = ANY(%s) AND NOT reachable"

# `fill`: an earlier row of the file belongs to this person. A name is replaced only by a longer or a different one.
UPDATE_CONTACTS = statement(__file__, "update_contacts")

INSERT_CREATED = """
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT %(workspace)s, contact_id, 'contact_created', %(now)s,
       jsonb_build_object('import', %(import)s::bigint, 'source', coalesce(source, %(source)s))
FROM import_stage WHERE is_new ORDER BY contact_id
"""
INSERT_UPDATED = """
INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
SELECT %(workspace)s, contact_id, 'contact_updated', %(now)s,
       data::jsonb || jsonb_build_object('import', %(import)s::bigint)
FROM unnest(%(contacts)s::bigint[], %(columns)s::text[]) AS changed (contact_id, data)
"""
INSERT_TAGS = """
WITH fresh AS (
    INSERT INTO contacts_contacttag (tag_id, contact_id, at)
    SELECT tag_id, contact_id, %(now)s FROM unnest(%(contacts)s::bigint[], %(tags)s::bigint[]) AS t (contact_id, tag_id)
    ON CONFLICT DO NOTHING RETURNING tag_id, contact_id
), told AS (
    INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
    SELECT %(workspace)s, f.contact_id, 'tag_added', %(now)s,
           jsonb_build_object('tag', f.tag_id, 'name', t.name, 'import', %(import)s::bigint)
    FROM fresh f JOIN contacts_tag t ON t.id = f.tag_id
)
SELECT DISTINCT contact_id FROM fresh
"""
INSERT_NOTES = """
WITH fresh AS (
    INSERT INTO contacts_note (workspace_id, contact_id, author_id, text, created_at)
    SELECT %(workspace)s, contact_id, %(author)s, text, %(now)s
    FROM unnest(%(contacts)s::bigint[], %(notes)s::text[]) AS n (contact_id, text)
    WHERE NOT EXISTS (SELECT 1 FROM contacts_note k WHERE k.contact_id = n.contact_id AND k.text = n.text)
    RETURNING contact_id
)
SELECT DISTINCT contact_id FROM fresh
"""
