"""Help for the owner: one short page per task, and the page about backups.

The room owns no data and registers a navigation entry and a settings page. Start reading with `topics.py`, which holds
all texts; a topic names the page on which its task is done.
"""
