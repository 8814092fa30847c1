"""Contacts: the people a shop knows, their addresses and data, and the event log with its consumers.

Owns: Contact, Identity, Tag, Field, Note, Merge, the erasure log, Event, Consumer, ParkedEvent and Tally. Registers:
its audit actions, its kinds of events, its personal data, its importer, its fields of segments and its variables. Other
rooms register kinds of events, consumers, kept sums, personal data, export columns and pieces of pages (`registry`).
Start reading in `models.py`, then `services/identities.py` (who is who) and `services/consumers.py` (the event log).
"""
