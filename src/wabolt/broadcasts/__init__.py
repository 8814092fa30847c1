"""Broadcasts: one promotional message to one segment.

The room owns Broadcast and Recipient. It registers an origin of messages, segment fields, an audit vocabulary, alerts,
a next step of imports and a bulk action of the contact list; rooms above add panels and revenue (`registry.py`). Start
reading with `services/freezing.py`: one transaction stores the audience and queues its messages. `queries/audience.py`
decides who is excluded and why, for the preview and the freeze alike.
"""
