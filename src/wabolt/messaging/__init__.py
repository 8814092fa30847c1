"""Conversations with contacts over WhatsApp, and the outbox that sends messages.

Owns: Conversation, Message, MessageContent (`store`); lanes, policy, pace, tracked links and prices (`outbox`);
approved templates (`message_templates`); intake of raw events, receipts and incoming files (`inbound`); the process
that works lanes (`gateway`); a member's conversation page and replies (`conversations`); messages after a restore
(`restored`).

Registers: the conversation panel, origins of messages, the start-word responder, kinds of events, personal data,
segment fields, and the ports of channels.

Start reading: `outbox/rules/policy.py`, then `gateway/work.py` for the way out and `inbound/services/intake.py` for the
way in. Other rooms import `models`, `queries`, `services`, `registry` and `signals`.
"""
