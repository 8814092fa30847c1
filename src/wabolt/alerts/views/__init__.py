"""The pages of alerts: the list, the preferences of a member, and the mail server."""
