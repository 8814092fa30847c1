CREATE FUNCTION contacts_tally_{name}() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'INSERT' THEN
        {into} SELECT workspace_id, '{name}', subject, part, sum(amount) FROM ({fresh}) AS r GROUP BY 1, 3, 4;
    ELSIF TG_OP = 'DELETE' THEN
        {into} SELECT workspace_id, '{name}', subject, part, -sum(amount) FROM ({stale}) AS r GROUP BY 1, 3, 4;
    ELSE
        {into} SELECT workspace_id, '{name}', subject, part, sum(amount)
          FROM (SELECT workspace_id, subject, part, amount FROM ({fresh}) AS f
                UNION ALL
                SELECT workspace_id, subject, part, -amount FROM ({stale}) AS s) AS r
         GROUP BY 1, 3, 4 HAVING sum(amount) <> 0;
    END IF;
    RETURN NULL;
END $$;
CREATE TRIGGER contacts_tally_{name}_insert AFTER INSERT ON {table} REFERENCING NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_tally_{name}();
CREATE TRIGGER contacts_tally_{name}_update AFTER UPDATE ON {table}
    REFERENCING OLD TABLE AS stale_rows NEW TABLE AS fresh_rows
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_tally_{name}();
CREATE TRIGGER contacts_tally_{name}_delete AFTER DELETE ON {table} REFERENCING OLD TABLE AS stale_rows
    FOR EACH STATEMENT EXECUTE FUNCTION contacts_tally_{name}();
{correct};
