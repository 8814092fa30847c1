"""The inbox: conversations in which customers have written.

The room reads the conversations of `messaging` and shows the conversation panel that `messaging` registers in
`contacts`. It owns the models `AnswerTime` and `Assignment` (which member looks after a conversation). It registers a
navigation entry with the number of conversations that wait, the page "Answer time", the alerts "a customer waits for an
answer" and "a conversation that is yours now", and the contact actions "tell the team" and "assign to a member". Start
reading with `queries.py`, and with `services/assigning.py` for assignment.
"""
