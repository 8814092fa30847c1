"""Alerts: states that need a member, such as an unlinked number, a late consumer or a stopped broadcast.

Owns the model `Alert`. Registers a strip on every page and the page "Alerts" in the navigation. Other rooms register
their kinds of alert (`registry.py`) and open and resolve alerts (`services.py`). Start reading in `registry.py`, then
`services.py`.
"""
