"""Ways in: how customers join the shop's list by themselves, with proof.

The room owns EntryPoint, EntryCode and Entry. Every way in ends in the customer's own WhatsApp message: it carries a
code (`rules/codes.py`), and that message is the evidence of the consent. The room registers a responder, an origin of
messages, event kinds, personal data, and audit words. Start reading with `services/confirming.py`, which reads
and decides, and `services/joining.py`, which writes.
"""
