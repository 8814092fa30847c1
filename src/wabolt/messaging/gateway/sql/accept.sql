WITH done AS (
    UPDATE messaging_message m SET
        state = CASE WHEN m.state IN ('sending', 'unknown') THEN 'sent' ELSE m.state END,
        reason = CASE WHEN m.state IN ('sending', 'unknown') THEN '' ELSE m.reason END,
        provider_id = coalesce(m.provider_id, v.provider_id), sent_at = least(m.sent_at, v.at)
    FROM unnest(%(ids)s::bigint[], %(provider_ids)s::text[], %(ats)s::timestamptz[]) AS v (id, provider_id, at)
    WHERE m.id = v.id AND m.lane_token = %(token)s
    RETURNING m.id, m.workspace_id, m.contact_id, m.origin_kind, m.origin_id, m.sent_at, m.priority,
        old.sent_at IS NULL AS is_first),
recorded AS (
    INSERT INTO contacts_event (workspace_id, contact_id, kind, time, data)
    SELECT workspace_id, contact_id, 'message_sent', sent_at, jsonb_build_object('message', id)
        || CASE WHEN origin_id IS NULL THEN '{}' ELSE jsonb_build_object(origin_kind, origin_id) END
    FROM done WHERE is_first)
SELECT id FROM done WHERE priority < 2
