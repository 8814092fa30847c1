"""What a restore means for messages: those that were attempted since the backup, and those that nobody knows about.

`carrying` takes the messages over from the database that was there before. Without one, `services.hold_waiting` holds
what was waiting when the backup was made, until a member decides on the page of `views`.
"""
