"""The pages of alerts: the list, what a member is told, and the mail server."""
