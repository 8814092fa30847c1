UPDATE messaging_message m SET state = 'sending', text = v.text, lane_token = %(token)s,
    attempted_at = %(now)s
FROM unnest(%(ids)s::bigint[], %(texts)s::text[]) AS v (id, text) WHERE m.id = v.id
