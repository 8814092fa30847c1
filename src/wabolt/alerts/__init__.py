"""What a member of a shop must hear about: a number was logged out, a consumer is behind, a broadcast stopped.

Owns: Alert. Registers: a strip on every page and the page "Alerts" in the navigation.
Other rooms register their kinds of alert (`registry.py`) and open and resolve alerts (`services.py`).
Start reading in `registry.py`, then `services.py`.
"""
