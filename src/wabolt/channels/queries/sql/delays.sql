-- Events without a dedupe key are ours, with our own time. Those with "x:" are placeholders that arrive minutes after
-- the message that could not be decrypted. Simulated numbers use our clock.
SELECT min(received_at - occurred_at)
  FROM (SELECT e.id, e.received_at, e.occurred_at
          FROM channels_rawevent e
          JOIN channels_channel c ON c.id = e.channel_id AND c.provider <> 'simulator'
         WHERE e.dedupe_key NOT LIKE 'x:%%' AND e.received_at > %(since)s
         ORDER BY e.id DESC LIMIT 10000) newest
 GROUP BY date_trunc('minute', received_at)
 ORDER BY max(id) DESC
 LIMIT 3
