-- People who agreed to promotions at an entry point and joined before `until`, and those who still agreed 30 days later.
SELECT count(*), count(*) FILTER (WHERE last.action = 'granted')
  FROM optin_entry e
 CROSS JOIN LATERAL (
       SELECT v.action FROM consent_consentevent v
        WHERE v.contact_id = e.contact_id AND v.purpose = 'marketing' AND v.at <= e.confirmed_at + interval '30 days'
        ORDER BY v.seq DESC LIMIT 1
       ) last
 WHERE e.point_id = %(point)s AND e.contact_id IS NOT NULL AND e.marketing AND e.confirmed_at < %(until)s
   AND NOT EXISTS (SELECT FROM contacts_merge m WHERE m.absorbed_id = e.contact_id AND m.undone_at IS NULL)
