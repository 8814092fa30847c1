"""Automatic replies: rules that answer routine questions, and who answers a conversation now.

The room owns `ReplyRule` with its answers, `ReplySettings`, `ConversationMode` (take-over, hand-back, suspected
machines) and `UnansweredMessage`. It registers a responder, the origins of its messages, the strip "who answers now" in
conversations, personal data, audit actions and a navigation entry. Start reading with `services/answering.py`; the
decisions are in `rules/`.
"""
