"""The inbox: conversations in which customers have written.

The room owns no data yet: it reads the conversations of `messaging` and shows the conversation panel that `messaging`
registers in `contacts`. It registers a navigation entry with the number of unread conversations. Start reading with
`queries.py`.
"""
