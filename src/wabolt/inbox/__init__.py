"""The inbox: conversations in which customers have written.

The room reads the conversations of `messaging` and shows the conversation panel that `messaging` registers in
`contacts`. It owns the model `AnswerTime`. It registers a navigation entry with the
number of unread conversations, the page "Answer time" and the alert "a customer waits for an answer". Start reading
with `queries.py`.
"""
