UPDATE messaging_lane SET sent_today = %(sent)s, day = %(day)s, next_send_at = %(next)s,
    paused_at = %(paused)s, paused_reason = %(reason)s, resume_at = %(resume)s,
    beat = beat + 1
WHERE channel_id = %(channel)s
