"""Ways in: how customers join the shop's list by themselves, with proof.

The room owns EntryPoint, Placement and Entry; its packages `events` and `giveaways` add seats and prizes to an
EntryPoint. Every way in ends in the customer's own WhatsApp message: it carries a code (`rules/codes.py`), and that
message is the evidence of the consent. The room registers responders, origins of messages, event kinds, segment fields,
personal data and audit words; `registry.py` lists the kinds of ways in. Start reading with `services/confirming.py`,
which reads and decides, and `services/joining.py`, which writes.
"""
