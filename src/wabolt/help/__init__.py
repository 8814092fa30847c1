"""Help for the owner: one short page per task.

The room owns no data and registers a navigation entry. Start reading with `topics.py`, which holds
all texts; a topic names the page on which its task is done.
"""
