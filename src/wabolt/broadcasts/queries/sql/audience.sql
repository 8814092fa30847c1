WITH member AS MATERIALIZED (
    {segment}
), r AS (
    SELECT m.contact_id,
           count(*) FILTER (WHERE m.attempted_at >= %(day)s) AS sent_day,
           count(*) FILTER (WHERE m.attempted_at >= %(week)s) AS sent_week,
           bool_or(x.text = %(text)s) AS same_text
      FROM messaging_message m
      LEFT JOIN messaging_messagecontent x ON x.id = m.content_id
     WHERE m.workspace_id = %(workspace)s AND m.purpose = 'marketing' AND m.attempted_at >= %(since)s
       AND m.state IN {counted}{only}
     GROUP BY m.contact_id
)
SELECT c.id AS contact_id, coalesce(nullif({refusal}, ''), CASE WHEN r.same_text THEN 'duplicate' END, '') AS reason
  FROM member
  JOIN contacts_contact c ON c.id = member.id AND c.workspace_id = %(workspace)s AND c.erased_at IS NULL
  {consent}
  LEFT JOIN r ON r.contact_id = c.id
