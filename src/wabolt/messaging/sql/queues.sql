-- For each lane: the age in seconds of the oldest message that is due, and how many wait, by age. `ages` are the upper
-- limits of all ages but the last. At most `most` messages of each lane are read, through its two partial indexes.
SELECT c.id, max(w.age),
       ARRAY[count(*) FILTER (WHERE w.place = 0), count(*) FILTER (WHERE w.place = 1),
             count(*) FILTER (WHERE w.place = 2), count(*) FILTER (WHERE w.place = 3),
             count(*) FILTER (WHERE w.place = 4)]
FROM channels_channel c
LEFT JOIN LATERAL (
    SELECT age, width_bucket(age, %(ages)s::numeric[]) AS place FROM (
        SELECT extract(epoch FROM clock_timestamp() - due) AS age FROM (
            (SELECT created_at AS due FROM messaging_message m
              WHERE m.channel_id = c.id AND m.state = 'queued' AND m.not_before IS NULL
              ORDER BY m.purpose, m.priority, m.id LIMIT %(most)s)
            UNION ALL
            (SELECT not_before FROM messaging_message m
              WHERE m.channel_id = c.id AND m.state = 'queued' AND m.not_before <= clock_timestamp()
              ORDER BY m.not_before LIMIT %(most)s)) AS waiting) AS aged) AS w ON true
WHERE c.archived_at IS NULL
GROUP BY c.id ORDER BY c.id
