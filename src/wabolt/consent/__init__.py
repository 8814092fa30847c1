"""Consent to messages: who agreed to which text and when, who stopped, and which addresses are suppressed.

Owns: the append-only ledger (ConsentEvent, ConsentHead), the current state (Consent), Suppression, Wording, Keyword and
held doubts. Registers: its audit actions, the head of the contact page, a mark and an export column in the list of
contacts, segment fields, event kinds, and the pages "Stop and join words" and "Permission texts".
Start reading in `rules/words.py`, `rules/objections.py` and `rules/ledger.py`, then `services/ledger.py`.
"""
