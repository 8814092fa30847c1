"""Giveaways by message: all people who write a word get the reward, or a jury or a permitted draw chooses the winners.

The package owns Giveaway, Entrant, Score, Draw, DrawTicket and DrawWinner (`optin.models.giveaways`). It registers a
kind of way in, a responder for words, an origin of messages, kinds of events, personal data and segment fields. Start
reading with `services/entering.py`; a draw is in `services/draws.py` and `rules/draw.py`, which is also the script
with which a customer checks a draw (docs/adr/0030-giveaways.md).
"""
