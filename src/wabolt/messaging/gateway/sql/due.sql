SELECT EXISTS (SELECT FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
               AND not_before IS NULL AND purpose = 'service' AND priority < 2),
       EXISTS (SELECT FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
               AND not_before IS NULL)
       OR EXISTS (SELECT FROM messaging_message WHERE channel_id = %(channel)s AND state = 'queued'
                  AND not_before <= %(now)s)
