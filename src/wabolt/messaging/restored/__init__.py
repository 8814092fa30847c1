"""The effects of a restore on messages.

`carrying` takes over messages that were attempted since the backup from the database that was there before. Without
that database, `services.hold_waiting` holds the messages that were waiting when the backup was made, until a member
decides on the page of `views`.
"""
