"""Alerts: states that need a member, such as an unlinked number, a late consumer or a stopped broadcast.

Owns the models `Alert` and `Delivery`, the choices of members, their push devices and the shop's mail server.
Registers a strip on every page, the pages "Alerts" and "Mail server", the channels push and e-mail, and a script of the
service worker. Other rooms register their kinds and channels (`registry.py`), and open and resolve alerts
(`services/alerts.py`). Start reading in `registry.py`, then `rules.py` and `services/announcing.py` (ADR 23).
"""
