-- Give every object outside PostgreSQL's own schemas to the role wabolt. Objects of extensions stay as they are, and
-- sequences, indexes and row types follow their tables. Runs in one database; running it again changes nothing.
DO $$
DECLARE
    command text;
BEGIN
    FOR command IN
        SELECT format('ALTER SCHEMA %I OWNER TO wabolt', nspname)
          FROM pg_namespace
         WHERE oid >= 16384 AND nspowner <> 'wabolt'::regrole
        UNION ALL
        SELECT format('ALTER %s %s OWNER TO wabolt',
                      CASE relkind WHEN 'v' THEN 'VIEW' WHEN 'm' THEN 'MATERIALIZED VIEW' WHEN 'S' THEN 'SEQUENCE'
                                   ELSE 'TABLE' END,
                      oid::regclass)
          FROM pg_class
         WHERE oid >= 16384 AND relkind IN ('r', 'p', 'v', 'm', 'S') AND relowner <> 'wabolt'::regrole
           AND relnamespace NOT IN ('pg_catalog'::regnamespace, 'pg_toast'::regnamespace,
                                    'information_schema'::regnamespace)
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_class'::regclass AND d.objid = pg_class.oid
                              AND d.deptype IN ('a', 'i', 'e') AND (d.deptype = 'e' OR relkind = 'S'))
        UNION ALL
        SELECT format('ALTER TYPE %s OWNER TO wabolt', t.oid::regtype)
          FROM pg_type t LEFT JOIN pg_class c ON c.oid = t.typrelid
         WHERE t.oid >= 16384 AND t.typowner <> 'wabolt'::regrole
           AND (t.typtype IN ('e', 'd', 'r') OR t.typtype = 'c' AND c.relkind = 'c')
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_type'::regclass AND d.objid = t.oid
                              AND d.deptype = 'e')
        UNION ALL
        SELECT format('ALTER ROUTINE %s OWNER TO wabolt', oid::regprocedure)
          FROM pg_proc
         WHERE oid >= 16384 AND proowner <> 'wabolt'::regrole
           AND NOT EXISTS (SELECT FROM pg_depend d WHERE d.classid = 'pg_proc'::regclass AND d.objid = pg_proc.oid
                              AND d.deptype = 'e')
    LOOP
        EXECUTE command;
    END LOOP;
END $$;
