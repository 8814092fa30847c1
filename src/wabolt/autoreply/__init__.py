"""Automatic replies: rules that answer routine questions, chat forms, and who answers a conversation now.

The room owns `ReplyRule` with its answers, `ReplySettings`, `ConversationMode` (take-over, hand-back, suspected
machines), `UnansweredMessage`, and `ChatForm` with its versions and runs. It registers two responders, the origins of
its messages, contact actions, the strips in conversations, an event kind, personal data, audit actions and a navigation
entry. Start reading with `services/answering.py` for rules and `services/taking.py` for chat forms; the decisions are
in `rules/`.
"""
