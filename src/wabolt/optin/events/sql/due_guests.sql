-- Guests with a seat at an event whose moment has come. A new time of the event is a new occasion.
SELECT s.contact_id, s.key, s.moment,
       jsonb_build_object(
           'registration', jsonb_build_array(s.id, s.starts),
           'variables', jsonb_build_object('event', jsonb_build_object(
               'name', s.name, 'day', to_char(s.here, 'YYYY-MM-DD'), 'time', to_char(s.here, 'HH24.MI'),
               'place', s.place)))
  FROM (SELECT r.id, r.contact_id, extract(epoch FROM e.starts_at)::bigint AS starts, p.name,
               e.starts_at AT TIME ZONE e.timezone AS here, coalesce(nullif(e.venue, ''), e.online_url) AS place,
               e.starts_at + %(t_after)s::interval AS moment,
               'seat ' || r.id || ' ' || extract(epoch FROM e.starts_at)::bigint AS key
          FROM optin_registration r
          JOIN optin_shopevent e ON e.id = r.event_id
          JOIN optin_entrypoint p ON p.id = e.point_id
         WHERE e.workspace_id = %(t_workspace)s AND e.id = %(t_event)s AND e.cancelled_at IS NULL
           AND e.ends_at > %(t_oldest)s AND r.state = 'registered') s
 WHERE s.moment <= %(t_now)s
   AND NOT EXISTS (SELECT FROM journeys_enrollment n
                    WHERE n.contact_id = s.contact_id AND n.journey_id = %(t_journey)s AND n.entry_key = s.key)
