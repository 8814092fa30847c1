"""Conversations and messages: the tables, the only statements that insert into them, and the state of a message."""
